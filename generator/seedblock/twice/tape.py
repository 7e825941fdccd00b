"""A tape: what a run has recorded, line by line. Nothing here reads a file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from seedblock.errors import UsageError

FORMAT = 1

Line = Mapping[str, Any]


class Tape(NamedTuple):
    """The lines of one process. `cut` says that the last one is not whole: the run was killed while it wrote."""

    environment: Mapping[str, Any]
    lines: tuple[Line, ...]
    cut: bool = False

    @property
    def steps(self) -> int:
        return sum("step" in line for line in self.lines)

    @property
    def batches(self) -> int:
        return sum("batch" in line for line in self.lines)

    @property
    def is_over(self) -> bool:
        return any("end" in line for line in self.lines)


def parse(text: str, name: str) -> Tape:
    """Read a tape, as far as it is whole. Raises UsageError for what is none, or one of another format."""
    rows = text.split("\n")
    cut = rows.pop() != ""
    try:
        lines: list[Line] = [json.loads(row) for row in rows]
    except ValueError as error:
        raise UsageError(f"{name}: no tape: line {_bad_line(rows)} is not JSON: {error}") from error
    if not lines:
        return Tape({}, (), cut)
    first = lines[0]
    if not isinstance(first, dict) or "tape" not in first:
        raise UsageError(f"{name}: no tape: its first line does not say so")
    if first["tape"] != FORMAT:
        raise UsageError(f"{name}: a tape of format {first['tape']!r}, this seedblock reads {FORMAT}: record it again")
    return Tape(first["environment"], tuple(lines[1:]), cut)


def _bad_line(rows: Sequence[str]) -> int:
    for number, row in enumerate(rows, start=1):
        try:
            json.loads(row)
        except ValueError:
            return number
    raise AssertionError("every line is JSON")
