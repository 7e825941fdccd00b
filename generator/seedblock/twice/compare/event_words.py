"""Two events of one kind, in words: what differs, where, and what a run does there. Pure."""

from typing import Any

from seedblock.twice.tape.lines import Line, kind_of

DIGITS = 4  # of each part, after the digest of all


def parts_of(digests: str) -> list[str]:
    """Cut what follows the digest of all into the digits of each part."""
    digits = digests.partition(":")[2]
    return [digits[place : place + DIGITS] for place in range(0, len(digits), DIGITS)]


def differing(one: str, two: str, names: list[str]) -> list[str]:
    """Name the parts whose digits differ; the only part, if its digits agree by chance."""
    found = [name for name, first, second in zip(names, parts_of(one), parts_of(two), strict=False) if first != second]
    return found or (names if len(names) == 1 else [])


def differing_modules(one: list[Line], two: list[Line]) -> list[str]:
    """Name the parameters that differ in modules, in whatever order these were found. Empty where all agree."""
    key = "module", "digests"
    left, right = [[tuple(entry[name] for name in key) for entry in entries] for entries in (one, two)]
    lone = [
        entry
        for entry, found in zip(one, left, strict=True)
        if found not in right or left.count(found) != right.count(found)
    ]
    other = [
        entry
        for entry, found in zip(two, right, strict=True)
        if found not in left or left.count(found) != right.count(found)
    ]
    if not lone and not other:
        return []
    for entry in lone:
        for twin in other:
            if (entry["module"], entry["names"]) == (twin["module"], twin["names"]):
                return differing(entry["digests"], twin["digests"], entry["names"]) or ["one of the parameters"]
    return [f"a {entry['module'][:60]} that only one run has" for entry in (lone or other)]


def said(names: list[str]) -> str:
    if not names:
        return "one of the parameters differs"
    return f"{names[0][:120]} differs" + (f", and {len(names) - 1} more" if len(names) > 1 else "")


def both_losses(one: Line, two: Line) -> str:
    return f"{str(one['loss'])[:100]} and {str(two['loss'])[:100]}"


def number_of(value: Any) -> float:
    try:
        return float(value) if isinstance(value, (int, float)) else float("nan")
    except OverflowError:
        return float("nan")


def place_of(line: Line) -> str:
    cell = line.get("cell")
    return _place_in(line) + (f" in cell {cell}" if type(cell) is int else "")


def _place_in(line: Line) -> str:
    for name, word in (("batch", "batch"), ("step", "step"), ("lone", "loss")):
        if name in line:
            return f"at {word} {line[name]}"
    if "saved" in line:
        return f"when {line['saved'][:60]} is saved"
    return "at the end" if "end" in line else "at the first step" if line else "at the end"


def does(line: Line | None) -> str:
    if line is None:
        return "the run is over"
    return {
        "batch": "a batch is loaded",
        "step": "a step is taken",
        "lone": "a loss without a step",
        "saved": "a file is saved",
        "initial": "a first loss",
    }.get(kind_of(line), "a new optimizer")
