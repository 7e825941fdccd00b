"""From what was found to a difference: the layer that is blamed for it, and what helps. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from seedblock.twice.compare.printed import Printed
from seedblock.twice.explain.remedies import PROBABLY, REMEDIES, Facts, never_seeded, of_layer, of_streams
from seedblock.twice.tape.lines import Line
from seedblock.twice.verdict import FAILED, FILES, PRINTED, STREAMS, Difference, Files, Found

Streams = tuple[list[str], str]  # names of streams that differ, and the place where they were first seen to
Both = tuple[Facts, Facts]


class Batch(NamedTuple):
    """What is known of the batch before a step: whether there was one, and what of it was not looked into."""

    seen: bool = False
    unseen: str = ""


def of_event(
    found: Found, place: str, line: Line, facts: Both, streams: Streams | None, batch: Batch, parts: int
) -> Difference:
    """Two events of one kind differ. `line`: one of them. `parts`: in how many steps all weights are looked at."""
    if streams is None and (drawn := never_seeded(*facts)):
        streams = drawn, place
    if streams is not None:
        names, where = streams
        what = f"the streams of {', '.join(names)} differ; then {found.layer}: {found.what}, {place}"
        return Difference(
            STREAMS, "", where, what, of_streams(names, *facts).remedy, "" if where == place else PROBABLY
        )
    cause = of_layer(found.layer, *facts, unseen=batch.unseen, batch=batch.seen, lone="lone" in line, partly=parts > 1)
    return Difference(found.layer, "", place, found.what, cause.remedy, cause.sure)


def of_exits(exits: tuple[int | None, int | None], before: Difference | None) -> Difference | None:
    """The exit codes differ; `before` is what differed before that."""
    if exits[0] == exits[1] or None in exits:
        return None
    after = "" if before is None else f"; before that they differed: {before.layer}, {before.what}, {before.place}"
    what = f"run 1 ended with exit code {exits[0]}, run 2 with {exits[1]}{after}"
    return Difference(FAILED, "", "at the end", what, REMEDIES[FAILED])


def of_printed(text: Printed, facts: Both, streams: Streams | None, process: str, trained: bool) -> Difference | None:
    """What was printed differs. `streams` differed in `process`, `facts` are of that one; `trained`: it took steps."""
    if text.first is None:
        return None
    number, one, two = text.first
    place, what = f"in line {number} of what was printed", f"{one} and {two}"
    if streams is None:
        cause = of_layer(PRINTED, *facts)
        return Difference(PRINTED, "", place, what, cause.remedy, cause.sure)
    shown = f"the streams of {', '.join(streams[0])} differ; then printed output: {what}, {place}"
    return Difference(
        PRINTED if trained else STREAMS, process, place, shown, of_streams(streams[0], *facts).remedy, PROBABLY
    )


def of_files(difference: Difference | None, files: Files | None, facts: Iterable[Both]) -> Difference | None:
    """Blame a file where run 2 has loaded one that run 1 wrote and did not load."""
    if difference is None or files is None or files.fresh:
        return difference
    written = {name.replace("\\", "/").rpartition("/")[2] for name in files.written}
    loaded: tuple[set[str], set[str]] = set(), set()
    for both in facts:
        for names, of_run in zip(loaded, both, strict=True):
            names |= of_run.loaded
    found = sorted((loaded[1] - loaded[0]) & written)
    if not found:
        return difference
    what = f"run 2 loaded what run 1 had written: {', '.join(found[:3])}; then {difference.layer}: {difference.what}"
    return difference._replace(layer=FILES, what=what, remedy=REMEDIES[FILES], sure="")
