"""Two events of one kind in words: what differs, where, and what a run does there. Pure."""

from collections import Counter

from seedblock.twice.tape.line_kinds import Batch, Event, Initial, LoneLoss, Mirrored, Module, Optimizer, Saved, Step

MAX_OPTIONS = 3  # that are named
DIGITS = 4  # of each part, after the digest of all parts


def parts_of(digests: str) -> list[str]:
    """Return each part's digits; the digest of all parts precedes the colon."""
    digits = digests.partition(":")[2]
    return [digits[place : place + DIGITS] for place in range(0, len(digits), DIGITS)]


def differing(one: str, two: str, names: list[str]) -> list[str]:
    """Name the parts whose digits differ. If all agree by chance: the only part, or none of several."""
    found = [name for name, first, second in zip(names, parts_of(one), parts_of(two), strict=False) if first != second]
    return found or (names if len(names) == 1 else [])


def differing_modules(one: list[Module], two: list[Module]) -> list[str]:
    """Name the parameters that differ between two lists of modules, whatever their order. Empty if all agree."""
    left, right = (Counter((entry.module, entry.digests) for entry in entries) for entries in (one, two))
    only_one, only_two = (
        [entry for entry in entries if left[entry.module, entry.digests] != right[entry.module, entry.digests]]
        for entries in (one, two)
    )
    twins = {(twin.module, *twin.names): twin for twin in reversed(only_two)}
    for entry in only_one:
        if twin := twins.get((entry.module, *entry.names)):
            return differing(entry.digests, twin.digests, entry.names) or ["one of the parameters"]
    return [f"a {entry.module[:60]} that only one run has" for entry in (only_one or only_two)]


def which_differ(names: list[str]) -> str:
    if not names:
        return "one of the parameters differs"
    return f"{names[0][:120]} differs" + (f", and {len(names) - 1} more" if len(names) > 1 else "")


def both_losses(one: Step | LoneLoss, two: Step | LoneLoss) -> str:
    return f"{str(one.loss)[:100]} and {str(two.loss)[:100]}"


def both_options(one: Step | Optimizer, two: Step | Optimizer, optimizer: Optimizer | None) -> str:
    """Name the options of an optimizer that differ, with both values. A step has only what has changed there."""
    first, second = one.options or {}, two.options or {}
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)]
    of = f" of {optimizer.kind[:60]}" if optimizer and optimizer.kind else ""
    missing = "not set" if isinstance(one, Optimizer) else "as before"
    values = (
        f"{name[:60]} {first.get(name, missing)[:60]} and {second.get(name, missing)[:60]}"
        for name in names[:MAX_OPTIONS]
    )
    more = f", and {len(names) - MAX_OPTIONS} more" if len(names) > MAX_OPTIONS else ""
    return f"{', '.join(values)}{more}{of}"


def place_of(line: Event | Mirrored | None) -> str:
    """Say where in its run an event is; None is the end of the run."""
    cell = getattr(line, "cell", None)
    return _place_in_run(line) + ("" if cell is None else f" in cell {cell}")


def _place_in_run(line: Event | Mirrored | None) -> str:
    match line:
        case Batch():
            return f"at batch {line.batch}"
        case Step():
            return f"at step {line.step}"
        case LoneLoss():
            return f"at loss {line.lone}"
        case Saved():
            return f"when {line.saved[:60]} is saved"
        case Optimizer() | Initial():
            return "at the first step"
    return "at the end"


DOES = {
    Batch: "a batch is loaded",
    Step: "a step is taken",
    LoneLoss: "there is a loss without a step",
    Saved: "a file is saved",
    Initial: "there is a first loss",
    Optimizer: "there is a new optimizer",
}


def does(line: Event | None) -> str:
    """Say what a run does at an event; None is the end of the run."""
    return "the process ends" if line is None else DOES[type(line)]
