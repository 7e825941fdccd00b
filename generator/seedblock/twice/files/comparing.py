"""What run 1 wrote, kept, against what run 2 wrote."""

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from seedblock.twice.files.data import MAX_NAMES, FileDifference, FilesCompared, Names
from seedblock.twice.files.folder import Seen, Watched, changes, seen, unpacked
from seedblock.twice.files.formats.differing import shown
from seedblock.twice.files.formats.known import Told, tell
from seedblock.twice.files.formats.parts import section
from seedblock.twice.files.keeping import Kept, KeptFile, each, unsearched
from seedblock.twice.files.reading import digest, opened

MAX_TOLD = 1_000  # files whose bytes differ, and whose content is compared
NOT_COPIED = "its content was not compared: it is too large, or of no format that is known"

ADDED = "in what each run added, "

Pids = tuple[Collection[int], Collection[int]]


def compare_files(
    kept: Kept, watched: Watched, before: Seen | None = None, pids: Pids = ((), ()), ignore: Sequence[str] = ()
) -> FilesCompared:
    """Compare what run 1 wrote with what run 2 has written since `before`, by default where run 1 ended.

    pids: the process ids of each run, which may be in the names. A file that run 2 found as run 1 had left it is compared by
    what each added to it, if run 2 kept what was there. Raises Stopped.
    """
    before = kept.after if before is None else before
    return _Comparison(kept, watched, before, ignore).result(pids)


class _Comparison:
    def __init__(self, kept: Kept, watched: Watched, before: Seen, ignore: Sequence[str]) -> None:
        self._kept, self._path, self._before = kept, watched.paths(), before
        self._found = changes(before, seen(watched), ignore)
        self._not_compared = {**kept.not_compared, **unsearched(before, self._found)}
        self._same, self._same_content, self._appended = list[str](), list[str](), list[str]()
        self._differing: dict[str, FileDifference] = {}
        self._told = 0

    def result(self, pids: Pids) -> FilesCompared:
        kept, written = self._kept, set(self._found.written)
        # What is as run 1 left it, run 2 found; anything else of that name it found as run 1 had.
        left = {name for name in kept.files if name not in written and name in self._found.after.files}
        not_rewritten = {name for name in left if self._is_of_run_1(name)}
        pairs = {name: name for name in kept.files if name in self._found.after.files and name not in not_rewritten}
        alone = [
            [name for name in kept.files if name not in pairs],
            [name for name in written if name not in kept.files],
        ]
        alone[1] = [name for name in alone[1] if name not in kept.not_compared]
        by_pid = paired(alone, pids)
        pairs |= {two: one for one, two in by_pid.items()}
        each(
            sorted(pairs),
            self._found.after,
            "comparing files",
            lambda two, told: self._pair(pairs[two], two, told),
            self._not_compared,
        )
        not_rewritten -= by_pid.keys()
        only = self._only(alone, by_pid, not_rewritten)
        first = min(self._differing.values(), key=lambda found: self._order(found.name), default=None)
        return FilesCompared(
            len(self._same),
            Names.of(self._same_content),
            first,
            Names.of(list(self._differing)),
            only,
            tuple(sorted(self._not_compared.items())[:MAX_NAMES]),
            len(self._not_compared),
            Names.of(list(not_rewritten)),
            Names.of(self._appended),
            kept.ignored + self._found.ignored,
        )

    def _is_of_run_1(self, name: str) -> bool:
        """Tell whether run 2 found the very file that run 1 had left, not one in another folder."""
        return self._before.files.get(name) == self._kept.after.files.get(name)

    def _order(self, name: str) -> tuple[int, str]:
        return unpacked(self._kept.after.files[name]).written, name

    def _only(
        self, alone: Sequence[list[str]], by_pid: dict[str, str], not_rewritten: Collection[str]
    ) -> tuple[Names, Names]:
        ones, twos = set(alone[0]) - by_pid.keys() - set(not_rewritten), set(alone[1]) - set(by_pid.values())
        removed = set(self._found.removed) - set(self._kept.files)
        before = set(self._kept.removed) & self._before.files.keys()  # what run 2 did not find it could not remove
        return Names.of(list(ones | (before - removed))), Names.of(list(twos | (removed - before)))

    def _pair(self, one: str, two: str, told: Callable[[int], None]) -> None:
        mine, status = self._kept.files[one], unpacked(self._found.after.files[two])
        size = status.size
        found = one == two and self._is_of_run_1(one)
        may_append = found and size >= mine.size and self._same_inode(one)
        if size != mine.size and not may_append:
            self._differ(one, two, mine, 0, 0)
            return
        read = digest(self._path(two), status, mine.size if may_append and size > mine.size else 0, told)
        added = bool(read.head) and read.head == mine.digest
        if added and read.tail == mine.appended and mine.size:
            self._appended.append(one)
            self._same.append(one)
        elif read.whole == mine.digest:
            self._same.append(one)
        else:
            self._differ(one, two, mine, *((mine.start, mine.size) if added else (0, 0)))

    def _same_inode(self, name: str) -> bool:
        return unpacked(self._found.after.files[name]).inode == unpacked(self._kept.after.files[name]).inode

    def _differ(self, one: str, two: str, mine: KeptFile, *starts: int) -> None:
        told = self._tell(one, self._path(two), mine, *starts)
        if told.same:
            self._same.append(one)
            self._same_content.append(one)
        else:
            self._differing[one] = FileDifference(one, told.part, told.why, two if two != one else "")

    def _tell(self, name: str, path: str, mine: KeptFile, start: int, other: int) -> Told:
        target = os.readlink(path) if os.path.islink(path) else None  # noqa: PTH114, PTH115
        if target is not None or mine.target is not None:
            return Told(False, f"links to {shown(mine.target, target)}")
        self._told += 1
        if mine.copied is None or self._told > MAX_TOLD:
            return Told(False, "", NOT_COPIED)
        copy = mine.copied
        try:
            with _opened(copy.path, copy.start + start, copy.length - start) as one, _opened(path, other) as two:
                told = tell(name, one, two)
        except OSError as error:
            return Told(False, "", error.strerror or str(error))
        return told if not other or told.same else told._replace(part=f"{ADDED}{told.part}")


@contextmanager
def _opened(path: str, start: int, length: int | None = None) -> Iterator[BinaryIO]:
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size - start if length is None else length
        yield section(file, start, max(0, size))


def paired(alone: Sequence[Iterable[str]], pids: Pids) -> dict[str, str]:
    """Match names that are alike but for a process id of the run; not those of which there are several."""
    without = [_without(names, ids) for names, ids in zip(alone, pids, strict=True)]
    counts = [Counter(named.values()) for named in without]
    there = {short: name for name, short in without[1].items() if counts[1][short] == 1}
    return {name: there[short] for name, short in without[0].items() if counts[0][short] == 1 and short in there}


def _without(names: Iterable[str], pids: Collection[int]) -> dict[str, str]:
    ids = {str(pid) for pid in pids}
    short = {name: re.sub(r"\d+", lambda number: "~" if number[0] in ids else number[0], name) for name in names}
    return {name: found for name, found in short.items() if found != name}
