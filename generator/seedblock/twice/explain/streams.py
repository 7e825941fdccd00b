"""What helps where random streams differ, or a generator got no seed: from what the tapes say of seeds and draws. Pure."""

from collections.abc import Iterable

from seedblock.twice.compare.facts import A_POOL, Both, Facts, StreamFacts, never_seeded, unseeded_generators
from seedblock.twice.compare.result import Process
from seedblock.twice.explain.loaders import of_loaders
from seedblock.twice.explain.remedy import OTHERWISE, PROBABLY, Remedy, shown

MAX_UNSEEDED, UNSEEDED_CHARACTERS = 2, 200

ONE_DREW_MORE = (
    "the streams were seeded alike, so one run drew more often: look for draws that depend on arguments, workers, time or"
    " files; `seedscope` gives a part of the script a stream of its own"
)
OF_ITS_WORKER = (
    "a job of a pool draws from the stream of whichever worker takes it: seed a generator in each job, with a number that"
    " the job is given"
)


def against_streams(names: Iterable[str], facts: Both) -> Remedy:
    """Say what helps if these streams differ, with the line of the first draw or of the seeding."""
    if any(A_POOL in one.has for one in facts):
        return Remedy(OF_ITS_WORKER, PROBABLY)
    found = [text for name in names if (text := _against_stream(name, facts))]
    late = seeded_too_late(facts)
    if late:
        found.insert(0, late)
    if found:
        return Remedy("; ".join(dict.fromkeys(found)) + _by_seedall(facts[0]))
    return or_unseeded(Remedy(of_loaders(facts) or ONE_DREW_MORE), facts)


def _against_stream(name: str, facts: Both) -> str:
    one, two = (found.streams.get(name, StreamFacts()) for found in facts)
    if one.seeded is None and two.seeded is None:
        if name == "cuda" and not any(name in found.streams for found in facts):
            return "torch is not seeded on the GPU"
        drawn = (one if name in facts[0].streams else two).draw
        forked = name == "random" and all(found.forked for found in facts)
        never = "Python seeds random anew in each fork" if forked else f"{name} is never seeded"
        return never + (f": it is first drawn from at {shown(drawn)}" if drawn else "")
    seeded = (two.seeded and two.seeded.seeded) or (one.seeded and one.seeded.seeded)
    values = [stream.seeded and stream.seeded.value for stream in (one, two)]
    if values == [None, None]:
        return f"{name} is seeded without a number at {shown(seeded)}: give it one"
    if values[0] != values[1]:
        different = f"{shown(values[0])} in one run and {shown(values[1])} in the other"
        return f"{name} is seeded with {different}, at {shown(seeded)}: give it a fixed number"
    return ""


def seeded_too_late(facts: Both) -> str:
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


def or_unseeded(remedy: Remedy, facts: Both, others: Iterable[Process] = ()) -> Remedy:
    """First name the generators that got no seed in both runs; also what `others` drew, whose results may have come here."""
    found = dict.fromkeys((text[:UNSEEDED_CHARACTERS] for text in unseeded_generators(facts)), "")
    for process in others:
        drawn = (_against_stream(name, process.facts) for name in never_seeded(process.facts))
        for text in (*drawn, *unseeded_generators(process.facts)):
            found.setdefault(text[:UNSEEDED_CHARACTERS], f", in {process.name or 'the main process'}")
    if not found:
        return remedy
    first = "; ".join([text + where for text, where in found.items()][:MAX_UNSEEDED])
    return Remedy(f"{first}: give it a seed; {OTHERWISE}{remedy.text}", PROBABLY)


def _by_seedall(facts: Facts) -> str:
    return "" if "seedall" in facts.has else "; the snippet `seedall` seeds everything at the top of the script"
