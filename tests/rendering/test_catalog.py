"""What holds for every entry of the catalogue."""

import pytest

from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import Entry


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.abbreviation)
def test_entry(entry: Entry) -> None:
    """A description is one line without a full stop; each default is a value that its field accepts."""
    assert entry.description == entry.description.strip().rstrip(".")
    assert "\n" not in entry.description
    for field in entry.fields:
        assert field.kind.accepts(field.default)
        assert field.description


def test_abbreviations_are_unique() -> None:
    """No two snippets answer to one abbreviation."""
    assert len({entry.abbreviation for entry in CATALOG}) == len(CATALOG)
