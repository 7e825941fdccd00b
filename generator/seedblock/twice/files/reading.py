"""The content of a file as digests, whatever it is and whatever happens to it meanwhile."""

import errno
import os
import stat
from collections.abc import Callable
from hashlib import sha256
from typing import BinaryIO, NamedTuple

from seedblock import signals
from seedblock.twice.files.folder import Status
from seedblock.writing.disk import KINDS

BLOCK = 1 << 20
_FLAGS = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


class Unreadable(Exception):
    """A file that cannot be compared. Its text says why."""


class Digest(NamedTuple):
    """A file's size, and the SHA-256 of its content; of what comes before and after `parted` too, if it is longer.

    small: the content itself, if it fits in a block. target: of a link, whose content is not read.
    """

    size: int
    whole: bytes
    head: bytes = b""
    tail: bytes = b""
    small: bytes | None = None
    target: str | None = None


def digest(path: str, status: Status, parted: int = 0, told: Callable[[int], None] = lambda count: None) -> Digest:
    """Read a file to its end, as `status` says it was; `told` is told how many bytes it was, now and then.

    A link is not followed. Raises Unreadable for what is no file, cannot be read, or has changed; and Stopped.
    """
    kind = stat.S_IFMT(status.mode)
    try:
        if kind == stat.S_IFLNK:
            target = os.readlink(path)  # noqa: PTH115 - pathlib is slow for so many files
            return Digest(len(os.fsencode(target)), sha256(b"link to " + os.fsencode(target)).digest(), target=target)
        if kind != stat.S_IFREG:  # not even opened: opening a device may change it
            raise Unreadable(f"it is {KINDS.get(kind, 'no file')}")
        return _digest(path, status, parted, told)
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None


def opened(path: str) -> BinaryIO:
    """Open a regular file. Raises OSError for anything else."""
    file = os.fdopen(os.open(path, _FLAGS), "rb", buffering=0)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no file any more")
    return file


def _digest(path: str, status: Status, parted: int, told: Callable[[int], None]) -> Digest:
    number = os.open(path, _FLAGS)
    try:
        if status.size <= BLOCK and not parted:
            found = _small(number, status.size)
            told(found.size)
        else:
            found = _large(number, parted, told)
        after = os.fstat(number)
    finally:
        os.close(number)
    if (found.size, after.st_mtime_ns, after.st_size) != (status.size, status.written, status.size):
        raise Unreadable("it changed while it was read: is a process still writing it?")
    return found


def _small(number: int, size: int) -> Digest:
    data = os.read(number, size + 1)
    return Digest(len(data), sha256(data).digest(), small=data)


def _large(number: int, parted: int, told: Callable[[int], None]) -> Digest:
    buffer = memoryview(bytearray(BLOCK))
    hashed, tail = sha256(), sha256()
    head, size = b"", 0
    with os.fdopen(number, "rb", buffering=0, closefd=False) as file:
        while count := file.readinto(buffer if size >= parted else buffer[: parted - size]):
            signals.check()
            hashed.update(buffer[:count])
            if parted and size >= parted:
                tail.update(buffer[:count])
            size += count
            if size == parted:
                head = hashed.digest()
            told(count)
    return Digest(size, hashed.digest(), head, tail.digest() if head else b"")
