"""The differences between the disk and what would be rendered. Only reads."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class Change(NamedTuple):
    """A file that differs. `old` is None if there is no file yet."""

    path: Path
    old: bytes | None
    new: bytes


def find_changes(new: Mapping[Path, bytes]) -> tuple[Change, ...]:
    """List the files whose content on the disk differs from `new`."""
    old = {path: path.read_bytes() for path in new if path.is_file() or path.is_dir()}  # a folder raises here
    return tuple(Change(path, old.get(path), new[path]) for path in sorted(new) if old.get(path) != new[path])


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
