"""Waiting for another run of seedblock. The system releases the lock of a run that was killed."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seedblock.terminal import remark


def lock_file(number: int, other: str) -> None:
    """Lock an open file until it is closed. If `other` holds the lock, say so and wait. Raises OSError."""
    if try_lock(number):
        return
    remark(f"waiting for {other} to end")
    if sys.platform == "win32":
        _wait_on_windows(number)
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX)


def try_lock(number: int) -> bool:
    """Lock an open file until it is closed; False if another process holds the lock. Raises OSError."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
    else:
        import fcntl

        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _wait_on_windows(number: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                return msvcrt.locking(number, msvcrt.LK_LOCK, 1)
            except OSError as error:
                if error.errno != errno.EDEADLK:  # it gave up after ten seconds
                    raise


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Let one run at a time write into `folder`, if the system can lock folders."""
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows cannot open a folder
        yield
        return
    try:
        with suppress(OSError):  # a file system without locks
            lock_file(number, f"another run that writes into {str(folder)!r}")
        yield
    finally:
        os.close(number)
