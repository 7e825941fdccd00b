"""Editors' folders on this disk, and the note of what was ever written to them.

Looks and removes; what is written goes through `files`.
"""

import os
import re
import stat
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from seedblock import files
from seedblock.editors.known import Folder
from seedblock.editors.plan import FILE, NOTHING, REMOVED, Seen, Step, digest


def find_folders(folder: Folder) -> tuple[Path, ...]:
    """List the folders that are there, or that are to be made for an editor that is there."""
    path = Path(folder.path)
    if folder.sign is not None and Path(folder.sign).is_dir():
        return (path,)
    if not path.is_dir():
        return ()
    if not folder.names:
        return (path,)
    return tuple(child for child in sorted(path.iterdir()) if re.fullmatch(folder.names, child.name) and child.is_dir())


def look(path: Path) -> Seen:
    """Say what stands at `path`, without following a link or opening anything but an ordinary file. Raises OSError."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return Seen(NOTHING)
    if stat.S_ISREG(mode):
        return Seen(FILE, path.read_bytes())
    return Seen("a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no ordinary file")


def is_running(folder: Path) -> bool:
    """Tell whether a JetBrains IDE works on this configuration: it keeps its process's number in .lock."""
    try:
        number = int((folder / ".lock").read_text(encoding="ascii"))
        if os.name == "posix":  # elsewhere signal 0 would end the process: there the file has to do
            os.kill(number, 0)
    except PermissionError:
        return True  # another user's process, or a lock that Windows lets nobody read: alive
    except (OSError, ValueError, OverflowError):
        return False
    return True


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Wait for other runs that install or uninstall, and keep later ones waiting. The system frees a killed run's lock."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / "lock"
    with path.open("ab") as lock:
        try:
            _lock(lock.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
        yield


def _lock(number: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(number, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX)


def noted(state: Path) -> frozenset[str]:
    """Read the digests of all that was ever written: the names of empty files."""
    return frozenset(path.name for path in (state / "written").glob("*"))


def note(state: Path, contents: Iterable[bytes]) -> None:
    (state / "written").mkdir(parents=True, exist_ok=True)
    for content in contents:
        (state / "written" / digest(content)).touch()


def carry_out(steps: Sequence[Step], roots: Collection[Path]) -> None:
    """Do what was planned: write all or nothing, then remove. Folders below `roots` that are left empty go too."""
    files.sweep(step.path for step in steps)
    contents = {step.path: step.content for step in steps if step.content is not None}
    files.put(contents, {step.path: step.backup for step in steps if step.backup is not None})
    for step in steps:
        if step.verb == REMOVED:
            step.path.unlink(missing_ok=True)
            _prune(step.path.parent, roots)


def _prune(folder: Path, roots: Collection[Path]) -> None:
    while folder not in roots and folder.parent != folder:
        try:
            folder.rmdir()
        except OSError:  # something else is in it
            return
        folder = folder.parent
