"""What helps: from the layer, and from what the tapes know of seeds, draws and settings. Pure."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from seedblock.twice.tape.lines import Line, kind_of
from seedblock.twice.verdict import (
    CONTENTS,
    FAILED,
    FILES,
    FINAL,
    FLOW,
    GRADIENTS,
    HASH,
    INITIAL,
    LOSS,
    ORDER,
    PRINTED,
    PROCESSES,
    SAVED,
    WEIGHTS,
)

PROBABLY = "probably"

REMEDIES = {
    FLOW: "the runs do not do the same things: look for time limits, file lists that are not sorted, sizes that vary",
    INITIAL: "the streams agree: the model comes from a file, a set's order or a generator of its own that varies",
    ORDER: "the same samples come in another order: sort file lists; `seedloader` ties the order to the seed",
    CONTENTS: "the streams of the main process agree: look for a generator of the dataset's own, a worker that is not"
    " seeded, or a set's order; `seedloader` ties each sample to the seed, with reseed= for generators of its own",
    GRADIENTS: "an operation of the backward pass gives other bits each time, or the gradients are changed by hand",
    WEIGHTS: "the gradients agreed: the optimizer, or code between two steps, changes weights in another way each time",
    FINAL: "every step agreed: the weights were changed after the last one",
    SAVED: "the training agreed: what differs was added when it was saved",
    PRINTED: "the training agreed, what was printed did not: look for a metric of unseeded samples, a set's order, a clock",
    HASH: "hash() or the order of a set has a say: use sorted(set(...)) or hashlib, or fix it with `seedhash`",
    PROCESSES: "the runs started other processes: look for what decides how many",
    FILES: "run 2 found what run 1 had left: delete it first, give each run its own folder, or use --fresh",
    FAILED: "mend the failure first: what the script printed last is above",
}

NO_END = "the record of run {} has no end: the disk was full, and then the runs may be alike, or the script left by os._exit or was killed"
SHARED = (
    "the weights lie in memory that processes share (share_memory()), and each changes them at its own pace: such a training"
    " does not repeat with more than one process"
)

NONDETERMINISTIC = {
    False: "; torch.use_deterministic_algorithms(True) makes such an operation an error that names it, as `seedall` does",
    True: "; deterministic algorithms are already on, so look for threads, clocks, and what is read from outside",
}


class Facts:
    """What a run's tapes say of its streams and settings."""

    def __init__(self) -> None:
        self.streams: dict[str, dict[str, Any]] = {}
        self.settings: dict[str, Any] = {}
        self.environment: dict[str, Any] = {}
        self.pid: Any = None
        self.has: set[str] = set()
        self.loaded: set[str] = set()
        self.unseeded: list[str] = []
        self.missed: dict[str, str] = {}
        self.mirrored = False
        self.ended = False

    def add(self, line: Line) -> None:
        kind = kind_of(line)
        if kind == "stream":
            known = self.streams.setdefault(line["stream"], {})
            for name in ("drawn", "likely", "seeded", "value", "late", "again"):
                if name in line:
                    known.setdefault(name, line[name])
        elif kind == "settings":
            self.settings = self.settings or dict(line["settings"])
        elif kind == "tape":
            self.environment = self.environment or dict(line["environment"])
            self.pid = line["process"].get("pid")
        elif kind == "has":
            self.has.add(line["has"])
        elif kind == "unseeded":
            if len(self.unseeded) < 5:
                self.unseeded.append(line["unseeded"])
        elif kind == "loaded":
            if len(self.loaded) < 100:
                self.loaded.add(line["loaded"])
        elif kind == "missed":
            self.missed.setdefault(line["missed"], line["why"])
        elif kind == "mirrored":
            self.mirrored = self.mirrored or line["mirrored"]
        elif kind == "end":
            self.ended = True


class Cause(NamedTuple):
    """What helps, and how sure it is."""

    remedy: str
    sure: str = ""


def of_streams(names: Iterable[str], one: Facts, two: Facts) -> Cause:
    """Say what helps where streams differ: by name, with the line of the first draw or of the seeding."""
    found = [text for name in names if (text := _of_stream(name, one, two))]
    late = seeded_too_late(one, two)
    if late:
        found.insert(0, late)
    if found:
        return Cause("; ".join(dict.fromkeys(found)) + _by_seedall(one))
    return _or_unseeded(
        Cause(
            "the streams were seeded alike, so one run drew more often: look for draws that depend on arguments, workers, time"
            " or files; `seedscope` keeps a part's draws to itself"
        ),
        one,
        two,
    )


def never_seeded(one: Facts, two: Facts) -> list[str]:
    """Name the streams that both runs have drawn from and have not seeded: these differ for sure."""
    both = one.streams.keys() & two.streams.keys()
    return sorted(
        name
        for name in both
        if all("drawn" in facts.streams[name] and "seeded" not in facts.streams[name] for facts in (one, two))
    )


def _of_stream(name: str, one: Facts, two: Facts) -> str:
    first, second = one.streams.get(name, {}), two.streams.get(name, {})
    seeded = _text(second.get("seeded") or first.get("seeded"))
    if "seeded" not in first and "seeded" not in second:
        known = first or second
        if not known and name == "cuda":
            return "torch is not seeded on the GPU"
        drawn = _text(known.get("likely") or known.get("drawn"))
        return f"{name} is never seeded" + (f": it is first drawn from at {drawn}" if drawn else "")
    if first.get("value") is None and second.get("value") is None:
        return f"{name} is seeded without a number at {seeded}: give it one"
    if first.get("value") != second.get("value"):
        values = f"{_text(first.get('value'))} in one run and {_text(second.get('value'))} in the other"
        return f"{name} is seeded with {values}, at {seeded}: give it a fixed number"
    return ""


def seeded_too_late(one: Facts, two: Facts) -> str:
    """Name the streams that were drawn from before their seed was set: with both lines."""
    found = []
    for name in sorted(one.streams.keys() | two.streams.keys()):
        known = {**one.streams.get(name, {}), **two.streams.get(name, {})}
        if known.get("late"):
            drawn, seeded = _text(known.get("likely") or known.get("drawn")), _text(known.get("seeded"))
            if drawn == seeded:
                drawn = ""
            where = f" at {drawn}" if drawn else ""
            found.append(f"{name} is seeded too late, at {seeded}: it was drawn from before that{where}")
    return "; ".join(found)


def of_layer(
    layer: str, one: Facts, two: Facts, unseen: str = "", batch: bool = True, lone: bool = False, partly: bool = False
) -> Cause:
    """Say what helps in `layer`.

    unseen: what of the batch was not looked into. batch: the step's batch was seen. lone: no step follows the losses. partly: at
    each step only a part of the weights is looked at.
    """
    late = seeded_too_late(one, two)
    if late and layer in (INITIAL, ORDER, CONTENTS, LOSS, WEIGHTS, FINAL, SAVED, PRINTED, FLOW, GRADIENTS):
        return Cause(f"{late}; seed at the top of the script, before all else", "" if layer == INITIAL else PROBABLY)
    if layer in (INITIAL, LOSS, GRADIENTS, WEIGHTS, FINAL) and "shared weights" in one.has & two.has:
        return Cause(SHARED, PROBABLY)
    cause = _of_layer(layer, two, unseen, batch, lone, partly)
    return cause if layer == GRADIENTS else _or_unseeded(cause, one, two)


def _or_unseeded(cause: Cause, one: Facts, two: Facts) -> Cause:
    """Name the generators of the script's own that both runs have made without a seed, before what else may be."""
    both = [text[:200] for text in one.unseeded if text in two.unseeded]
    if not both:
        return cause
    return Cause(f"{'; '.join(both[:2])}: give it one; if that is not it: {cause.remedy}", PROBABLY)


def _of_layer(layer: str, two: Facts, unseen: str, batch: bool, lone: bool, partly: bool) -> Cause:
    deterministic = bool(two.settings.get("deterministic algorithms"))
    if layer == LOSS:
        if partly:
            return Cause(
                "the weights agree as far as a step looks at them: --every 1 looks at all, and tells whether they differ",
                PROBABLY,
            )
        if unseen:
            return Cause(
                f"the weights agree; of the batch {unseen} was not looked into: the inputs may differ", PROBABLY
            )
        if not batch:
            return Cause(
                "the weights agree; the inputs come from no DataLoader, so they were not seen: look at them first, then for an"
                f" operation that gives other bits each time{NONDETERMINISTIC[deterministic]}",
                PROBABLY,
            )
        return Cause(
            "same weights, same batch: an operation of the forward pass gives other bits each time, or something else goes"
            f" into it{NONDETERMINISTIC[deterministic]}"
        )
    if layer == WEIGHTS and lone:
        return Cause("the losses agreed: what changes the weights between two losses does it in another way each time")
    remedy = REMEDIES[layer]
    return Cause(remedy + NONDETERMINISTIC[deterministic] if layer == GRADIENTS else remedy)


def _by_seedall(facts: Facts) -> str:
    return "" if "seedall" in facts.has else "; the snippet `seedall` seeds all at the top of the script"


def environment_differences(one: Facts, two: Facts) -> list[str]:
    """Name what differs in versions, devices, settings and variables; the hash seed is varied on purpose."""
    pairs = [(one.environment, two.environment)]
    if one.settings and two.settings:  # a run that was stopped early has none
        pairs.append((one.settings, two.settings))
    return [
        f"{name}: {_text(first.get(name))} and {_text(second.get(name))}"
        for first, second in pairs
        for name in sorted((first.keys() | second.keys()) - {"hash", "PYTHONHASHSEED"})
        if first.get(name) != second.get(name)
    ]


def hashes_differ(one: Facts, two: Facts) -> bool:
    return one.environment.get("hash") != two.environment.get("hash")


def _text(value: Any) -> str:
    return value[:120] if isinstance(value, str) else "nothing" if value is None else repr(value)[:120]
