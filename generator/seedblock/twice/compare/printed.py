"""The printed output of two runs, compared line by line in one pass. Pure.

Bytes decide, but for what the tapes know of a process: its ids, and addresses within its memory.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, zip_longest
from typing import BinaryIO, NamedTuple

from seedblock.twice.compare.printed_lines import MAX_LINE, printed_lines, skip_equal

MIN_DIGITS = 12  # of an address that is printed in decimals, as id() is: shorter numbers are more often something else
MAX_SHOWN = 4_000  # characters of a line
Cut = tuple[bool, bool]
Pair = tuple[bytes | None, bytes | None]  # a line of each run

_COLOUR_CODES = re.compile(r"\x1b\[[0-9;?]{0,40}[A-Za-z]")
# A number is whole if neither letters nor digits touch it and it is no part of a decimal one; in names, points may touch it.
# Each time, what is looked for has a bounded length: the time grows with the length of a line, not with its square.
_TOKEN = re.compile(
    rb"(0x[0-9a-fA-F]{1,16}(?![0-9a-zA-Z])"
    rb"|(?<![0-9A-Za-z])(?<![0-9]\.)[0-9]{1,15}(?![0-9A-Za-z]|\.[0-9])"
    rb"|(?<=[A-Za-z]\.)[0-9]{1,15}(?![0-9A-Za-z]))"
)


class Known(NamedTuple):
    """What a run's tapes know of its processes: their ids, and sorted ranges of memory (begin, end), of all together."""

    pids: Collection[str] = ()
    memory: Sequence[Sequence[int]] = ()


NOTHING_KNOWN = (Known(), Known())


class Printed(NamedTuple):
    """How many lines are equal before the first that differs, and that one: its number from 1, both texts, None for no line.

    reordered: both runs printed the same lines, in different orders. differing: how many lines differ, where both runs printed
    equally many; else 0.
    """

    lines: int
    first: tuple[int, str | None, str | None] | None
    reordered: bool = False
    differing: int = 0


def compare_printed(
    one: BinaryIO,
    two: BinaryIO,
    known: tuple[Known, Known] = NOTHING_KNOWN,
    any_order: bool = True,
    cut: Cut = (False, False),
) -> Printed:
    """Compare the output of two runs, which can be read and sought in.

    any_order: after a line that differs, look whether the rest has the same lines in another order.
    cut: whose output is not whole. What it lacks is no difference, nor is its last line if that has no end.
    """
    number = same = skip_equal(one, two)
    pairs = zip_longest(printed_lines(one, cut[0]), printed_lines(two, cut[1]))
    for number, (left, right) in enumerate(pairs, start=same + 1):
        if (left is None and cut[0]) or (right is None and cut[1]):
            return Printed(number - 1, None)
        if not _alike(left, right, known):
            rest = _rest(chain([(left, right)], pairs), known, any_order)
            return Printed(number - 1, (number, _text(left), _text(right)), *rest)
    return Printed(number, None)


def _rest(pairs: Iterable[Pair], known: tuple[Known, Known], any_order: bool) -> tuple[bool, int]:
    """Tell whether the lines from the first that differs are the same in another order, and how many of them differ."""
    counts, sums, differing = [0, 0], [0, 0], 0
    for pair in pairs:
        differing += not _alike(*pair, known)
        for run, line in enumerate(pair):
            if line is not None:
                counts[run] += 1
                if any_order:
                    sums[run] += _digest(line, known[run])
    equally_many = counts[0] == counts[1]
    return any_order and equally_many and sums[0] == sums[1], differing if equally_many else 0


def _alike(left: bytes | None, right: bytes | None, known: tuple[Known, Known]) -> bool:
    """Tell whether two lines differ at most in what is known of a process, in both at the same place.

    A number that is a process id in one run may be a result in the other.
    """
    if left is None or right is None or left == right:
        return left == right
    one, two = _TOKEN.split(left), _TOKEN.split(right)
    other = {place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b}
    return len(one) == len(two) and all(
        _kind(one[place], known[0]) == _kind(two[place], known[1]) != b""
        if place % 2
        # A shorter number is padded with more blanks.
        else one[place].strip(b" ") == two[place].strip(b" ") and other & {place - 1, place + 1}
        for place in other
    )


def _kind(token: bytes, known: Known) -> bytes:
    """What a number is of a process; nothing if it is not known to be that."""
    if token.decode() in known.pids:
        return b"process"
    number = int(token, 16 if token.startswith(b"0x") else 10)
    if not token.startswith(b"0x") and len(token) < MIN_DIGITS:
        return b""
    place = bisect_right(known.memory, number, key=lambda one: one[0])
    return b"address" if place and number < known.memory[place - 1][1] else b""


def _digest(line: bytes, known: Known) -> int:
    """A digest of a line without what is known of a process: their sum tells whether lines are the same in any order."""
    parts = _TOKEN.split(line)
    kinds = [_kind(part, known) for part in parts[1::2]]
    if any(kinds):
        parts[1::2] = [kind or part for kind, part in zip(kinds, parts[1::2], strict=True)]
        parts[::2] = [part.strip(b" ") for part in parts[::2]]
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


def quoted(left: str | None, right: str | None) -> tuple[str, str]:
    """Quote two lines without control characters, and without colours unless only these differ; of a long one a part that differs."""
    if left is None or right is None:
        return _quoted_alone(left), _quoted_alone(right)
    one, two = _COLOUR_CODES.sub("", left), _COLOUR_CODES.sub("", right)
    if one == two:
        one, two = left, right
    if one == two:
        return _cut(one, 0), f"a line that differs after its first {MAX_LINE:,} bytes"
    same = next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    begin = max(0, same - MAX_SHOWN // 2) if max(len(one), len(two)) > MAX_SHOWN else 0
    return _cut(one, begin), _cut(two, begin)


def _quoted_alone(line: str | None) -> str:
    return "nothing" if line is None else _cut(_COLOUR_CODES.sub("", line), 0)


def _text(line: bytes | None) -> str | None:
    return (
        None if line is None else line.partition(b"\n")[0].decode("utf-8", "surrogateescape")
    )  # other bytes stay other characters


def _cut(text: str, begin: int) -> str:
    end = begin + MAX_SHOWN
    return "..." * (begin > 0) + repr(text[begin:end]) + "..." * (end < len(text))
