"""Snippets that only tests need, and random ones."""

from hypothesis import strategies as st

from seedblock.rendering.kinds import Choice, Expression, Integer, ModuleName
from seedblock.rendering.model import FIELD_END, FIELD_START, PASTE, USE, Entry, Field, Snippet

SEED = Field("seed_value", "2020", Integer(0, 2**32 - 1), "the seed")
LEVEL = Field("level", "seeds", Choice(("bitwise", "seeds")), "how much")
NAMES = Field("names", "{'a': \"$\\\\\"}", Expression(), "a value that needs every escape")
MODULE = Field("module", "seeding", ModuleName(), "where it is")

ENTRY = Entry("demo", "Demo", "A snippet of many kinds of field", PASTE, (SEED, LEVEL, NAMES))
TEMPLATE = (
    'seed = {{ seed_value }}\nlevel = "{{ level }}"  # "bitwise" or "seeds"\nnames = {{ names }}, {{ seed_value }}0\n'
    "{% block call %}\nif seed:\n    print(names, {{ seed_value }}, {{ names }})\n\n# once\n{% endblock %}\n"
)
BODY = ("seed = ", SEED, '\nlevel = "', LEVEL, '"  # "bitwise" or "seeds"\nnames = ', NAMES, ", ", SEED, "0\n")
CALL = ("if seed:\n    print(names, ", SEED, ", ", NAMES, ")\n\n# once\n")
SNIPPET = Snippet("demo", ENTRY.title, ENTRY.description, BODY, CALL)
IMPORT = ("from ", MODULE, " import f\n\n")
SCOPE = Snippet("scope", "Scope", "d", IMPORT, ("with f(", SEED, "):\n    ", NAMES, "\n"), USE, surround="names")

# What one of the programs reads as more than text: typed into the programs themselves.
READ_AS_MORE = '$ ${ $1 $0 ${1:x} \\ \\$ \\\\ } { ` `x` \' " \\" ( \\( $> $(x) ${VISUAL} {} !p é'
EVERY_CHARACTER = Snippet("demo", "Demo", "d", (*BODY, "# ", LEVEL, LEVEL, f"{READ_AS_MORE}\n"))

# Text that has a meaning in one of the formats or in Jinja, which random text rarely contains.
# fmt: off
HURTING = st.sampled_from([
    "$", "${", "$1", "$A$", "$$", "$END$", "${1:x}", "$0", "\\", "\\$", "}", "{", "|", ",", '"', "'", "<", ">", "&", "]]>",
    "&#10;", "&amp;", "\n", "\n\n", "    ", "  ", "\n    ", "\n  \t", "\t", "é", "\u2028", "\x85", "😀", "seed", "1",
    "\r", "\r\n", "\0", "\x0c", "\x7f", "\ue000", "\uffff", FIELD_START, FIELD_END, "\ud800", "\udfff", "\ufeff",
    "\u202e", "\u2066", "\u200f", "{{", "}}", "{%", "{#", "enum(", "${1|a,b|}", "$TM_FILENAME", "/", ":",
])
# fmt: on
ANY = st.characters(exclude_categories=[])  # halves of surrogate pairs too
TEXT = st.lists(HURTING | st.text(ANY, max_size=4), max_size=8).map("".join)

# Text with a meaning in Velocity, or that ends what Velocity copies unchanged.
VELOCITY = [
    "]]#",
    "#[[",
    "#[[$",
    "#",
    "]",
    "[",
    "$",
    "##",
    "#*",
    "*#",
    "#set($a = 1)",
    "${a}",
    "$a.b",
    "\\",
    "\n",
    "x",
    "#end",
]
VELOCITY_TEXT = st.lists(st.sampled_from(VELOCITY) | st.text(max_size=2), max_size=12).map("".join)

NAMES_OF_FIELDS = st.from_regex("[a-z][a-z0-9_]{0,3}", fullmatch=True).filter(lambda name: name not in ("end", "arg"))
KINDS = st.sampled_from([SEED.kind, NAMES.kind, MODULE.kind]) | st.builds(
    Choice, st.lists(TEXT, min_size=1, max_size=3).map(tuple)
)
FIELDS = st.builds(Field, NAMES_OF_FIELDS, TEXT, KINDS, TEXT)


@st.composite
def snippets(draw: st.DrawFn) -> Snippet:
    """A snippet of random text and up to three random fields, each any number of times in body and call."""
    fields = draw(st.lists(FIELDS, min_size=1, max_size=3, unique_by=lambda field: field.name))
    parts = st.lists(TEXT | st.sampled_from(fields), max_size=8).map(tuple)
    return Snippet("demo", "Demo", draw(TEXT), draw(parts), draw(parts))


def typed(snippet: Snippet) -> dict[str, str]:
    """A value for each field, with characters that need escapes."""
    return {field.name: f"{number}$1 \\}}$A$" for number, field in enumerate(snippet.fields)}


def filled(snippet: Snippet) -> str:
    """The code with these values."""
    return "".join(part if isinstance(part, str) else typed(snippet)[part.name] for part in snippet.parts)


def texts(snippet: Snippet) -> list[str]:
    """Every text that a target may write of the snippet."""
    options = [option for f in snippet.fields if isinstance(f.kind, Choice) for option in f.kind.options]
    return [snippet.code, snippet.description, *options]
