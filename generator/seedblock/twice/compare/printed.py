"""The printed output of two runs, compared line by line. Pure.

Times, speeds, dates, paths, addresses and process ids are set aside: they differ in runs that repeat.
"""

import re
from collections import Counter
from collections.abc import Collection
from itertools import zip_longest
from typing import NamedTuple

MAX_LINE_SHOWN = 60  # characters of a line
MAX_BYTES = 50_000_000  # of each run; what follows is not compared
MAX_LINE = 10_000  # characters of a line that are searched for what varies

_NUMBER = r"[-+]?\d[\d_,]*(?:\.\d+)?(?:[eE][-+]?\d+)?"
_UNIT = (
    r"(?:s|secs?|seconds?|m?secs?|milliseconds?|[munµμ]s|microseconds?|nanoseconds?|mins?|minutes?|hrs?|hours?|h|days?"
    r"|m?s/[A-Za-z]+|/ ?(?:s|sec)|[A-Za-z_]+ ?(?:per|/) ?(?:s|sec|second|minute|min|hour)|fps|FPS|Hz|[KMGT]?FLOPS|%? ?MFU|mfu)"
    r"(?!\w|\s*[:=]?\s*[-\d])"
)
_NAME = (
    r"(?:\w*(?:time(?!s?tep|s\b)|elapsed|took|duration|speed|throughput|per_second|per_sec|runtime|latency|clock|memory)\w*"
    r"|eta|v_num|fps|sps|mfu|mem|pid|(?:[num]?s|secs?|seconds?|min)/(?:\w+)|(?:\w+)/(?:s|secs?|seconds?))"
)
COLOUR_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Everything that one of these matches is set aside.
VARYING = re.compile(
    "|".join(
        (
            r"0x[0-9a-fA-F]{4,}",
            r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +[A-Z][a-z]{2} +\d+ +[\d:]+(?: +\w+)? +\d{4}\b",
            r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T _-]+\d{1,2}[:.-]?\d\d(?:[:.-]?\d\d)?(?:[.,]\d+)?)?Z?\b",
            r"\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b",
            r"\b\d{8}[-_T]\d{6}\b",
            r"\b(?:\d+ days?, )?\d+:\d\d(?::\d\d)?(?:[.,]\d+)?\b",
            r"\b1[5-9]\d{8}(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?\b",
            r"(?:file://)?(?<![\w.])(?:/[\w.@+~-]+){2,}/?",
            r"[A-Za-z]:\\[^\s'\"]+",
            rf"(?i:\b{_NAME}['\"]?\)?\s*(?:\([a-z]+\))?\s*(?:[:=]|is)?\s*['\"]?){_NUMBER}(?:\s*\(\s*{_NUMBER}\s*\))?",
            rf"(?<![\w.]){_NUMBER} ?{_UNIT}",
            r"\?(?:it/s|s/it)",
        )
    )
)
WHOLE_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
BLANKS = re.compile(r" {2,}")
# Many scripts print two meters, each with its last value and mean: Time 0.354 (0.361) Data 0.096 (0.101).
DATA_TIME = re.compile(rf"(?i:\bdata\b:?\s*){_NUMBER}\s*\(\s*{_NUMBER}\s*\)")


class Printed(NamedTuple):
    """How many lines are equal, the first that differ (its number from 1, both texts), the numbers of those set aside.

    reordered: both runs printed the same lines, in different orders.
    """

    lines: int
    first: tuple[int, str, str] | None
    set_aside: tuple[int, ...]
    reordered: bool = False


Pids = tuple[Collection[str], Collection[str]]  # the process ids of each run


def compare_printed(one: bytes, two: bytes, pids: Pids = ((), ())) -> Printed:
    """Compare the output of two runs."""
    first, second = _lines(one), _lines(two)
    aside: list[int] = []
    found: tuple[int, str, str] | None = None
    equal = 0
    for number, (left, right) in enumerate(zip_longest(first, second), start=1):
        if left == right:
            equal += 1
        elif left is not None and right is not None and _alike(left, right, pids):
            aside.append(number)
        else:
            found = number, _shown(left), _shown(right)
            break
    reordered = found is not None and _counted(first, pids[0]) == _counted(second, pids[1])
    return Printed(equal + len(aside), found, tuple(aside), reordered)


def _alike(left: str, right: str, pids: Pids) -> bool:
    """Tell whether two lines differ only in what varies. A number that is a process id in one run may be a result in the other."""
    return any(without_varying(left, one) == without_varying(right, two) for one, two in (((), ()), pids))


def without_varying(line: str, pids: Collection[str] = ()) -> str:
    """Return the line without what varies from run to run."""
    line = COLOUR_CODES.sub("", line)
    if "time" in line.lower():
        line = DATA_TIME.sub("~", line)
    line = VARYING.sub("~", line[:MAX_LINE]) + line[MAX_LINE:]
    if pids:
        line = WHOLE_NUMBER.sub(lambda number: "~" if number[0] in pids else number[0], line)
    return BLANKS.sub(" ", line)  # a shorter number is padded with more of them


def _counted(lines: list[str], pids: Collection[str]) -> Counter[str]:
    return Counter(without_varying(line, pids) for line in lines)


def _lines(data: bytes) -> list[str]:
    """Return the lines as a terminal finally shows them: a progress bar overwrites its own. Empty lines are left out."""
    text = data[:MAX_BYTES].decode("utf-8", "replace")
    found = (line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.split("\n"))
    return [line for line in found if line]


def _shown(line: str | None) -> str:
    return "nothing" if line is None else repr(line[:MAX_LINE_SHOWN])
