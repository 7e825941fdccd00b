"""Paths that lead to one file because a folder is a link."""

from pathlib import Path

from seedblock.editors.links import first_names
from tests.support.standing import link


def test_first_names(tmp_path: Path) -> None:
    """Links of folders are followed, also to what is yet to be made; a link in a file's place is a file of its own."""
    (tmp_path / "real").mkdir()
    link(tmp_path / "linked", tmp_path / "real")
    link(tmp_path / "linked twice", tmp_path / "linked")
    link(tmp_path / "nowhere", tmp_path / "gone")
    (tmp_path / "real" / "file").touch()
    link(tmp_path / "real" / "alias", tmp_path / "real" / "file")
    names = [
        "linked/file",
        "real/file",
        "linked twice/file",
        "real/alias",
        "real/new/a",
        "linked/new/a",
        "gone/a",
        "nowhere/a",
    ]
    firsts = ["linked/file", "linked/file", "linked/file", "real/alias", "real/new/a", "real/new/a", "gone/a", "gone/a"]
    expected = {tmp_path / name: tmp_path / first for name, first in zip(names, firsts, strict=True)}
    assert first_names(tmp_path / name for name in names) == expected
