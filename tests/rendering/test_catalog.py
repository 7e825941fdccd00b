"""What holds for every entry of the catalogue."""

import re

import pytest

from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import Entry


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
    """The catalogue is in alphabetical order, so a new entry has one place."""
    names = [entry.abbreviation for entry in CATALOG]
    assert names == sorted(names), "sort generator/seedblock/rendering/catalog.py"
