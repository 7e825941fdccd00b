"""Copies of the working folder, for runs that find nothing of each other's: what they cost, and how they are made."""

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from seedblock.errors import UsageError
from seedblock.terminal import Progress, remark
from seedblock.twice.run.file_copy import can_clone, copy_file
from seedblock.twice.run.folder_size import ALL, Selection, entries, in_words, measure, taken
from seedblock.writing import disk
from seedblock.writing.removal import remove

AT_A_TIME = 2  # the copies of a third and a fourth run take the place of those before
CONTROL_BYTES = 1_000_000_000  # are copied without being asked for
SMALL_FILES, SMALL_BYTES = 2_000, 100_000_000  # nobody waits for so few
MB = 1_000_000


def announce(folder: Path, scratch: Path) -> None:
    """Say how much the copies of `folder` in `scratch` will take, unless it is little.

    Raises UsageError if there is no space for them.
    """
    size = measure(folder, scratch)
    needed, free = AT_A_TIME * size.bytes, shutil.disk_usage(scratch).free
    if needed > free and not can_clone(size.largest, scratch):
        raise UsageError(
            f"--fresh needs {in_words(needed)} for two copies of {str(folder)!r}, and {in_words(free)} are free in"
            f" {str(scratch.parent)!r}: set TMPDIR to a folder with more space"
        )
    if size.files > SMALL_FILES or size.bytes > SMALL_BYTES:
        remark(f"--fresh copies {size.files:,} files, {in_words(size.bytes)}, twice")


def copy(folder: Path, scratch: Path, number: int) -> Path:
    """Make copy `number` of a working folder in `scratch`, in place of the one `AT_A_TIME` before it.

    Links out of the folder keep their targets; pipes, sockets and devices are left out. Raises UsageError that names
    each file that cannot be copied, and Stopped at any time.
    """
    if (before := scratch / f"copy{number - AT_A_TIME}").exists():
        remove(before)
    to = scratch / f"copy{number}"
    _copy("--fresh", folder, to, scratch, measure(folder, scratch).bytes)
    return to


def control_copy(folder: Path, to: Path, scratch: Path, selection: Selection) -> None:
    """Copy what is chosen of a working folder for the control pair. `to` is not there yet."""
    _copy("the control pair", folder, to, scratch, measure(folder, scratch, selection).bytes, selection)


def is_small(folder: Path, scratch: Path, selection: Selection) -> bool:
    """Tell whether a control copy of a folder takes little time and space."""
    size = measure(folder, scratch, selection)
    if 2 * size.bytes > shutil.disk_usage(scratch).free:
        return False
    return size.bytes <= CONTROL_BYTES or can_clone(size.largest, scratch)


def _copy(who: str, folder: Path, to: Path, scratch: Path, total: int, selection: Selection = ALL) -> None:
    progress = Progress("copying", total // MB, shown=total > SMALL_BYTES, unit="MB")
    try:
        problems = _Copy(who, folder, to, scratch, progress, selection).make()
    finally:
        progress.close()
    if problems:
        raise _error(who, problems)


def _error(who: str, problems: Sequence[tuple[str, str]]) -> UsageError:
    return UsageError(*(f"{who} cannot copy {path!r}: {why}" for path, why in problems))


class _Copy:
    def __init__(
        self, who: str, folder: Path, to: Path, scratch: Path, progress: Progress, selection: Selection
    ) -> None:
        self._who, self._folder, self._to, self._scratch = who, folder, to, scratch
        self._progress, self._selection = progress, selection
        self._problems: list[tuple[str, str]] = []
        self._done = 0

    def make(self) -> list[tuple[str, str]]:
        """Copy all. Return the path of each file that could not be copied, and why."""
        folders = [(os.fspath(self._folder), os.fspath(self._to))]
        self._to.mkdir()
        for entry in entries(self._folder, self._scratch, self._problems, self._selection):
            new = os.path.join(self._to, os.path.relpath(entry.path, self._folder))  # noqa: PTH118 - faster than pathlib
            try:
                if entry.is_symlink():
                    self._link(Path(entry.path), Path(new))
                elif entry.is_dir() and entry.name in self._selection.linked:
                    with contextlib.suppress(OSError):  # Windows asks for a right; a run can do without
                        Path(new).symlink_to(entry.path, target_is_directory=True)
                elif entry.is_dir():
                    os.mkdir(new)  # noqa: PTH102
                    folders.append((entry.path, new))
                elif entry.is_file():
                    done = self._done + taken(entry)
                    copy_file(entry.path, new, self._copied)
                    self._copied(done - self._done)  # what was cloned, and the rest of a block
            except OSError as error:
                self._note(entry.path, error)
        for source, made in folders:  # at the end, as a read-only folder takes no files
            try:
                shutil.copystat(source, made)
            except OSError as error:
                self._note(source, error)
        return self._problems

    def _note(self, path: str, error: OSError) -> None:
        self._problems.append((path, error.strerror or str(error)))
        if error.errno in disk.NO_SPACE:  # each file after it would say the same
            raise _error(self._who, self._problems)

    def _copied(self, count: int) -> None:
        before, self._done = self._done, self._done + count
        if before // MB != self._done // MB:
            self._progress.show(self._done // MB, "")

    def _link(self, source: Path, new: Path) -> None:
        target = source.readlink()
        leads = Path(os.path.normpath(source.parent / target))
        if not leads.is_relative_to(self._folder):
            target = leads
        elif target.is_absolute():  # it would lead from the copy to the folder itself
            target = Path(os.path.relpath(leads, source.parent))
        new.symlink_to(target)
        shutil.copystat(source, new, follow_symlinks=False)
