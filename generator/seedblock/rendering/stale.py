"""The differences between the disk and what would be rendered. Only reads."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from seedblock.writing.disk import MAX_BYTES
from seedblock.writing.plan import LARGE_FILE


class Change(NamedTuple):
    """A file that differs. `old` is None if there is no file yet, and `in_words` if what is there is not read."""

    path: Path
    old: bytes | None
    new: bytes


def find_changes(new: Mapping[Path, bytes]) -> tuple[Change, ...]:
    """List the files whose content on the disk differs from `new`."""
    old = {path: _read(path) for path in new if path.is_file() or path.is_dir()}
    return tuple(Change(path, old.get(path), new[path]) for path in sorted(new) if old.get(path) != new[path])


def _read(path: Path) -> bytes:
    """Read a file; a folder raises OSError."""
    return in_words(LARGE_FILE) if path.stat().st_size > MAX_BYTES else path.read_bytes()


def in_words(kind: str) -> bytes:
    """Return what a diff shows in place of the content of something that is not read."""
    return f"({kind})\n".encode()


def find_strays(paths: Collection[Path]) -> list[Path]:
    """List the other files in the folders of `paths` that have the same suffixes."""
    kinds = {(path.parent, path.suffix) for path in paths}
    found = {path for folder, suffix in kinds for path in folder.glob(f"*{suffix}") if path.is_file()}
    return sorted(found - set(paths))


def diff(change: Change) -> Iterator[str]:
    """Yield the lines of a unified diff, with their line ends."""
    import difflib

    name = change.path.as_posix()
    old, new = _lines(change.old), _lines(change.new)
    for line in difflib.unified_diff(old, new, fromfile=f"{name} (on disk)", tofile=f"{name} (rendered)"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(content: bytes | None) -> list[str]:
    # Not splitlines(): it also splits at form feeds and other characters inside a line.
    return [line for line in re.split("(?<=\n)", (content or b"").decode("utf-8", "backslashreplace")) if line]
