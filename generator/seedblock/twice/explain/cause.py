"""From what a comparison found to a verdict: the layer to blame, and what helps. Pure."""

from collections.abc import Iterable, Sequence

from seedblock.twice.compare.facts import Facts
from seedblock.twice.compare.result import Evidence, Found, Process, Result
from seedblock.twice.explain.parts import NOTHING_KNOWN, Known, first_file, parts
from seedblock.twice.explain.remarks import MAX_FILES, environment_differences, remarks
from seedblock.twice.explain.remedies import NO_END, REMEDIES, REPLACED, STOPPED, against
from seedblock.twice.explain.remedy import PROBABLY
from seedblock.twice.explain.streams import against_streams
from seedblock.twice.explain.warnings import warnings
from seedblock.twice.verdict import (
    DIFFERS,
    FAILED,
    FILES,
    PRINTED,
    PROCESSES,
    STREAMS,
    WRITTEN,
    Difference,
    Files,
    Part,
    Verdict,
)

Exits = tuple[int | None, int | None]  # the exit code of each run; None if it is not known
Stopped = tuple[bool, bool]  # whether each run was stopped, or could not be recorded, before its end


def explain(
    result: Result, exits: Exits = (None, None), files: Files | None = None, known: Known = NOTHING_KNOWN
) -> Verdict:
    """Give the verdict. `files`: what run 1 wrote, which run 2 may have found."""
    first = result.first
    training = _of_exits(exits, first) or (_of_evidence(first, known.stopped, result.processes) if first else None)
    found = parts(result, training, known)
    difference = training or _of_what_was_made(result, found)
    if difference is not None:
        difference = _of_files(difference, files, result)
    warned = (f"warning: {warning}" for warning in warnings(result))
    said = (*warned, *remarks(result, difference, files, known.stopped))
    return Verdict(difference, result.coverage, said, environment_differences(result.processes), found)


def _of_what_was_made(result: Result, found: Sequence[Part]) -> Difference | None:
    """Tell the first difference in what the run saved, printed or wrote, if that part is sure to differ."""
    sure = {part.name for part in found if part.state == DIFFERS}
    evidence = (result.saved if WRITTEN in sure else None) or (result.text if PRINTED in sure else None)
    if evidence is None and WRITTEN in sure:
        evidence = _evidence_of_files(result)
    return None if evidence is None else _of_evidence(evidence)


def _evidence_of_files(result: Result) -> Evidence | None:
    if (first := first_file(result.files)) is None:
        return None
    place, what = first
    found = Found(WRITTEN, what)
    blamed = next((process for process in result.processes if process.streams is not None), None)
    if blamed is None:
        facts = result.processes[0].facts if result.processes else (Facts(), Facts())
        return Evidence(WRITTEN, found, place, facts=facts)
    layer = WRITTEN if result.coverage.steps else STREAMS
    return Evidence(layer, found, place, blamed.name, blamed.facts, blamed.streams)


def _of_evidence(
    evidence: Evidence, stopped: Stopped = (False, False), processes: Iterable[Process] = ()
) -> Difference:
    layer, (found, what), place = evidence.layer, evidence.found, evidence.place
    if evidence.streams is None:
        remedy = against(evidence, processes)
        if evidence.without_end is not None:
            replaced = evidence.facts[evidence.without_end - 1].replaced
            why = REPLACED if replaced else STOPPED if stopped[evidence.without_end - 1] else NO_END
            return Difference(layer, evidence.process, place, what, why.format(evidence.without_end), PROBABLY)
        return Difference(layer, evidence.process, place, what, remedy.text, remedy.sure)
    names, where = evidence.streams
    remedy = against_streams(names, evidence.facts)
    what = f"the streams of {', '.join(names)} differ; then {found}: {what}, {place}"
    if found in (PRINTED, WRITTEN):
        return Difference(layer, evidence.process, place, what, remedy.text, PROBABLY)
    return Difference(layer, evidence.process, where, what, remedy.text, "" if where == place else PROBABLY)


def _of_exits(exits: Exits, first: Evidence | None) -> Difference | None:
    """Blame the failure of one run, and say what differed before it."""
    if exits[0] == exits[1] or None in exits:
        return None
    what = f"run 1 ended with exit code {exits[0]}, run 2 with {exits[1]}"
    if first is not None and first.found.layer not in (PRINTED, PROCESSES):
        before = _of_evidence(first)
        what += f"; before that they differed: {before.layer}, {before.what}, {before.place}"
    return Difference(FAILED, "", "at the end", what, REMEDIES[FAILED])


def _of_files(difference: Difference, files: Files | None, result: Result) -> Difference:
    """Blame a file that run 1 wrote, and did not read before, if run 2 has read it."""
    if files is None or files.fresh:
        return difference
    written = {name.replace("\\", "/") for name in files.written}
    one, two = ({name for process in result.processes for name in process.facts[run].read} for run in (0, 1))
    found = sorted((two - one) & written)
    if not found:
        return difference
    shown = ", ".join(found[:MAX_FILES])
    what = f"run 2 read what run 1 had written: {shown}; then {difference.layer}: {difference.what}"
    return difference._replace(layer=FILES, what=what, remedy=REMEDIES[FILES], sure="")
