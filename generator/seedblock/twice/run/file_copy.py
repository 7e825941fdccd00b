"""Copies one file without copying what need not be: a clone where the system can, else the parts that are not zero."""

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from seedblock import signals

CHUNK = 1 << 20  # bytes, between two looks for a signal to stop; whole chunks of zeros are not written
FICLONE = 0x40049409  # of Linux: btrfs, XFS, bcachefs and others


def copy_file(source: str, to: str, copied: Callable[[int], None]) -> None:
    """Copy a file with its times and its mode. `copied` is told the bytes as they are read. Raises OSError, Stopped."""
    with open(source, "rb", buffering=0) as file, open(to, "xb", buffering=0) as new:  # noqa: PTH123
        if not _clone(file, new):
            size = os.fstat(file.fileno()).st_size
            for start, end in _parts(file.fileno(), size):
                _copy_part(file, new, start, end, copied)
            new.truncate(size)
    shutil.copystat(source, to)


def can_clone(source: str, folder: Path) -> bool:
    """Tell whether a copy of `source` in `folder` would share its bytes on the disk."""
    trial = folder / "trial"
    try:
        with open(source, "rb") as file, trial.open("xb") as new:  # noqa: PTH123
            return _clone(file, new)
    except OSError:
        return False
    finally:
        trial.unlink(missing_ok=True)


def _clone(file: BinaryIO, new: BinaryIO) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(new.fileno(), FICLONE, file.fileno())
    except OSError:  # another disk, or one that cannot
        return False
    return True


def _parts(file: int, size: int) -> Iterator[tuple[int, int]]:
    """The stretches of a file that hold data, as its disk knows them; where it cannot tell, all of it."""
    end = 0
    while end < size:
        try:
            start = os.lseek(file, end, os.SEEK_DATA)
            end = min(os.lseek(file, start, os.SEEK_HOLE), size)
        except (AttributeError, OSError) as error:
            if getattr(error, "errno", None) != errno.ENXIO:  # ENXIO: no more data
                yield end, size
            return
        yield start, end


def _copy_part(file: BinaryIO, new: BinaryIO, start: int, end: int, copied: Callable[[int], None]) -> None:
    file.seek(start)
    new.seek(start)
    while start < end and (chunk := file.read(min(CHUNK, end - start))):
        signals.check()
        if chunk == bytes(len(chunk)):  # zeros that the disk stores; ours need not
            new.seek(len(chunk), os.SEEK_CUR)
        else:
            _write(new, chunk)
        start += len(chunk)
        copied(len(chunk))


def _write(new: BinaryIO, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[new.write(view) :]  # not all of it, where the disk is nearly full
