"""Where two runs first differ, and the layer of the cause; pure.

The layers in the order of cause: the random streams, the initial weights, the order of the data, the contents of a batch,
the loss, the gradients, the weights. What a run computes decides whether two runs differ; where they do, a stream that
differed by then is named first, since all else follows from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple

from seedblock.twice.tape import Line, Tape


class Difference(NamedTuple):
    """The first difference: its layer, where it is, what differs, and what helps."""

    layer: str
    place: str
    what: str
    remedy: str


STREAMS, FLOW, INITIAL, ORDER, CONTENTS, LOSS, GRADIENTS, WEIGHTS, OUTPUT, HASH, PROCESSES = LAYERS = (
    "random streams",
    "control flow",
    "initial weights",
    "data order",
    "batch contents",
    "loss",
    "gradients",
    "weights",
    "printed output",
    "hash order",
    "processes",
)

REMEDIES = {
    STREAMS: "seed it at the top of the script: the snippet `seedall`",
    FLOW: "the runs do not do the same things: look for time limits, file lists that are not sorted, sizes that vary",
    INITIAL: "the model was built before seeding, or from a file or generator that varies: seed first, with `seedall`",
    ORDER: "the same samples come in another order: sort file lists, and tie the order to the seed with `seedloader`",
    CONTENTS: "the streams of the main process agree: a generator of the dataset's own, an unseeded worker, or a set's"
    " order; `seedloader` ties each sample to the seed, with reseed= for generators of its own",
    LOSS: "same weights, same batch: a nondeterministic operation in the forward pass, or an input that the tape does not"
    " see; `seedall` makes such an operation an error that names it",
    GRADIENTS: "a nondeterministic operation in the backward pass, or a change made by hand; `seedall` makes such an"
    " operation an error that names it",
    WEIGHTS: "the gradients agreed: the optimizer, or code between two steps, changes weights in another way each time",
    OUTPUT: "neither a batch nor a step was seen, so what was printed is compared: a time, an address, an unseeded draw?",
    HASH: "hash() or the order of a set of strings has a say: use sorted(set(...)) or hashlib, or fix it with `seedhash`",
    PROCESSES: "the runs started other processes: look for what decides how many",
}


def first_difference(first: Tape, second: Tape, whole: bool = True) -> Difference | None:
    """Compare two tapes. With `whole` false the second is still being written: its end is no difference."""
    streams: Difference | None = None
    optimizers: dict[int, Line] = {}
    samples = {part for line in first.lines for part in _samples(line)}
    pairs = (
        zip_longest(_events(first), _events(second)) if whole else zip(_events(first), _events(second), strict=False)
    )
    for one, two in pairs:
        if one is None or two is None or _kind(one) != _kind(two):
            flow = f"{_does(one)} in one run, {_does(two)} in the other"
            return streams or Difference(FLOW, _place(one or two or {}), flow, REMEDIES[FLOW])
        if "parameters" in one:
            optimizers[one["optimizer"]] = one
        streams = streams or _stream_difference(one, two)
        found = _difference(one, two, optimizers, samples)
        if found is not None:
            if streams is None:
                return found
            return streams._replace(what=f"{streams.what}; then {found.layer}: {found.what}, {found.place}")
    return None if first.batches or first.steps else streams


def environment_differences(first: Tape, second: Tape) -> list[str]:
    """Name what differs in versions, devices, settings and variables; the hash seed is varied on purpose."""
    one, two = (
        {**tape.environment, **next((line["settings"] for line in tape.lines if "settings" in line), {})}
        for tape in (first, second)
    )
    names = sorted((one.keys() | two.keys()) - {"hash", "PYTHONHASHSEED"})
    return [f"{name}: {one.get(name)} and {two.get(name)}" for name in names if one.get(name) != two.get(name)]


def stream_difference(first: Tape, second: Tape) -> Difference | None:
    """Name the first stream that differs, though nothing that was recorded may depend on it."""
    pairs = zip(_events(first), _events(second), strict=False)
    return next((found for one, two in pairs if (found := _stream_difference(one, two)) is not None), None)


def warnings(tapes: Mapping[str, Tape]) -> Iterator[str]:
    """Name what repeats and is wrong all the same, as far as a run's tapes show it."""
    if any(line.get("warning") == "mirrored" for tape in tapes.values() for line in tape.lines):
        yield "NumPy and torch draw the same numbers: they were given one seed; `seedall` keeps them apart"
    epochs = [epoch for tape in tapes.values() for epoch in _epochs(tape)]
    copies = sum(len(epoch) - len(set(epoch)) for epoch in epochs)
    if copies >= 4 and copies >= sum(map(len, epochs)) / 4:
        yield (
            f"{copies} of {sum(map(len, epochs))} samples are bit for bit those of another sample in their epoch: the same"
            " augmentation in every worker? `seedloader` gives each sample its own"
        )
    shuffled = [epoch for epoch in epochs if len(epoch) >= 4]
    if len(shuffled) > 1 and len(set(map(tuple, shuffled))) == 1 and not copies:
        yield (
            f"{len(shuffled)} epochs are bit for bit the same: right where nothing is shuffled or augmented; else the seed is"
            " set again in each, or the epoch does not reach the workers: `seedloader`"
        )
    ranks = [tape for name, tape in tapes.items() if ".rank" in name]
    steps = [tuple(line["streams"].get("torch", "") for line in tape.lines if "step" in line) for tape in ranks]
    if len(steps) > 1 and steps[0] and any(steps[0]) and len(set(steps)) == 1:
        yield "all ranks draw the same numbers: dropout and noise are equal on each; `seedrank` derives a seed for each"


def _epochs(tape: Tape) -> list[list[str]]:
    """Split the samples where an iteration over a DataLoader begins."""
    epochs: list[list[str]] = []
    for line in tape.lines:
        if line.get("begins"):
            epochs.append([])
        if epochs:
            epochs[-1] += _samples(line)
    return epochs


def _events(tape: Tape) -> Iterator[Line]:
    return (line for line in tape.lines if _kind(line))


def _kind(line: Line) -> str:
    return next((kind for kind in ("batch", "step", "parameters", "end") if kind in line), "")


def _place(line: Line) -> str:
    kind = _kind(line)
    return (
        f"at {kind} {line[kind]}"
        if kind in ("batch", "step")
        else "at the end"
        if kind == "end"
        else "at the first step"
    )


def _does(line: Line | None) -> str:
    if line is None:
        return "the run is over"
    return {"batch": "a batch is loaded", "step": "a step is taken", "end": "the run is over"}.get(
        _kind(line), "a new optimizer"
    )


def _samples(line: Line) -> Iterable[str]:
    text = line.get("samples", "")
    return (text[place : place + 4] for place in range(0, len(text), 4))


def _stream_difference(one: Line, two: Line) -> Difference | None:
    first, second = one.get("streams", {}), two.get("streams", {})
    names = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    if not names:
        return None
    return Difference(STREAMS, _place(one), f"the streams of {', '.join(names)} differ", REMEDIES[STREAMS])


def _difference(one: Line, two: Line, optimizers: Mapping[int, Line], samples: set[str]) -> Difference | None:
    place = _place(one)
    if "parameters" in one and one != two:
        return Difference(FLOW, place, "the optimizers have other parameters", REMEDIES[FLOW])
    if "batch" in one and one["data"] != two["data"]:
        parts = list(_samples(two))
        known = sum(part in samples for part in parts)
        layer = ORDER if parts and known >= 0.9 * len(parts) else CONTENTS
        return Difference(layer, place, "the batches differ", REMEDIES[layer])
    if "step" not in one:
        return None
    if one["weights"] != two["weights"]:
        layer = INITIAL if one["step"] == 0 else WEIGHTS
        return Difference(layer, place, _which(one, two, "weights", optimizers), REMEDIES[layer])
    if one["loss_bits"] != two["loss_bits"]:
        return Difference(LOSS, place, f"{one['loss']} and {two['loss']}", REMEDIES[LOSS])
    if one["gradients"] != two["gradients"]:
        return Difference(GRADIENTS, place, _which(one, two, "gradients", optimizers), REMEDIES[GRADIENTS])
    return None


def _which(one: Line, two: Line, layer: str, optimizers: Mapping[int, Line]) -> str:
    """Name the parameter. The last of those that differ comes first in a backward pass; so it is named for gradients."""
    first, second = one[layer].partition(":")[2], two[layer].partition(":")[2]
    optimizer = optimizers[one["optimizer"]]
    every = optimizer["every"]
    recorded = optimizer["parameters"][one["step"] % every :: every]
    differing = [name for place, name in enumerate(recorded) if first[2 * place :][:2] != second[2 * place :][:2]]
    if not differing:
        return "one of the parameters differs"
    name = differing[-1] if layer == "gradients" else differing[0]
    return f"{name} differs" + (f", and {len(differing) - 1} more" if len(differing) > 1 else "")
