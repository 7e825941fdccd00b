"""Uses among a script's own names and among other uses."""

import ast
import re
import symtable
from collections.abc import Iterator
from pathlib import Path

import pytest

from seedblock.rendering.model import USE
from tests.places.running import MODULE, Found, read, shown
from tests.places.scripts import DEFINITIONS, PLACES
from tests.places.typing_in import fill, inserted
from tests.support.editor_samples import SNIPPETS

USES = [name for name, snippet in SNIPPETS.items() if snippet.form == USE]
FUNCTION = PLACES["the middle of a function"].script


def bound(code: str) -> Iterator[str]:
    """Every name that code gives a value, in functions and classes too."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Name(name, ast.Store()) | ast.arg(name) | ast.FunctionDef(name) | ast.ClassDef(name):
                yield name
            case ast.alias(name, other):
                yield other or name.partition(".")[0]


# What a script may call its own things: all that seeding.py does, but for what the scripts here need.
NEEDED = symtable.symtable(DEFINITIONS, "definitions", "exec").get_identifiers()
OWN = sorted({"data", "digest", "loader", "seed", *bound(MODULE)} - {*NEEDED, "__all__"})
# The caret's line, between one that defines these and one that notes which of them have another value afterwards.
AMONG_OWN = rf"""\1{" = ".join(OWN)} = 42
\1<here>
\1found["changed"] = sorted(name for name, value in dict(locals()).items() if name in {OWN} and value != 42)"""


@pytest.mark.parametrize("first", USES)
def test_two_uses_in_one_function(first: str, by_hand: Found, tmp_path: Path) -> None:
    """Below any use any other one, or the same again, does what it does alone, and so does the first."""
    printed = shown(tmp_path, {second: fill(FUNCTION, [first, second]) for second in USES})
    found = {second: read(printed[second]) for second in USES}
    assert found == {second: {name: by_hand[name] for name in (first, second)} for second in USES}


@pytest.mark.parametrize("place", ["below the definitions", "the middle of a function"])
def test_below_names_of_the_script(place: str, by_hand: Found, tmp_path: Path) -> None:
    """A use works below any names of the script's own, and changes only those that its own lines show."""
    assert {"data", "digest", "loader", "rank", "seed", "state", "warnings", "worker"} <= set(OWN)
    script = re.sub("( *)<here>", AMONG_OWN, PLACES[place].script)
    printed = shown(tmp_path, {name: fill(script, [name]) for name in USES})
    for name in USES:
        shows = sorted(bound(inserted(name, "", "7", "seeding")))
        assert read(printed[name]) == {name: by_hand[name], "changed": [one for one in shows if one in OWN]}


@pytest.mark.parametrize("used", ["seeded_loader", "loader"])
def test_a_name_that_the_function_has_used_before(used: str, tmp_path: Path) -> None:
    """The limit: what a use imports or assigns must not be used above it in the same function, if it is from outside."""
    above = f"from seeding import seeded_loader\nloader = []\n\n\ndef train(seed=1):\n    print({used})\n"
    script = FUNCTION.replace("def train(seed=1):\n", above)
    printed = shown(tmp_path, {"script": fill(script, ["seedloader"])})["script"]
    assert re.match(f"UnboundLocalError: .*'{used}'", printed)
