"""The files below a folder: which there are, and which a run has created, changed or removed. No content is read."""

import contextlib
import fnmatch
import os
import re
import stat
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock import signals

# Not searched: they hold many files, and no results of a script.
SKIPPED_FOLDERS = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints"})
SKIPPED_PREFIX, SKIPPED_SUFFIX = ".seedblock-", ".pyc"  # of our own staged files and tapes, and of Python's caches
MAX_FILES = 2_000_000  # some 500 MB of memory
_STATUS = struct.Struct("<qqqQI")  # as bytes: of a million files, a tuple of numbers would take three times as much


class Watched(NamedTuple):
    """What is looked at: the working folder, further ones with the names they are shown by, and what is left out in them.

    without: our own places, such as a scratch folder or the page that will be written. open_files: device and inode of our outputs.
    """

    folder: Path
    further: tuple[tuple[str, Path], ...] = ()
    without: tuple[Path, ...] = ()
    open_files: frozenset[tuple[int, int]] = frozenset()

    @property
    def roots(self) -> Iterator[tuple[str, str]]:
        """Each folder as a prefix of the names in it and its path. One within another is there once."""
        yield "", os.path.realpath(self.folder)
        known = [os.path.realpath(self.folder)]
        for shown, path in self.further:
            real = os.path.realpath(path)
            inside = any(Path(real).is_relative_to(place) for place in known)
            if not inside or SKIPPED_FOLDERS & {*Path(real).parts} - {*Path(known[0]).parts}:
                known.append(real)
                yield f"{shown.replace(os.sep, '/').rstrip('/')}/", real

    def paths(self) -> Callable[[str], str]:
        """Return what finds a file by its name."""
        (_, here), *further = self.roots

        if not further:
            return lambda name: f"{here}/{name}"

        def path(name: str) -> str:
            prefix, root = next((pair for pair in further if name.startswith(pair[0])), ("", here))
            return f"{root}/{name[len(prefix) :]}"

        return path


class Seen(NamedTuple):
    """The files at one moment by their names, which have `/` in them, each with its `Status`, packed.

    unreadable: folders that could not be searched, and why. full: whether there were more than MAX_FILES.
    """

    files: Mapping[str, bytes]
    unreadable: Mapping[str, str]
    full: bool = False


def outputs() -> frozenset[tuple[int, int]]:
    """The files that our own output goes to, as in `> log.txt`: the runs did not write them."""
    found = set()
    for number in (1, 2):
        with contextlib.suppress(OSError):
            status = os.fstat(number)
            if stat.S_ISREG(status.st_mode):
                found.add((status.st_dev, status.st_ino))
    return frozenset(found)


def seen(watched: Watched) -> Seen:
    """Look at all files. Raises Stopped."""
    files: dict[str, bytes] = {}
    unreadable: dict[str, str] = {}
    ours = {(found.st_dev, found.st_ino) for path in watched.without if (found := _status(path)) is not None}
    ours |= watched.open_files
    for prefix, root in watched.roots:
        for name, status in _walk(root, prefix, ours, unreadable):
            files[name] = status
            if len(files) > MAX_FILES:
                return Seen({}, unreadable, full=True)
    return Seen(files, unreadable)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _walk(
    root: str, prefix: str, ours: set[tuple[int, int]], unreadable: dict[str, str]
) -> Iterator[tuple[str, bytes]]:
    inodes = {inode for _, inode in ours}
    waiting = [(root, prefix)]
    while waiting:
        place, before = waiting.pop()
        signals.check()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    name = entry.name
                    if entry.is_dir(follow_symlinks=False):
                        if (
                            name not in SKIPPED_FOLDERS
                            and not name.startswith(SKIPPED_PREFIX)
                            and not _is(entry, inodes, ours)
                        ):
                            waiting.append((entry.path, f"{before}{name}/"))
                    elif not name.startswith(SKIPPED_PREFIX) and not name.endswith(SKIPPED_SUFFIX):
                        try:
                            status = entry.stat(follow_symlinks=False)
                        except OSError:  # it has gone
                            continue
                        if status.st_ino not in inodes or not _is(entry, inodes, ours):
                            yield before + name, packed(status)
        except OSError as error:
            unreadable[before.rstrip("/") or place] = error.strerror or str(error)


def _is(entry: "os.DirEntry[str]", inodes: set[int], ours: set[tuple[int, int]]) -> bool:
    if entry.inode() not in inodes:
        return False
    status = _status(Path(entry.path))
    return status is not None and (status.st_dev, status.st_ino) in ours


def packed(status: os.stat_result) -> bytes:
    return _STATUS.pack(
        status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino % (1 << 64), status.st_mode
    )


class Status(NamedTuple):
    """Of a file: its size, when its content and when anything was changed, in nanoseconds, its inode and its mode."""

    size: int
    written: int
    changed: int
    inode: int
    mode: int


def unpacked(status: bytes) -> Status:
    return Status(*_STATUS.unpack(status))


def size_of(status: bytes) -> int:
    return int.from_bytes(status[:8], "little", signed=True)  # half the time of `unpacked`, for a million files


class Changes(NamedTuple):
    """What a run created or changed, and what it removed: names, sorted. after: what there is now."""

    written: list[str]
    removed: list[str]
    after: Seen
    ignored: int = 0


def changes(before: Seen, after: Seen, ignore: Sequence[str]) -> Changes:
    """Compare two moments. `ignore` are patterns as of a shell, for a file's name or its path within the folder."""
    skipped, files = ignored(ignore), before.files
    written = [name for name, status in after.files.items() if files.get(name) != status]
    both = len(after.files) - sum(name not in files for name in written)
    removed = [] if both == len(files) else [name for name in files if name not in after.files]
    wanted, gone = ([name for name in names if not skipped(name)] for names in (written, removed))
    return Changes(sorted(wanted), sorted(gone), after, len(written) + len(removed) - len(wanted) - len(gone))


def ignored(patterns: Sequence[str]) -> Callable[[str], bool]:
    if not patterns:
        return lambda name: False
    match = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns)).match
    return lambda name: bool(match(name) or match(name.rpartition("/")[2]))
