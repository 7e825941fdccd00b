"""Temporary folders of a run.

A killed run leaves its folder, and the next run removes it: known by the file in it, which names this very folder and is
locked while its run lives. A folder with only the name of one stays.
"""

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seedblock import signals
from seedblock.errors import SeedblockError
from seedblock.writing import disk
from seedblock.writing.locks import try_lock
from seedblock.writing.plan import FOLDER
from seedblock.writing.removal import remove
from seedblock.writing.replacing import put_back

PREFIX = "seedblock-"
MARKER = ".seedblock.scratch"  # its content is the inode of its folder, so that a copy of it marks nothing
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def scratch(beside: Path | None = None) -> Iterator[Path]:
    """Make a temporary folder that is removed after the block: in the system's usual place, or next to `beside`.

    What killed runs have left in that place is removed first.
    """
    place = _usual_place() if beside is None else beside.parent
    prefix = PREFIX if beside is None else f".{PREFIX}"
    sweep(place, prefix)
    folder = lock = None
    try:
        with signals.held():
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
            lock = _mark(folder)
        yield folder
    finally:
        if folder is not None:
            with signals.held():
                _remove(folder)
                if lock is not None:
                    os.close(lock)  # Windows cannot remove an open file
                _remove(folder)  # a process of the run may have made one more file meanwhile


def _usual_place() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as error:
        raise SeedblockError(
            f"no temporary folder can be written ({error.strerror}): set TMPDIR to a folder that can be"
        ) from error


def _mark(folder: Path) -> int | None:
    """Mark a folder as that of a run that lives. Where nothing can be locked, it stays unmarked, and is never swept."""
    try:
        number = os.open(folder / MARKER, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        if try_lock(number):
            os.write(number, _identity(folder))
    return number


def _identity(folder: Path) -> bytes:
    return f"{folder.lstat().st_ino}\n".encode()


def sweep(place: Path, prefix: str) -> None:
    """Remove the scratch folders in `place` whose runs were killed, and finish what those had begun."""
    for folder in place.glob(f"{prefix}*"):
        lock = _claim(folder)
        if lock is not None:
            put_back(folder)
            _remove(folder)
            os.close(lock)
            _remove(folder)


def _claim(folder: Path) -> int | None:
    """Open and lock the marker of a folder that a killed run of this user has left; None for any other folder."""
    try:
        if disk.standing(folder) != FOLDER or not _is_mine(folder.lstat()):
            return None
        number = os.open(folder / MARKER, _FLAGS)
    except OSError:
        return None
    with contextlib.suppress(OSError):
        status = os.fstat(number)
        known = stat.S_ISREG(status.st_mode) and _is_mine(status) and os.read(number, 99) == _identity(folder)
        os.lseek(number, 0, os.SEEK_SET)  # Windows locks from here on
        if known and try_lock(number) and os.path.samestat(status, (folder / MARKER).lstat()):
            return number
    os.close(number)
    return None


def _is_mine(status: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or status.st_uid == os.geteuid()


def _remove(folder: Path) -> None:
    """Remove a scratch folder, its marker last: what cannot be removed now is left to the next run."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                remove(path)
            elif path.name != MARKER:
                path.unlink()
        if all(path.name == MARKER for path in folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)
