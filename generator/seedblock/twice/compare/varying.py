"""What varies in a printed line from run to run: times, speeds, dates, paths, addresses and process ids. Pure.

The time that a pattern takes grows with the length of a line, not with its square: no two neighbouring quantifiers match
the same characters, and those that something follows are bounded.
"""

import re
from collections.abc import Collection

# Of a number or a word that is searched for; longer ones are none that a script prints beside a time.
_DIGITS, _LETTERS = 30, 40
_BLANK = r"\s{0,9}"
_NUMBER = rf"[-+]?\d[\d_,]{{0,{_DIGITS}}}(?:\.\d{{1,{_DIGITS}}})?(?:[eE][-+]?\d{{1,5}})?"
_UNIT = (
    r"(?:s|secs?|seconds?|m?secs?|milliseconds?|[munµμ]s|microseconds?|nanoseconds?|mins?|minutes?|hrs?|hours?|h|days?"
    rf"|m?s/[A-Za-z]{{1,{_LETTERS}}}|/ ?(?:s|sec)"
    rf"|[A-Za-z_]{{1,{_LETTERS}}} ?(?:per|/) ?(?:s|sec|second|minute|min|hour)|fps|FPS|Hz|[KMGT]?FLOPS|%? ?MFU|mfu)"
    rf"(?!\w|{_BLANK}(?:[:=]{_BLANK})?[-\d])"
)
_NAME = (
    rf"(?:\w{{0,{_LETTERS}}}(?:time(?!s?tep|s\b)|elapsed|took|duration|speed|throughput|per_second|per_sec|runtime|latency"
    rf"|clock|memory)\w{{0,{_LETTERS}}}|eta|v_num|fps|sps|mfu|mem|pid"
    rf"|(?:[num]?s|secs?|seconds?|min)/\w{{1,{_LETTERS}}}|\w{{1,{_LETTERS}}}/(?:s|secs?|seconds?))"
)
_BETWEEN = rf"['\"]?\)?{_BLANK}(?:\([a-z]{{1,{_LETTERS}}}\){_BLANK})?(?:(?:[:=]|is){_BLANK})?['\"]?"
_IN_BRACKETS = rf"\({_BLANK}{_NUMBER}{_BLANK}\)"
COLOUR_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Everything that one of these matches is set aside.
VARYING = re.compile(
    "|".join(
        (
            r"0x[0-9a-fA-F]{4,}",
            r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? {1,3}[A-Z][a-z]{2} {1,3}\d{1,2} {1,3}[\d:]{1,15}(?: {1,3}\w{1,10})? {1,3}\d{4}\b",
            r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T _-]{1,3}\d{1,2}[:.-]?\d\d(?:[:.-]?\d\d)?(?:[.,]\d{1,30})?)?Z?\b",
            r"\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b",
            r"\b\d{8}[-_T]\d{6}\b",
            r"\b(?:\d{1,30} days?, )?\d{1,30}:\d\d(?::\d\d)?(?:[.,]\d{1,30})?\b",
            r"\b1[5-9]\d{8}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,30})?\b",
            r"(?:file://)?(?<![\w.])(?:/[\w.@+~-]+){2,}/?",
            r"[A-Za-z]:\\[^\s'\"]+",
            rf"(?i:\b{_NAME}{_BETWEEN}){_NUMBER}(?:{_BLANK}{_IN_BRACKETS})?",
            rf"(?<![\w.]){_NUMBER} ?{_UNIT}",
            r"\?(?:it/s|s/it)",
        )
    )
)
WHOLE_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
BLANKS, MANY_BLANKS = re.compile(r" {2,}"), re.compile(r" {4,}")
# Many scripts print two meters, each with its last value and mean: Time 0.354 (0.361) Data 0.096 (0.101).
DATA_TIME = re.compile(rf"(?i:\bdata\b:?{_BLANK}){_NUMBER}{_BLANK}{_IN_BRACKETS}")


def without_varying(line: str, pids: Collection[str] = ()) -> str:
    """Return the line without what varies from run to run. `pids` are the run's process ids."""
    line = MANY_BLANKS.sub("   ", COLOUR_CODES.sub("", line))
    if "time" in line.lower():
        line = DATA_TIME.sub("~", line)
    line = VARYING.sub("~", line)
    if pids:
        line = WHOLE_NUMBER.sub(lambda number: "~" if number[0] in pids else number[0], line)
    return BLANKS.sub(" ", line)  # a shorter number is padded with more of them
