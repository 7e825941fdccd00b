"""Two events of one kind: the layers in which they differ, in the order of cause, and what differs. Pure."""

from collections.abc import Iterable
from itertools import islice

from seedblock.twice.compare.event_words import both_losses, differing, differing_modules, said
from seedblock.twice.explain.warnings import rows_of
from seedblock.twice.tape.lines import Line
from seedblock.twice.verdict import CONTENTS, FLOW, GRADIENTS, INITIAL, LOSS, ORDER, SAVED, WEIGHTS, Found

MOST_ROWS = 500_000  # of run 1 that are looked at to recognise a batch

# Words in the keys of plain values that may differ in what is saved.
VARYING_KEYS = (
    "time", "date", "path", "dir", "elapsed", "host", "user", "version", "stamp", "speed", "duration", "run",
)  # fmt: skip


def of_steps(one: Line, two: Line, optimizer: Line | None) -> Iterable[Found]:
    """`optimizer`: the line of its parameters."""
    if one["weights"] != two["weights"]:
        yield Found(INITIAL if one["step"] == 0 else WEIGHTS, said(which(one, two, "weights", optimizer)))
    if one["loss_bits"] != two["loss_bits"]:
        yield Found(LOSS, both_losses(one, two))
    if one["gradients"] != two["gradients"]:
        # The last that differs comes first in a backward pass.
        yield Found(GRADIENTS, said(which(one, two, "gradients", optimizer)[::-1]))


def of_losses(one: Line, two: Line) -> Iterable[Found]:
    """Losses without a step."""
    if one["loss_bits"] != two["loss_bits"]:
        yield Found(LOSS, both_losses(one, two))
    if one["weights"] != two["weights"]:
        yield Found(WEIGHTS, "what the loss was computed from differs after it")


def of_parameters(one: Line, two: Line) -> Iterable[Found]:
    if (one["count"], one["shapes"], one["optimizer"]) != (two["count"], two["shapes"], two["optimizer"]):
        yield Found(FLOW, "the optimizers have other parameters")
    elif one["whole"] is not None and two["whole"] is not None and one["whole"] != two["whole"]:
        yield Found(INITIAL, said(differing(one["whole"], two["whole"], one["parameters"])))


def of_modules(one: Line, two: Line, key: str, layer: str) -> Iterable[Found]:
    """All that is alive: `key` is "initial" or "final"."""
    if names := differing_modules(one[key], two[key]):
        yield Found(layer, said(names))


def of_saved(one: Line, two: Line) -> tuple[list[Found], str]:
    """Also name what differs and may, such as a time: it is set aside."""
    keys = [key for key in one["parts"].keys() | two["parts"].keys() if one["parts"].get(key) != two["parts"].get(key)]
    last = {key: key.rpartition(".")[2].lower() for key in keys}
    aside = {key for key in keys if key in one["plain"] and any(word in last[key] for word in VARYING_KEYS)}
    rest = sorted(set(keys) - aside)
    shown = f"{one['saved'][:60]}: {', '.join(key or 'its content' for key in rest[:3])[:120]}"
    return [Found(SAVED, shown)] if rest else [], ", ".join(sorted(aside))[:120]


def order_or_contents(batch: Line, lines: Iterable[Line]) -> str:
    """Look whether run 1, whose lines these are, has the rows of a batch in other batches."""
    rows = set(rows_of(batch))
    known = islice((row for line in lines if "batch" in line for row in rows_of(line)), MOST_ROWS) if rows else ()
    return ORDER if rows and len(rows.intersection(known)) >= 0.9 * len(rows) else CONTENTS


def which(one: Line, two: Line, key: str, optimizer: Line | None) -> list[str]:
    """Name the parameters whose weights or gradients differ, of those that had their turn."""
    if optimizer is None:
        return []
    names = optimizer["parameters"]
    if "turn" in one:
        turn = optimizer["turns"][one["turn"]] if one["turn"] < len(optimizer["turns"]) else []
        names = [names[index] if index < len(names) else f"parameter {index}" for index in turn]
    return differing(one[key], two[key], names)
