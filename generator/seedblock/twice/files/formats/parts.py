"""What a file holds, as named parts one after the other, in streams. Pure.

Nothing here trusts a file: what is read is counted, and what is odd raises Unfit. The bytes decide then.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

BLOCK = 1 << 17
MAX_BYTES = 1_000_000_000  # read of one file, unpacked: more is a bomb, or takes minutes
MAX_WHOLE = 10_000_000  # of a file that must be in memory as a whole, which takes ten times as much there


class Unfit(Exception):
    """A file that is not what its name says, or that holds more than is read. Its text says why."""


class Data(NamedTuple):
    """Bytes of any length. `key` is equal for those that are the same object within one file.

    kind: of the elements, as NumPy writes it ("<f4"), or "" for bytes; shape: in the order in which they lie, None if they
    are not one after the other; turned: whether the first index runs fastest; digest: equal only where the bytes are.
    """

    blocks: Callable[[], Iterator[bytes]]
    kind: str = ""
    shape: tuple[int, ...] | None = None
    turned: bool = False
    key: str = ""
    digest: bytes = b""


class Words(str):
    """What is said of a part, as opposed to a text in it: it is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Text(NamedTuple):
    """A text of any length. `separator`: of its columns, if it is a table."""

    blocks: Callable[[], Iterator[bytes]]
    separator: str = ""


Part = tuple[str, Any]  # a name, and a Data, a Text or a plain value
Parts = Iterator[Part]


class Budget:
    """What may still be read of one file. Raises Unfit if it is used up."""

    def __init__(self) -> None:
        self._left = MAX_BYTES

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Unfit(f"it unpacks to more than {MAX_BYTES:,} bytes")


class _Counted(io.RawIOBase):
    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._file, self._budget = file, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        self._budget.take(len(data))
        buffer[: len(data)] = data
        return len(data)


class Section(io.RawIOBase):
    """The bytes of a file from `start` on, `length` of them, as a file of their own."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file, self._start, self._length, self._at = file, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + (0, self._at, self._length)[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        data = self._file.read(max(0, min(len(buffer), self._length - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def counted(file: BinaryIO, budget: Budget) -> BinaryIO:
    return io.BufferedReader(_Counted(file, budget), BLOCK)


def section(file: BinaryIO, start: int, length: int) -> BinaryIO:
    return io.BufferedReader(Section(file, start, length), BLOCK)


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """Give the rest of a file in blocks of one size, but for the last."""
    while block := file.read(BLOCK):
        yield block


def exactly(file: BinaryIO, count: int) -> bytes:
    """Read `count` bytes, a few. Raises Unfit if there are fewer."""
    data = file.read(count)
    if len(data) != count:
        raise Unfit("it ends too early")
    return data


def whole(file: BinaryIO, limit: int = MAX_WHOLE) -> bytes:
    """Read all of a file. Raises Unfit if it is longer than `limit` bytes."""
    found = list[bytes]()
    for block in blocks(file):
        found.append(block)
        if len(found) * BLOCK > limit + BLOCK:
            raise Unfit(f"it is longer than {limit:,} bytes")
    return b"".join(found)


def below(name: str, part: str) -> str:
    """Name a part of a part: `a` and `b` make `a.b`, `a` and `[0]` make `a[0]`."""
    return f"{name}.{part}" if name and part and part[0] not in "[(" else f"{name}{part}"


def expanded(item: Any, inside: Callable[[str, Any], Parts | None], depth: int) -> Parts:
    """Take an item apart, what is in it too. `inside` gives the parts of an item, which may have parts; None if it has none.

    What lies in itself is told by its name. Raises Unfit if it is nested more than `depth` deep.
    """
    stack: list[tuple[Any, Parts]] = [(None, iter([("", item)]))]
    above: dict[int, str] = {}  # what the present part lies in
    while stack:
        if (found := next(stack[-1][1], None)) is None:
            above.pop(id(stack.pop()[0]), None)
            continue
        name, value = found
        if id(value) in above:
            yield name, Words(f"{above[id(value)] or 'the whole'} again")
        elif (parts := inside(name, value)) is None:
            yield found
        elif len(stack) > depth:
            raise Unfit("it is nested too deeply")
        else:
            stack.append((value, parts))
            above[id(value)] = name
