"""A tape: what a process has recorded, line by line, and what a line may hold. Nothing here reads a file."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from seedblock.errors import UsageError
from seedblock.twice.tape import fast_lines

FORMAT = 3
LONGEST = 16_000_000  # bytes of a line

Line = Mapping[str, Any]


class TapeError(UsageError):
    """A tape that cannot be read: which one, where, and why."""


class Part(NamedTuple):
    """Whole lines of the tape `name`, as they stand there; `first` is the number of the first of them, from 1."""

    name: str
    first: int
    texts: list[bytes]


# What the lines of each kind hold. A list is one of any length, a dictionary one with any names.
NOTHING = type(None)
STREAMS = {str: str}
ENTRY = [{"module": str, "names": [str], "digests": str}]
KINDS: dict[str, dict[str, Any]] = {
    "tape": {"tape": int, "process": dict, "environment": dict},
    "batch": {"batch": int, "data": str, "samples": str, "streams": STREAMS},
    "step": {
        "step": int, "optimizer": int, "turn": int, "weights": str, "gradients": str, "loss": list, "loss_bits": [str],
        "streams": STREAMS,
    },
    "lone": {"lone": int, "loss": list, "loss_bits": [str], "weights": str, "streams": STREAMS},
    "parameters": {
        "optimizer": int, "parameters": [str], "count": int, "shapes": str, "turns": [[int]], "steps_for_all": int,
        "whole": (str, NOTHING),
    },
    "initial": {"initial": ENTRY, "streams": STREAMS},
    "final": {"final": ENTRY},
    "gone": {"gone": int, "weights": str},
    "saved": {"saved": str, "parts": STREAMS, "plain": [str]},
    "stream": {"stream": str},
    "missed": {"missed": str, "why": str},
    "has": {"has": str},
    "loaded": {"loaded": str},
    "unseeded": {"unseeded": str},
    "settings": {"settings": dict},
    "mirrored": {"mirrored": bool, "streams": STREAMS},
    "end": {"end": bool},
}  # fmt: skip

# The lines that come in the same order in two runs that do the same.
EVENTS = ("batch", "step", "lone", "parameters", "initial", "saved")


def kind_of(line: Line) -> str:
    """Name the kind of a line; "" for one that a later version may have brought."""
    first = next(iter(line), "")  # as the recorder writes most of them
    return first if first in KINDS else next((kind for kind in KINDS if kind in line), "")


def read_line(text: bytes, name: str, number: int) -> Line:
    """Read a line of the tape `name`. Raises TapeError."""
    where = f"{name}: line {number}"
    try:
        line: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise TapeError(f"{where} is not JSON: {why}: no tape, or a broken one: record it again") from error
    if number > 1 and fast_lines.fits(text):
        return line  # type: ignore[no-any-return]
    if not isinstance(line, dict):
        raise TapeError(f"{where} is no object: no tape, or a broken one: record it again")
    if number == 1:
        _check_first(line, name)
    spec = KINDS.get(kind_of(line), {})
    wrong = [key for key, kind in spec.items() if key not in line or not _fits(line[key], kind)]
    if wrong:
        raise TapeError(f"{where}: {', '.join(wrong)}: missing or not what it should be: record it again")
    return line


def _check_first(line: Line, name: str) -> None:
    if "tape" not in line:
        raise TapeError(f"{name}: no tape: its first line does not say so")
    if type(line["tape"]) is not int or line["tape"] != FORMAT:
        shown = repr(line["tape"])[:40]
        raise TapeError(f"{name}: a tape of format {shown}, this seedblock reads {FORMAT}: record it again")


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, list):
        return isinstance(value, list) and all(_fits(item, kind[0]) for item in value)
    if isinstance(kind, dict):
        if not isinstance(value, dict):
            return False
        if str in kind:
            return all(_fits(item, kind[str]) for item in value.values())
        return all(key in value and _fits(value[key], inner) for key, inner in kind.items())
    if kind is int:
        return type(value) is int and -1 < value < 2**53
    return isinstance(value, kind)
