"""The first part in which two files differ, in words. Pure."""

import csv
import struct
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from seedblock.twice.files.formats.parts import Data, Parts, Text, Unfit

MAX_PARTS = 1_000_000  # which take some four seconds
MAX_LINE = 1 << 20  # bytes of a line, roughly
SHOWN = 100  # characters of a value
BEFORE = 30  # of them before the first one that differs
_INTEGERS = {"i": "bhiq", "u": "BHIQ"}
_CODES = {f"{sign}{1 << size}": code for sign, codes in _INTEGERS.items() for size, code in enumerate(codes)}
_CODES |= {"f2": "e", "f4": "f", "f8": "d", "b1": "?"}


def first_difference(one: Parts, two: Parts) -> str | None:
    """Say in which part two files differ, and how; None if in none. Raises Unfit."""
    same = set[tuple[str, str]]()
    for count, (left, right) in enumerate(zip_longest(one, two)):
        if count > MAX_PARTS:
            raise Unfit(f"it has more than {MAX_PARTS:,} parts")
        if left is None or right is None:
            return f"{(left or right)[0]}: only in run {1 if right is None else 2}"
        if left[0] != right[0]:
            return f"{left[0]} in run 1, {right[0]} in run 2"
        told = _told(left[1], right[1], same)
        if told is not None:
            return f"{left[0]}{told}".removeprefix(": ").removeprefix(", ")
    return None


def _told(left: Any, right: Any, same: set[tuple[str, str]]) -> str | None:
    if isinstance(left, Data):
        return _data(left, right, same)
    return _text(left, right) if isinstance(left, Text) else _plain(left, right)


def shown(left: Any, right: Any) -> str:
    """Write two values that differ, short, and so that the difference is seen."""
    one, two = map(_written, (left, right))
    pairs = enumerate(zip(one, two, strict=False))
    at = next((at for at, pair in pairs if pair[0] != pair[1]), min(len(one), len(two)))
    return f"{_around(one, at)} and {_around(two, at)}"


def _written(value: Any) -> str:
    huge = isinstance(value, int) and value.bit_length() > 64  # in decimals that takes the square of its length
    return hex(value) if huge else repr(value)


def _around(text: str, at: int) -> str:
    start = max(0, min(at - BEFORE, len(text) - SHOWN))
    end = start + SHOWN
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _plain(left: Any, right: Any) -> str | None:
    if type(left) is type(right) and _bits(left) == _bits(right):
        return None
    return f": {shown(left, right)}"


def _bits(value: Any) -> Any:
    return struct.pack("<d", value) if isinstance(value, float) else value


def _text(left: Text, right: Any) -> str | None:
    """Find the first line that differs; `head` is what the blocks before hold of the present one."""
    if not isinstance(right, Text):
        return ": a text in run 1, a value in run 2"
    number, head, titles = 1, b"", None
    pairs = zip_longest(left.blocks(), right.blocks(), fillvalue=b"")
    for one, two in pairs:
        titles = one.partition(b"\n")[0] if titles is None else titles
        if one != two:
            at = first_byte(one, two)
            start = one.rfind(b"\n", 0, at) + 1
            ends = [(b"" if start else head) + block[start:] for block in (one, two)]
            while not all(b"\n" in end or len(end) > MAX_LINE for end in ends) and (more := next(pairs, None)):
                ends = [end + block for end, block in zip(ends, more, strict=True)]
            return f", line {number + one.count(bytes([10]), 0, at):,}{_line(ends, titles, left.separator)}"
        number += one.count(b"\n")
        start = one.rfind(b"\n") + 1
        head = ((b"" if start else head) + one[start:])[-MAX_LINE:]
    return None


def _line(ends: Sequence[bytes], titles: bytes, separator: str) -> str:
    if not all(ends):
        return f": only in run {1 if ends[0] else 2}"
    one, two = (end.partition(b"\n")[0].decode("utf-8", "backslashreplace") for end in ends)
    if one == two:  # one of them is not ended
        return f": {shown(*(end[: len(one) + 1].decode('utf-8', 'backslashreplace') for end in ends))}"
    if separator:
        pairs = enumerate(zip(_fields(one, separator), _fields(two, separator), strict=False))
        at, pair = next(((at, pair) for at, pair in pairs if pair[0] != pair[1]), (-1, (one, two)))
        names = _fields(titles.decode("utf-8", "backslashreplace"), separator)
        if at >= 0:
            return f", column {repr(names[at]) if at < len(names) else at + 1}: {shown(*pair)}"
    return f": {shown(one, two)}"


def _fields(line: str, separator: str) -> list[str]:
    line = line.rstrip("\r\n")
    try:
        return next(csv.reader([line], delimiter=separator), []) if '"' in line else line.split(separator)
    except csv.Error:
        return line.split(separator)


def _data(left: Data, right: Any, same: set[tuple[str, str]]) -> str | None:
    if not isinstance(right, Data):
        return ": data in run 1, a value in run 2"
    if (left.key, right.key) in same or (left.digest and left.digest == right.digest):
        return None
    at = 0
    for one, two in zip_longest(left.blocks(), right.blocks(), fillvalue=b""):
        if one != two:
            return _element(left, at, one, two)
        at += len(one)
    if left.key:
        same.add((left.key, right.key))
    return None


def _element(data: Data, start: int, one: bytes, two: bytes) -> str:
    byte = first_byte(one, two)
    size = int(data.kind[2:]) if data.kind[2:].isdigit() else 0
    if not size:
        return f": byte {start + byte:,}"
    number = (start + byte) // size
    index = "" if data.shape is None else f"[{', '.join(map(str, _index(number, data.shape, data.turned)))}]"
    at, code = number * size - start, _CODES.get(data.kind[1:])
    if code is None or at < 0 or at + size > min(len(one), len(two)):
        return index
    form = f"{'<' if data.kind[0] == '|' else data.kind[0]}{code}"
    values = (struct.unpack_from(form, block, at)[0] for block in (one, two))
    return "{}: {} and {}".format(index, *(f"{value:.9g}" if code == "f" else repr(value) for value in values))


def first_byte(one: bytes, two: bytes) -> int:
    """Find the first byte that differs, by halves: most of a long block is equal."""
    low, high = 0, max(len(one), len(two))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[low:middle] == two[low:middle] else (low, middle)
    return low


def _index(number: int, shape: tuple[int, ...], turned: bool) -> tuple[int, ...]:
    found = []
    for size in shape if turned else reversed(shape):
        found.append(number % size if size else 0)
        number //= size or 1
    return tuple(found if turned else reversed(found))
