"""From what a comparison found to a verdict: the layer to blame, and what helps. Pure."""

from seedblock.twice.compare.result import Evidence, Result
from seedblock.twice.explain.remarks import MAX_FILES, environment_differences, remarks
from seedblock.twice.explain.remedies import NO_END, PROBABLY, REMEDIES, REPLACED, STOPPED, against, against_streams
from seedblock.twice.explain.warnings import warnings
from seedblock.twice.verdict import FAILED, FILES, PRINTED, PROCESSES, Difference, Files, Verdict

Exits = tuple[int | None, int | None]  # the exit code of each run; None if it is not known
Stopped = tuple[bool, bool]  # whether each run was stopped, or could not be recorded, before its end


def explain(
    result: Result, exits: Exits = (None, None), files: Files | None = None, stopped: Stopped = (False, False)
) -> Verdict:
    """Give the verdict. `files`: what run 1 wrote, which run 2 may have found."""
    first = result.first
    difference = _of_exits(exits, first) or (_of_evidence(first, stopped) if first else None)
    if difference is not None:
        difference = _of_files(difference, files, result)
    warned = (f"warning: {warning}" for warning in warnings(result))
    said = (*warned, *remarks(result, difference, files, stopped))
    return Verdict(difference, result.coverage, said, environment_differences(result.processes))


def _of_evidence(evidence: Evidence, stopped: Stopped = (False, False)) -> Difference:
    layer, (found, what), place = evidence.layer, evidence.found, evidence.place
    if evidence.streams is None:
        remedy = against(evidence)
        if evidence.without_end is not None:
            replaced = evidence.facts[evidence.without_end - 1].replaced
            why = REPLACED if replaced else STOPPED if stopped[evidence.without_end - 1] else NO_END
            return Difference(layer, evidence.process, place, what, why.format(evidence.without_end), PROBABLY)
        return Difference(layer, evidence.process, place, what, remedy.text, remedy.sure)
    names, where = evidence.streams
    remedy = against_streams(names, evidence.facts)
    what = f"the streams of {', '.join(names)} differ; then {found}: {what}, {place}"
    if found == PRINTED:
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
    """Blame a file that run 1 wrote and did not load, if run 2 has loaded it."""
    if files is None or files.fresh:
        return difference
    written = {name.replace("\\", "/").rpartition("/")[2] for name in files.written}
    one, two = ({name for process in result.processes for name in process.facts[run].loaded} for run in (0, 1))
    found = sorted((two - one) & written)
    if not found:
        return difference
    shown = ", ".join(found[:MAX_FILES])
    what = f"run 2 loaded what run 1 had written: {shown}; then {difference.layer}: {difference.what}"
    return difference._replace(layer=FILES, what=what, remedy=REMEDIES[FILES], sure="")
