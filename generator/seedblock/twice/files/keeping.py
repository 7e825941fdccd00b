"""What a run wrote, with the digest of each file, and copies of those that could be told apart by their content."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.terminal import Progress
from seedblock.twice.files.folder import Changes, Seen, Watched, changes, seen, size_of, unpacked
from seedblock.twice.files.reading import Digest, Unreadable, digest
from seedblock.twice.files.store import Copied, Store
from seedblock.twice.run.folder_size import in_words

MAX_CHANGED = 1_000_000  # files that are read
MAX_READ = 200_000_000_000  # bytes of all of them
SHOWN_BYTES, SHOWN_FILES = 2_000_000_000, 100_000  # nobody waits for fewer
MB = 1_000_000


class KeptFile(NamedTuple):
    """A file as run 1 left it. appended: what the run put after the `start` bytes of before, if it did that.

    target: of a link.
    """

    size: int
    digest: bytes
    start: int = 0
    appended: bytes = b""
    copied: Copied | None = None
    target: str | None = None


class Kept(NamedTuple):
    """What run 1 created, changed and removed. before, after: the files before and after it. not_compared: names and why."""

    files: Mapping[str, KeptFile]
    removed: Sequence[str]
    after: Seen
    not_compared: Mapping[str, str]
    ignored: int = 0

    @property
    def wrote(self) -> bool:
        return bool(self.files or self.removed)


def keep(watched: Watched, before: Seen, scratch: Path, ignore: Sequence[str] = ()) -> Kept:
    """Read what a run has written since `before`. Copies go into a new folder in `scratch`. Raises Stopped, OSError."""
    found = changes(before, seen(watched), ignore)
    not_compared = unsearched(before, found)
    store = Store(Path(tempfile.mkdtemp(prefix="kept", dir=scratch)))
    files: dict[str, KeptFile] = {}

    place = watched.paths()

    def one(name: str, told: Callable[[int], None]) -> None:
        path, status, old = place(name), unpacked(found.after.files[name]), before.files.get(name)
        start = unpacked(old).size if old is not None and unpacked(old).inode == status.inode else 0
        read = digest(path, status, start, told)
        copied = store.keep(name, path, read.size, read.small) if read.target is None else None
        files[name] = KeptFile(read.size, read.whole, start if read.head else 0, appended(read), copied, read.target)

    try:
        each(found.written, found.after, "reading what run 1 wrote", one, not_compared)
    finally:
        store.close()
    return Kept(files, found.removed, found.after, not_compared, found.ignored)


def appended(read: Digest) -> bytes:
    return read.tail if read.head else read.whole


def unsearched(before: Seen, found: Changes) -> dict[str, str]:
    """Name what could not be looked at, but for folders that could not be before the run either."""
    if before.full or found.after.full:
        return {".": "there are too many files to look at each: run it in a folder of its own"}
    return {name: why for name, why in found.after.unreadable.items() if name not in before.unreadable}


def each(
    names: Sequence[str],
    after: Seen,
    what: str,
    one: Callable[[str, Callable[[int], None]], None],
    not_compared: dict[str, str],
) -> None:
    """Call `one` with each name and a function to be told the bytes read; names over a limit go into `not_compared`."""
    sizes = [size_of(after.files[name]) for name in names]
    total = sum(sizes)
    progress = Progress(what, total // MB, shown=total > SHOWN_BYTES or len(names) > SHOWN_FILES, unit="MB")
    done = 0

    def told(count: int) -> None:
        nonlocal done
        before, done = done, done + count
        if before // MB != done // MB:
            progress.show(done // MB, "")

    try:
        left = MAX_READ
        for number, (name, size) in enumerate(zip(names, sizes, strict=True)):
            left -= size
            if number >= MAX_CHANGED:
                not_compared[name] = f"more than {MAX_CHANGED:,} files were written"
            elif left < 0:
                not_compared[name] = f"more than {in_words(MAX_READ)} were written"
            else:
                try:
                    one(name, told)
                except Unreadable as error:
                    not_compared[name] = str(error)
    finally:
        progress.close()
