"""What helps against a difference: from its layer, and from what the tapes say of seeds, draws and settings. Pure."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from seedblock.twice.compare.facts import Both, Facts, StreamFacts
from seedblock.twice.compare.result import Evidence
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
MAX_SHOWN = 120  # characters of a value
MAX_UNSEEDED, UNSEEDED_CHARACTERS = 2, 200

REMEDIES = {
    FLOW: "the runs do different things: look for time limits, unsorted file lists, sizes that vary",
    INITIAL: "the streams agree: the model comes from a file, from set order, or from a generator of its own",
    ORDER: "the same samples come in a different order: sort file lists; `seedloader` ties the order to the seed",
    CONTENTS: "the streams of the main process agree: look for a generator inside the dataset, an unseeded worker, or set"
    " order; `seedloader` ties each sample to the seed, and the generators of the dataset too; `seedcheck` finds others",
    GRADIENTS: "an operation of the backward pass gives different bits each time, or the gradients are changed by hand",
    WEIGHTS: "the gradients agreed: the optimizer, or code between two steps, changes the weights differently each time",
    FINAL: "every step agreed: the weights were changed after the last one",
    SAVED: "the training agreed: what differs was added when it was saved",
    PRINTED: "the training agreed, the printed output does not: look for a metric on unseeded samples, set order, a clock",
    HASH: "the result depends on hash() or set order: use sorted(set(...)) or hashlib, or fix the hashes with `seedhash`",
    PROCESSES: "the runs started different processes: look for what decides how many",
    FILES: "run 2 found files that run 1 had written: delete them first, give each run its own folder, or use --fresh",
    FAILED: "fix the failure first; its last output is above",
}

NO_END = (
    "the record of run {} breaks off: the disk was full (then the runs may be alike), or the script was killed or ended by"
    " os._exit"
)
STOPPED = "run {} was not recorded to its end: what it lacks is no difference; let it run to its end"
REPLACED = "the record of run {} ends where the script became another program, by os.execv or the like"
SHARED = (
    "the weights are in memory that processes share (share_memory()), and each changes them at its own pace: such training"
    " does not repeat with more than one process"
)
ONE_DREW_MORE = (
    "the streams were seeded alike, so one run drew more often: look for draws that depend on arguments, workers, time or"
    " files; `seedscope` gives a part of the script a stream of its own"
)

NONDETERMINISTIC = {
    False: "; torch.use_deterministic_algorithms(True) makes such an operation raise an error that names it, as `seedall` does",
    True: "; deterministic algorithms are already on, so look for threads, clocks, and input from outside",
}


class Remedy(NamedTuple):
    """What helps, and how sure it is that it fits; "" for certain."""

    text: str
    sure: str = ""


def against_streams(names: Iterable[str], facts: Both) -> Remedy:
    """Say what helps if these streams differ, with the line of the first draw or of the seeding."""
    found = [text for name in names if (text := _against_stream(name, facts))]
    late = _seeded_too_late(facts)
    if late:
        found.insert(0, late)
    if found:
        return Remedy("; ".join(dict.fromkeys(found)) + _by_seedall(facts[0]))
    return _or_unseeded(Remedy(ONE_DREW_MORE), facts)


def _against_stream(name: str, facts: Both) -> str:
    one, two = (found.streams.get(name, StreamFacts()) for found in facts)
    if one.seeded is None and two.seeded is None:
        if name == "cuda" and not any(name in found.streams for found in facts):
            return "torch is not seeded on the GPU"
        drawn = (one if name in facts[0].streams else two).draw
        return f"{name} is never seeded" + (f": it is first drawn from at {shown(drawn)}" if drawn else "")
    seeded = (two.seeded and two.seeded.seeded) or (one.seeded and one.seeded.seeded)
    values = [stream.seeded and stream.seeded.value for stream in (one, two)]
    if values == [None, None]:
        return f"{name} is seeded without a number at {shown(seeded)}: give it one"
    if values[0] != values[1]:
        different = f"{shown(values[0])} in one run and {shown(values[1])} in the other"
        return f"{name} is seeded with {different}, at {shown(seeded)}: give it a fixed number"
    return ""


def _seeded_too_late(facts: Both) -> str:
    """Name the streams that were drawn from before they were seeded, with both lines."""
    one, two = facts
    found = []
    for name in sorted(one.streams.keys() | two.streams.keys()):
        known = [run.streams[name] for run in (two, one) if name in run.streams]
        seeded = next((stream.seeded for stream in known if stream.seeded), None)
        if seeded is None or not seeded.late:
            continue
        drawn = next((stream.draw for stream in known if stream.drawn), "")
        where = f", at {shown(drawn)}" if drawn and drawn != seeded.seeded else ""
        found.append(f"{name} is seeded too late, at {shown(seeded.seeded)}: it was drawn from earlier{where}")
    return "; ".join(found)


def against(evidence: Evidence) -> Remedy:
    """Say what helps against a difference that no random stream explains."""
    layer, facts = evidence.layer, evidence.facts
    late = _seeded_too_late(facts)
    if late:
        return Remedy(
            f"{late}; seed at the top of the script, before anything else", "" if layer == INITIAL else PROBABLY
        )
    if layer in (INITIAL, LOSS, GRADIENTS, WEIGHTS, FINAL) and all("shared weights" in found.has for found in facts):
        return Remedy(SHARED, PROBABLY)
    if layer == GRADIENTS:
        return Remedy(REMEDIES[layer] + _nondeterministic(facts))
    return _or_unseeded(_against_layer(evidence), facts)


def _against_layer(evidence: Evidence) -> Remedy:
    if evidence.layer == LOSS:
        return _against_loss(evidence)
    if evidence.layer == WEIGHTS and evidence.lone:
        return Remedy("the losses agreed: what changes the weights between two losses does it differently each time")
    return Remedy(REMEDIES[evidence.layer])


def _against_loss(evidence: Evidence) -> Remedy:
    if evidence.partly:
        return Remedy("the weights agree as far as a step digests them: --every 1 digests all of them", PROBABLY)
    if evidence.unseen:
        return Remedy(
            f"the weights agree; {evidence.unseen} in the batch was not digested: the inputs may differ", PROBABLY
        )
    if not evidence.has_batch:
        return Remedy(
            "the weights agree; the inputs come from no DataLoader, so they were not seen: look at them first, then for an"
            f" operation that gives different bits each time{_nondeterministic(evidence.facts)}",
            PROBABLY,
        )
    return Remedy(
        "same weights, same batch: an operation of the forward pass gives different bits each time, or the model has inputs"
        f" besides the batch{_nondeterministic(evidence.facts)}"
    )


def _or_unseeded(remedy: Remedy, facts: Both) -> Remedy:
    """First name the generators that both runs made without a seed."""
    one, two = facts
    both = [text[:UNSEEDED_CHARACTERS] for text in one.unseeded if text in two.unseeded]
    if not both:
        return remedy
    return Remedy(f"{'; '.join(both[:MAX_UNSEEDED])}: give it one; if that is not it: {remedy.text}", PROBABLY)


def _nondeterministic(facts: Both) -> str:
    return NONDETERMINISTIC[bool(facts[1].settings.get("deterministic algorithms"))]


def _by_seedall(facts: Facts) -> str:
    return "" if "seedall" in facts.has else "; the snippet `seedall` seeds everything at the top of the script"


def shown(value: Any) -> str:
    """Show any value from a tape, cut to MAX_SHOWN characters."""
    return value[:MAX_SHOWN] if isinstance(value, str) else "nothing" if value is None else repr(value)[:MAX_SHOWN]
