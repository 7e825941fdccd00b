"""Finding templates, and errors for those that are missing or not UTF-8."""

from pathlib import Path

import pytest

from seedblock.errors import SeedblockError
from seedblock.rendering import sources


def test_templates_that_are_no_utf8_are_named(tmp_path: Path) -> None:
    """Every template in another encoding is named with the position of its first wrong byte."""
    (tmp_path / "a.py.jinja").write_bytes(b"ok\xff")
    (tmp_path / "b.py.jinja").write_bytes(b"\xe9")
    with pytest.raises(SeedblockError) as caught:
        sources.read_templates(tmp_path)
    assert caught.value.problems == (
        "templates/a.py.jinja: not UTF-8 at byte 2: 0xff",
        "templates/b.py.jinja: not UTF-8 at byte 0: 0xe9",
    )


def test_missing_templates_are_looked_for_in_two_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without templates says where they should be."""
    monkeypatch.setattr(sources, "PACKAGE", tmp_path / "generator/seedblock")
    with pytest.raises(SeedblockError) as caught:
        sources.find_templates()
    for place in ("generator/seedblock/templates", "templates"):
        assert repr(str(tmp_path / place)) in caught.value.problems[0]
