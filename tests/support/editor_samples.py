"""Every snippet with other values, and the contexts where it may be inserted."""

import re

from seedblock.rendering.body import read_snippets
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.kinds import Choice, Expression, Integer, ModuleName
from seedblock.rendering.model import Field, Parts, at_defaults
from seedblock.rendering.sources import find_templates, read_templates
from tests.support.processes import ROOT

SNIPPETS = {snippet.abbreviation: snippet for snippet in read_snippets(CATALOG, read_templates(find_templates()))}

# The text before the snippet, and one level of that file's indentation.
BLOCKS = {
    "train": ("", "    "),
    "block": ("if True:\n    ", "    "),
    "tabs": ("if True:\n\t", "\t"),
    "two": ("if True:\n  ", "  "),
}


def other_value(field: Field) -> str:
    match field.kind:
        case Integer():
            return "77"
        case Choice(options):
            return next(option for option in options if option != field.default)
        case ModuleName():
            return f"utils.{field.default}_2"  # not the abbreviation of a snippet: a list would open
        case Expression():
            return f"({field.default})"


VALUES = {name: {field.name: other_value(field) for field in snippet.fields} for name, snippet in SNIPPETS.items()}

# The names that calls use, as a script would define them.
GIVEN = (ROOT / "tests/behaviour/checks/given.py").read_text(encoding="utf-8")


def filled(name: str, parts: Parts = ()) -> str:
    """The code, or the given parts of it, with the values in VALUES."""
    parts = parts or SNIPPETS[name].parts
    return "".join(part if isinstance(part, str) else VALUES[name][part.name] for part in parts)


def placed(code: str, before: str, unit: str) -> str:
    """`code` inserted after `before`, in a file indented by `unit`: further lines get the indentation of the first."""
    start = re.search(r"[ \t]*\Z", before)
    assert start
    in_units = re.sub(r"^(?: {4})+", lambda match: unit * (len(match[0]) // 4), code, flags=re.MULTILINE)
    return before + in_units.replace("\n", f"\n{start[0]}")


# Selected code, the indentation before it, and one level of that file's indentation.
SELECTIONS = {
    "one line": ("draw()", "", "    "),
    "several lines": ("a = 1\n\nb = 2", "", "    "),
    "a block": ("for a in range(3):\n    if a:\n        draw()\ndraw()", "", "    "),
    "nested": ("a = 1\n    for b in range(3):\n        draw()", "    ", "    "),
    "two blanks": ("for a in range(3):\n    draw()", "  ", "  "),
    "tabs, one line": ("draw()", "\t", "\t"),
    "tabs, several lines": ("for a in range(3):\n\t\tdraw()\n\tdraw()", "\t", "\t"),
}


def surrounded(selected: str, blanks: str, unit: str, seed: str = "2020") -> str:
    """The selection below the import and inside the call of seedscope: each line one level deeper than it was."""
    first, *others = selected.split("\n")
    above = [*at_defaults(SNIPPETS["seedscope"].body).splitlines(), f"with seed_scope({seed}):"]
    return "\n".join([*(blanks + line for line in above), blanks + unit + first, *(unit + line for line in others)])
