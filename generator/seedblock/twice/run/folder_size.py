"""What is in a folder, and what it takes on the disk."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from seedblock import signals

BLOCK = 512  # bytes, of st_blocks on every system


class Size(NamedTuple):
    """What a folder holds: how many files, the bytes that they take on the disk, and the largest file."""

    files: int = 0
    bytes: int = 0
    largest: str = ""


class Selection(NamedTuple):
    """What of a folder is copied: all, or the relative paths in `only`. Folders with a name in `linked` become links."""

    linked: Collection[str] = ()
    only: Collection[str] | None = None


ALL = Selection()


def names(folder: Path, scratch: Path, selection: Selection, limit: int) -> frozenset[str] | None:
    """List the relative paths of what is in a folder; None if there are more than `limit`."""
    found = set()
    for entry in entries(folder, scratch, [], selection):
        found.add(os.path.relpath(entry.path, folder))
        if len(found) > limit:
            return None
    return frozenset(found)


def measure(folder: Path, scratch: Path, selection: Selection = ALL) -> Size:
    """Count what a copy of `folder` would hold. `scratch` is left out. What cannot be read is not counted."""
    files = total = most = 0
    largest = ""
    for entry in entries(folder, scratch, [], selection):
        if entry.is_file(follow_symlinks=False):
            size = taken(entry)
            files, total = files + 1, total + size
            if size > most:
                most, largest = size, entry.path
    return Size(files, total, largest)


def entries(
    folder: Path, scratch: Path, problems: list[tuple[str, str]], selection: Selection = ALL
) -> Iterator["os.DirEntry[str]"]:
    """What is chosen of a folder, each folder before what is in it. `scratch` is left out, should it lie there."""
    ours = scratch.stat()
    waiting = [os.fspath(folder)]
    while waiting:
        place = waiting.pop()
        try:
            found = list(os.scandir(place))
        except OSError as error:
            problems.append((place, error.strerror or str(error)))
            continue
        for entry in found:
            signals.check()
            if selection.only is not None and os.path.relpath(entry.path, folder) not in selection.only:
                continue
            if entry.is_dir(follow_symlinks=False):
                if _is(entry, ours):
                    continue
                if entry.name not in selection.linked:
                    waiting.append(entry.path)
            yield entry


def _is(entry: "os.DirEntry[str]", status: os.stat_result) -> bool:
    return entry.inode() == status.st_ino and os.path.samestat(Path(entry.path).lstat(), status)


def taken(entry: "os.DirEntry[str]") -> int:
    """How many bytes a file takes on the disk: of a sparse file, what was written."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # it has gone
        return 0
    blocks: int | None = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else blocks * BLOCK


def in_words(count: float) -> str:
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} TB"
