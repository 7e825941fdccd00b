"""What holds for every entry of the catalogue, and for each form."""

import re
from collections import Counter

import pytest

from seedblock.rendering.catalog import CATALOG, FILES, MODULE, PASTED, USED, WITHOUT_BLOCK
from seedblock.rendering.model import BLOCK, FILE, FORMS, PASTE, USE, Entry, at_defaults
from seedblock.rendering.stamp import ORIGIN, read_stamp
from tests.support.editor_samples import SNIPPETS

USES = [entry.abbreviation for entry in USED]
WITH_BLOCK = [name for name in USES if name not in WITHOUT_BLOCK]


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.abbreviation)
def test_entry(entry: Entry) -> None:
    """A description is one line without a full stop; each default is a value that its field accepts."""
    assert entry.description
    assert entry.description == entry.description.strip().rstrip(".")
    assert "\n" not in entry.description
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9() _-]{2,35}", entry.title), "short, and most file systems take it"
    for field in entry.fields:
        assert field.kind.accepts(field.default)
        assert field.description


def test_abbreviations_are_unique() -> None:
    """No two snippets have the same abbreviation or title."""
    assert len({entry.abbreviation for entry in CATALOG}) == len(CATALOG)
    assert len({entry.title for entry in CATALOG}) == len(CATALOG)


def test_abbreviations_are_sorted() -> None:
    """The catalogue is in alphabetical order, and so is each table of it, so a new entry has one place."""
    for table in (CATALOG, PASTED, USED, FILES):
        names = [entry.abbreviation for entry in table]
        assert names == sorted(names), "sort generator/seedblock/rendering/catalog.py"


def test_every_entry_has_one_of_four_forms() -> None:
    """The tables hold what they say, and a block is made of each use but those that need the module; nothing else is in
    the catalogue.
    """
    assert {entry.form for entry in CATALOG} == set(FORMS)
    for table, form in ((PASTED, PASTE), (USED, USE), (FILES, FILE)):
        assert {entry.form for entry in table} == {form}
    blocks = [entry.abbreviation for entry in CATALOG if entry.form == BLOCK]
    assert set(WITHOUT_BLOCK) <= set(USES)
    assert blocks == [f"{name}_block" for name in WITH_BLOCK]
    assert len(CATALOG) == len(PASTED) + len(USED) + len(blocks) + len(FILES)


@pytest.mark.parametrize("name", WITH_BLOCK)
def test_a_block_is_made_of_each_use(name: str) -> None:
    """Its call is the very same, and it defines what the use imports, so it has no field for the module."""
    use, block = SNIPPETS[name], SNIPPETS[f"{name}_block"]
    assert use.call
    assert block.call == use.call
    assert set(block.fields) == set(use.fields) - {MODULE}
    assert (block.description, block.surround) == (use.description, "")
    assert block.title == f"{use.title} (block)"
    assert block.body[0] == ORIGIN
    imported = re.findall(r"\w+", at_defaults(use.body).partition(" import ")[2].partition("#")[0])
    assert set(imported) <= set(re.findall(r"^(?:def|class) (\w+)", block.code, flags=re.MULTILINE))
    assert "import seeding" not in block.code
    assert "from seeding" not in block.code


@pytest.mark.parametrize("name", USES)
def test_a_use_is_an_import_and_its_call(name: str) -> None:
    """The module is a field of its own in the first line, an empty line follows, and then the call."""
    start, module, rest = SNIPPETS[name].body
    assert (start, module) == ("from ", MODULE)
    assert isinstance(rest, str)
    assert re.fullmatch(r' import \w+(, \w+)*  # seeding\.py: the snippet "seedmodule"\n\n', rest)
    assert SNIPPETS[name].fields[-1] == MODULE


def test_which_snippets_know_the_module() -> None:
    """Only the uses and the training script import from it; the module itself has no field, the same for everybody."""
    assert {name for name, snippet in SNIPPETS.items() if MODULE in snippet.fields} == {*USES, "seedtrain"}
    assert SNIPPETS["seedmodule"].fields == ()


# The most lines of each form, so that nobody's script is filled with them; in a use, lines of code and comment.
MOST = {PASTE: 45, USE: 5, BLOCK: 90, FILE: 1310}


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_short(name: str) -> None:
    """No snippet has more lines than its form allows, and the training script is no longer than 110."""
    lines = SNIPPETS[name].code.splitlines()
    assert len(list(filter(None, lines)) if SNIPPETS[name].form == USE else lines) <= MOST[SNIPPETS[name].form]
    assert name != "seedtrain" or len(lines) <= 110


def test_first_lines() -> None:
    """A whole file begins with its stamp and a block with its origin; what is pasted into a script has neither."""
    found = Counter[tuple[str, bool, bool]]()
    for snippet in SNIPPETS.values():
        stamped = read_stamp(snippet.plain.encode()) is not None
        found[snippet.form, stamped, snippet.plain.startswith(ORIGIN)] += 1
    assert found.keys() == {(PASTE, False, False), (USE, False, False), (BLOCK, False, True), (FILE, True, False)}
