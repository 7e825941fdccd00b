"""The differences between the disk and what would be rendered."""

from pathlib import Path

from seedblock.rendering import stale

ONE = "a/one.txt"


def test_compare(tmp_path: Path) -> None:
    """Missing and changed files are listed with old and new bytes; current files are not."""
    (tmp_path / "changed").write_bytes(b"\xff\r\n")
    (tmp_path / "current").write_bytes(b"new")
    new = {tmp_path / name: b"new" for name in ("missing", "current", "changed")}
    assert stale.find_changes(new) == (
        stale.Change(tmp_path / "changed", b"\xff\r\n", b"new"),
        stale.Change(tmp_path / "missing", None, b"new"),
    )


def test_a_file_too_large_to_be_ours(tmp_path: Path) -> None:
    """It differs, and its diff says so in place of its content, which is not read."""
    with (path := tmp_path / "large").open("wb") as file:
        file.truncate(3_000_000_000)
    (change,) = stale.find_changes({path: b"new\n"})
    assert list(stale.diff(change))[2:] == ["@@ -1 +1 @@\n", "-(a file larger than any of seedblock's)\n", "+new\n"]


def test_other_files_are_named_and_left(tmp_path: Path) -> None:
    """Another file with the same suffix is found. Folders, and files with other suffixes or elsewhere, are not."""
    new = {tmp_path / ONE: b"1"}
    (tmp_path / "a/folder.txt").mkdir(parents=True)
    (tmp_path / "a/.seedblock-folder.part").mkdir()
    for name in ("a/one.txt", "a/old.txt", "a/notes.md", "c/other.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"mine")
    assert stale.find_strays(new) == [tmp_path / "a/old.txt"]


def test_diff_shows_bytes_that_are_not_text() -> None:
    """A diff can show other encodings, carriage returns, form feeds and a missing last newline."""
    change = stale.Change(Path("f"), b"\xff\r\na\x0cb\n", "é".encode())
    assert list(stale.diff(change)) == [
        "--- f (on disk)\n",
        "+++ f (rendered)\n",
        "@@ -1,2 +1 @@\n",
        "-\\xff\r\n",
        "-a\x0cb\n",
        "+é\n\\ No newline at end of file\n",
    ]
