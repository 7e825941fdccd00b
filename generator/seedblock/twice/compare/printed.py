"""The printed output of two runs, compared line by line in one pass. Pure.

Times, speeds, dates, paths, addresses and process ids are set aside: they differ in runs that repeat.
"""

import hashlib
from collections.abc import Collection, Iterable
from itertools import chain, zip_longest
from typing import BinaryIO, NamedTuple

from seedblock.twice.compare.printed_lines import MAX_LINE, printed_lines, skip_equal
from seedblock.twice.compare.varying import without_varying

MAX_LINE_SHOWN = 60  # characters of a line
SHOWN_BEFORE = 20  # of them before the first one that differs, if the line is longer
MAX_SET_ASIDE = 6  # lines that are named

Pids = tuple[Collection[str], Collection[str]]  # the process ids of each run
Cut = tuple[bool, bool]


class Printed(NamedTuple):
    """How many lines are equal, the first that differ (its number from 1, both texts), the numbers of the first ones set aside.

    reordered: both runs printed the same lines, in different orders. too_long: of the line that differs, only the first MAX_LINE
    bytes were searched for what varies.
    """

    lines: int
    first: tuple[int, str, str] | None
    set_aside: tuple[int, ...]
    reordered: bool = False
    too_long: bool = False


def compare_printed(
    one: BinaryIO, two: BinaryIO, pids: Pids = ((), ()), any_order: bool = True, cut: Cut = (False, False)
) -> Printed:
    """Compare the output of two runs, which can be read and sought in.

    any_order: after a line that differs, look whether the rest has the same lines in another order.
    cut: whose output is not whole. What it lacks is no difference, nor is its last line if that has no end.
    """
    number = same = skip_equal(one, two)
    aside: list[int] = []
    first, second = printed_lines(one, cut[0]), printed_lines(two, cut[1])
    for number, (left, right) in enumerate(zip_longest(first, second), start=same + 1):
        if left == right:
            continue
        if (left is None and cut[0]) or (right is None and cut[1]):
            return Printed(number - 1, None, tuple(aside))
        if left is None or right is None or not _alike(left, right, pids):
            rest = chain((left,), first), chain((right,), second)
            reordered = any_order and _sum(rest[0], pids[0]) == _sum(rest[1], pids[1])
            too_long = left is not None and right is not None and b"\n" in left + right
            return Printed(number - 1, (number, *_both_shown(left, right, pids)), tuple(aside), reordered, too_long)
        if len(aside) < MAX_SET_ASIDE:
            aside.append(number)
    return Printed(number, None, tuple(aside))


def _alike(left: bytes, right: bytes, pids: Pids) -> bool:
    """Tell whether two lines differ only in what varies. A number that is a process id in one run may be a result in the other."""
    return any(_without(left, one) == _without(right, two) for one, two in (((), ()), pids))


def _without(line: bytes, pids: Collection[str]) -> tuple[str, bytes]:
    """Return a line without what varies, and the digest of what was not searched."""
    start, _, digest = line.partition(b"\n")
    return without_varying(_text(start), pids), digest


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")  # other bytes stay other characters


def _sum(lines: Iterable[bytes | None], pids: Collection[str]) -> tuple[int, int]:
    """Return what tells whether two runs have the same lines in any order: how many, and a sum of their digests."""
    count = total = 0
    for line in filter(None, lines):
        text, digest = _without(line, pids)
        key = hashlib.sha256(text.encode("utf-8", "surrogateescape") + b"\n" + digest).digest()
        count, total = count + 1, (total + int.from_bytes(key, "big")) % 2**256
    return count, total


def _both_shown(left: bytes | None, right: bytes | None, pids: Pids) -> tuple[str, str]:
    """Show the part of two lines in which they differ, in printable characters."""
    if left is None or right is None:
        return _shown(left), _shown(right)
    one, two = _text(left), _text(right)
    if max(len(one), len(two)) > MAX_LINE_SHOWN:  # then what varies may hide what does not
        one, two = _without(left, pids[0])[0], _without(right, pids[1])[0]
    same = next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    if one == two:
        return f"{one[:MAX_LINE_SHOWN]!r}...", f"a line that differs after its first {MAX_LINE:,} bytes"
    begin = same - SHOWN_BEFORE if max(len(one), len(two)) > MAX_LINE_SHOWN else 0
    return _cut(one, begin), _cut(two, begin)


def _shown(line: bytes | None) -> str:
    return "nothing" if line is None else _cut(_text(line.partition(b"\n")[0]), 0)


def _cut(text: str, begin: int) -> str:
    begin = max(0, begin)
    end = begin + MAX_LINE_SHOWN
    return "..." * (begin > 0) + repr(text[begin:end]) + "..." * (end < len(text))
