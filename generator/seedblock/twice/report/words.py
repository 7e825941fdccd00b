"""A verdict in words for a reader, and as JSON for a program. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from seedblock.errors import DONE, ERROR, NO
from seedblock.twice.verdict import Verdict

IDENTICAL, DIFFERS, NOTHING = "identical", "differs", "nothing was compared"

NOT_RECORDED = (
    "nothing was recorded in {runs}: Python did not load the recorder. Possible causes: -I, -E or -S, a PYTHONPATH that"
    " the script sets itself, a sitecustomize that fails, a program that is not Python"
)


def answer(verdict: Verdict) -> str:
    if verdict.difference is not None:
        return DIFFERS
    return IDENTICAL if verdict.coverage.enough and all(verdict.coverage.recorded) else NOTHING


def exit_code(verdict: Verdict) -> int:
    return {IDENTICAL: DONE, DIFFERS: NO, NOTHING: ERROR}[answer(verdict)]


def headline(verdict: Verdict) -> str:
    """The first line: the answer, then the layer and place of the difference, or what was compared."""
    difference = verdict.difference
    if difference is not None:
        process = f" of {difference.process}" if difference.process else ""
        return f"{DIFFERS}: {difference.layer}, first {difference.place}{process}"
    if answer(verdict) == IDENTICAL:
        return f"{IDENTICAL}: {verdict.coverage}"
    lacking = [f"run {number}" for number, recorded in enumerate(verdict.coverage.recorded, start=1) if not recorded]
    if lacking:
        return f"{NOTHING}: {NOT_RECORDED.format(runs=' and '.join(lacking))}"
    if verdict.coverage.unrecorded:
        return f"{NOTHING}: no training was recorded: {verdict.coverage.unrecorded}"
    return f"{NOTHING}: the script loads no batch, takes no step, and saves and prints nothing that could be compared"


def details(verdict: Verdict) -> list[str]:
    """The lines below the headline."""
    difference, lines = verdict.difference, []
    if difference is not None:
        lines += [f"  {difference.what}", f"  what helps: {difference.remedy}"]
        lines += [f"  how sure: {difference.sure}"] if difference.sure else []
    return [*lines, *verdict.remarks, *(f"environment differs: {line}" for line in verdict.environment)]


def as_json(verdict: Verdict, runs: Sequence[Mapping[str, Any]], report: str | None) -> str:
    """The whole verdict as one JSON object. `runs` has the command, variables and exit code of each run."""
    return _dumped(
        {
            "verdict": answer(verdict),
            "exit": exit_code(verdict),
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
