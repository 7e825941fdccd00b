"""A verdict in words for a reader, and as JSON for a program. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from seedblock.errors import DONE, ERROR, NO
from seedblock.twice.compare.printed import Printed
from seedblock.twice.report.differing_text import carets, marked
from seedblock.twice.verdict import DIFFERS, IDENTICAL, PRINTED, UNDECIDED, Verdict

NOTHING = "nothing was compared"

DifferingLine = tuple[int, str | None, str | None]  # its number, and the texts of both runs; None for no line

NOT_RECORDED = (
    "nothing was recorded in {runs}: Python did not load the recorder. Possible causes: -I, -E or -S, a PYTHONPATH that"
    " the script sets itself, a sitecustomize that fails, a program that is not Python"
)


def answer(verdict: Verdict) -> str:
    """The verdict in one word. What was set aside for a look alone is undecided, never identical."""
    states = {part.state for part in verdict.parts}
    if verdict.difference is not None or DIFFERS in states:
        return DIFFERS
    if not all(verdict.coverage.recorded) or verdict.coverage.unrecorded:
        return NOTHING
    return next((state for state in (UNDECIDED, IDENTICAL) if state in states), NOTHING)


def exit_code(verdict: Verdict) -> int:
    return {IDENTICAL: DONE, DIFFERS: NO}.get(answer(verdict), ERROR)


def headline(verdict: Verdict) -> str:
    """The first line: the answer in short, and the state of each part."""
    states = ", ".join(f"{part.name} {part.state}" for part in verdict.parts)
    return f"{in_short(verdict)} ({states})"


def in_short(verdict: Verdict) -> str:
    """The answer, and where the first difference is, what was compared or what is undecided."""
    difference = verdict.difference
    if difference is not None:
        process = f" of {difference.process}" if difference.process else ""
        return f"{DIFFERS}: {difference.layer}, first {difference.place}{process}"
    found = answer(verdict)
    if found == IDENTICAL:
        return f"{IDENTICAL}: {verdict.coverage}"
    if found == UNDECIDED:
        return f"{UNDECIDED}: " + "; ".join(
            f"{part.name}: {part.what}" for part in verdict.parts if part.state == UNDECIDED
        )
    lacking = [f"run {number}" for number, recorded in enumerate(verdict.coverage.recorded, start=1) if not recorded]
    if lacking:
        return f"{NOTHING}: {NOT_RECORDED.format(runs=' and '.join(lacking))}"
    if verdict.coverage.unrecorded:
        return f"{NOTHING}: no training was recorded: {verdict.coverage.unrecorded}"
    return f"{NOTHING}: the script trains no module, and prints and writes nothing that could be compared"


def details(verdict: Verdict, line: DifferingLine | None = None) -> list[str]:
    """The lines below the headline. line: the printed line that differs, which is shown whole."""
    difference, lines = verdict.difference, []
    if difference is not None and not (line and difference.layer == PRINTED):
        lines.append(f"  {difference.what}")
    if line is not None:
        lines += _both_lines(verdict.runs, *line)
    if difference is not None:
        lines.append(f"  what helps: {difference.remedy}")
        lines += [f"  how sure: {difference.sure}"] if difference.sure else []
    return [*lines, *verdict.remarks, *(f"environment differs: {line}" for line in verdict.environment)]


def differing_line(verdict: Verdict, printed: Printed | None) -> DifferingLine | None:
    """Choose the printed line that is to be shown: none if only a clock or the order made it differ, or it does not count."""
    if printed is None or printed.reordered:
        return None
    states = [part.state for part in verdict.parts if part.name == PRINTED] or [DIFFERS]
    return printed.first if states[0] in (DIFFERS, UNDECIDED) else None


def _both_lines(runs: tuple[int, int], number: int, left: str | None, right: str | None) -> list[str]:
    """Show both texts of a line, with carets below the characters in which they differ."""
    lines = []
    for run, line, pieces in zip(runs, (left, right), marked(left or "", right or ""), strict=True):
        name = f"  run {run}, line {number:,}: "
        if line is None:
            lines.append(f"  run {run} printed no line {number:,}")
        else:
            lines.append(name + "".join(text for text, _ in pieces))
            if right is not None and left is not None and (below := carets(pieces)):
                lines.append(" " * len(name) + below)
    return lines


def as_json(verdict: Verdict, runs: Sequence[Mapping[str, Any]], report: str | None) -> str:
    """The whole verdict as one JSON object. `runs` has the command, variables and exit code of each run."""
    return _dumped(
        {
            "verdict": answer(verdict),
            "exit": exit_code(verdict),
            "parts": [part._asdict() for part in verdict.parts],
            "difference": None if verdict.difference is None else verdict.difference._asdict(),
            "coverage": verdict.coverage._asdict(),
            "remarks": verdict.remarks,
            "environment": verdict.environment,
            "runs": list(runs),
            "report": report,
        }
    )


def failed_as_json(problems: Sequence[str]) -> str:
    """The JSON if there is no verdict."""
    return _dumped({"verdict": None, "exit": ERROR, "problems": list(problems)})


def _dumped(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"  # ASCII, so no name can control a terminal
