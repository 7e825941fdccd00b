"""Snippets that only tests need, and random ones."""

from hypothesis import strategies as st

from seedblock.kinds import Choice, Expression, Integer
from seedblock.model import Entry, Field, Snippet

SEED = Field("seed_value", "2020", Integer(0, 2**32 - 1), "the seed")
LEVEL = Field("level", "seeds", Choice(("bitwise", "seeds")), "how much")
NAMES = Field("names", "{'a': \"$\\\\\"}", Expression(), "a value that needs every escape")

ENTRY = Entry("demo", "A snippet of every kind of field", (SEED, LEVEL, NAMES))
TEMPLATE = (
    'seed = {{ seed_value }}\nlevel = "{{ level }}"  # "bitwise" or "seeds"\nnames = {{ names }}, {{ seed_value }}0\n'
)
BODY = ("seed = ", SEED, '\nlevel = "', LEVEL, '"  # "bitwise" or "seeds"\nnames = ', NAMES, ", ", SEED, "0\n")
SNIPPET = Snippet("demo", ENTRY.description, BODY)

# What hurts one format or the other, more often than chance would have it.
# fmt: off
HURTING = st.sampled_from([
    "$", "${", "$1", "$A$", "$$", "$END$", "${1:x}", "$0", "\\", "\\$", "}", "{", "|", ",", '"', "'", "<", ">", "&", "]]>",
    "&#10;", "&amp;", "\n", "\n\n", "    ", "  ", "\n    ", "\n  \t", "\t", "é", "\u2028", "\x85", "😀", "seed", "1",
])
# fmt: on
TEXT = st.lists(HURTING | st.text(st.characters(codec="utf-8"), max_size=4), max_size=8).map("".join)


@st.composite
def snippets(draw: st.DrawFn) -> Snippet:
    """A snippet of random literal text and up to three fields, each at any number of places."""
    fields = (SEED, LEVEL, NAMES)
    body = draw(st.lists(TEXT | st.sampled_from(fields), max_size=12))
    return Snippet(
        "demo", draw(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=9)), tuple(body)
    )
