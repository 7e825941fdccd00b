"""What helps against a difference: from its layer, and from what the tapes say of seeds, draws and settings. Pure."""

from collections.abc import Iterable

from seedblock.twice.compare.facts import Both
from seedblock.twice.compare.result import Evidence, Process
from seedblock.twice.explain.loaders import of_loaders
from seedblock.twice.explain.remedy import PROBABLY, Remedy
from seedblock.twice.explain.streams import or_unseeded, seeded_too_late
from seedblock.twice.verdict import (
    CONTENTS,
    FAILED,
    FILES,
    FINAL,
    FLOW,
    GRADIENTS,
    HASH,
    HYPERPARAMETERS,
    INITIAL,
    LISTING,
    LOSS,
    OPTIMIZER_STATE,
    ORDER,
    PRINTED,
    PROCESSES,
    SAVED,
    WEIGHTS,
    WRITTEN,
)

REMEDIES = {
    FLOW: "the runs do different things: look for time limits, unsorted file lists, sizes that vary",
    INITIAL: "the streams agree: the model comes from a file, from set order, or from a generator of its own",
    ORDER: "the same samples come in a different order: sort file lists; `seedloader` ties the order to the seed",
    CONTENTS: "the streams of the main process agree: look for a generator inside the dataset, an unseeded worker, or set"
    " order; `seedloader` ties each sample to the seed, and the generators of the dataset too; `seedcheck` finds others",
    GRADIENTS: "an operation of the backward pass gives different bits each time, or the gradients are changed by hand",
    WEIGHTS: "the gradients agreed: the optimizer, or code between two steps, changes the weights differently each time",
    HYPERPARAMETERS: "the runs were given other numbers: look at where they come from, such as a search (give its sampler a seed),"
    " a schedule that follows the clock, arguments",
    OPTIMIZER_STATE: "the weights agreed: what the optimizer keeps between steps was loaded or changed differently each time; a"
    " training that is resumed from it goes on differently",
    FINAL: "every step agreed: the weights were changed after the last one, or without any",
    SAVED: "the training agreed: what differs was added when it was saved",
    PRINTED: "the training agreed, the printed output does not: look for a metric on unseeded samples, set order, a clock",
    HASH: "the result depends on hash() or set order: use sorted(set(...)) or hashlib, or fix the hashes with `seedhash`",
    PROCESSES: "the runs started different processes: look for what decides how many",
    FILES: "run 2 found files that run 1 had written: delete them first, give each run its own folder, or use --fresh",
    FAILED: "fix the failure first; its last output is above",
    WRITTEN: "the training agreed, a file that the script wrote does not: look for what is added when it is written",
    LISTING: "the result depends on the order in which the disk lists files: sort what os.listdir, os.scandir and glob return",
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
NONDETERMINISTIC = {
    False: "; torch.use_deterministic_algorithms(True) makes such an operation raise an error that names it, as `seedall` does",
    True: "; deterministic algorithms are already on, so look for threads, clocks, and input from outside",
}


def against(evidence: Evidence, processes: Iterable[Process] = ()) -> Remedy:
    """Say what helps against a difference that no random stream explains. `processes`: all that were compared."""
    layer, facts = evidence.layer, evidence.facts
    late = seeded_too_late(facts)
    if late:
        return Remedy(
            f"{late}; seed at the top of the script, before anything else", "" if layer == INITIAL else PROBABLY
        )
    if layer in (INITIAL, LOSS, GRADIENTS, WEIGHTS, FINAL) and all("shared weights" in found.has for found in facts):
        return Remedy(SHARED, PROBABLY)
    return or_unseeded(_against_layer(evidence), facts, [one for one in processes if one.name != evidence.process])


def _against_layer(evidence: Evidence) -> Remedy:
    if evidence.layer == LOSS:
        return _against_loss(evidence)
    if evidence.layer == GRADIENTS:
        return Remedy(REMEDIES[GRADIENTS] + _nondeterministic(evidence.facts))
    if evidence.layer == WEIGHTS and evidence.lone:
        return Remedy("the losses agreed: what changes the weights between two losses does it differently each time")
    if evidence.layer in (ORDER, CONTENTS) and (text := of_loaders(evidence.facts)):
        return Remedy(text)
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


def _nondeterministic(facts: Both) -> str:
    return NONDETERMINISTIC[bool(facts[1].settings.get("deterministic algorithms"))]
