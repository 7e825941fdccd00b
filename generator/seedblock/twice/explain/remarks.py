"""What is said besides the difference: what was not compared, and what differs around the script. Pure."""

from collections.abc import Iterable, Iterator

from seedblock.twice.compare.printed import Printed
from seedblock.twice.compare.result import Process, Result
from seedblock.twice.explain.remedy import shown
from seedblock.twice.files.data import FilesCompared
from seedblock.twice.verdict import FAILED, FILES, STREAMS, Difference, Files

HASHES_DIFFER = "hash() of a string differed between the runs (PYTHONHASHSEED): set order may be the cause"
NOTHING_DEPENDS = "nothing that was compared depends on them"
CUT_OFF = "the disk was full, it was killed, or it ended by os._exit"
REPLACED = "it became another program, by os.execv or the like"
MAX_FILES = 3  # that are named
VARIED = frozenset({"hash", "PYTHONHASHSEED"})  # on purpose


def remarks(
    result: Result, difference: Difference | None, files: Files | None, stopped: tuple[bool, bool] = (False, False)
) -> Iterator[str]:
    yield from dict.fromkeys(remark for process in result.processes for remark in process.remarks)
    yield from (f"not recorded to the end: {part}" for part in result.coverage.missed)
    if difference is None:
        for process in result.processes:
            yield from _limits(process, stopped)
    else:
        yield from _other_causes(result.processes, difference, files)
    if result.printed is not None:
        yield from _of_printed(result.printed, difference)
    if result.files is not None:
        yield from _of_files(result.files)


def _limits(process: Process, stopped: tuple[bool, bool]) -> Iterator[str]:
    """Say what an identical process may hide."""
    if process.streams is not None:
        names, place = process.streams
        yield f"the streams of {', '.join(names)} differ {place}, and {NOTHING_DEPENDS}"
    compared = process.has_events or not process.name
    if compared and not all(
        facts.ended or told for facts, told in zip(process.facts, stopped, strict=True)
    ):  # `compare` says it
        who = process.name or "the script"
        replaced = all(facts.ended or facts.replaced for facts in process.facts)
        yield f"what {who} did at its end was not recorded: {REPLACED if replaced else CUT_OFF}"
    if process.steps_for_all:
        yield f"not every weight was digested in the steps: that takes {process.steps_for_all} steps, or --every 1"


def _other_causes(processes: Iterable[Process], difference: Difference, files: Files | None) -> Iterator[str]:
    hashes = ([facts.environment.get("hash") for facts in process.facts] for process in processes)
    certain = difference.sure == "" and difference.layer not in (STREAMS, FAILED)
    if certain and any(one != two for one, two in hashes):
        yield HASHES_DIFFER
    if files is not None and files.written and not files.fresh and difference.layer not in (STREAMS, FILES):
        names = ", ".join(files.written[:MAX_FILES]) + (" ..." if len(files.written) > MAX_FILES else "")
        yield f"run 2 found files that run 1 had written ({names}): if the script reads them, use --fresh"


def _of_printed(printed: Printed, difference: Difference | None) -> Iterator[str]:
    if printed.reordered and difference is None:
        yield "the printed lines came in a different order"


def _of_files(files: FilesCompared) -> Iterator[str]:
    for name, why in files.not_compared[:MAX_FILES]:
        yield f"not compared: {name}: {why}"
    if files.not_compared_count > MAX_FILES:
        yield f"not compared: {files.not_compared_count - MAX_FILES:,} more files"
    for names, what in (
        (files.not_rewritten, "run 1 wrote them, and run 2 found and left them: --fresh lets each run write its own"),
        (files.same_content, "their bytes differ, what they hold does not"),
    ):
        if names:
            more = f" and {names.total - MAX_FILES:,} more" if names.total > MAX_FILES else ""
            yield f"{', '.join(names.first[:MAX_FILES])}{more}: {what}"


def environment_differences(processes: Iterable[Process]) -> tuple[str, ...]:
    """Name the versions, devices, settings and variables that differ."""
    pairs = []
    for one, two in (process.facts for process in processes):
        pairs.append((one.environment, two.environment))
        if one.settings and two.settings:  # a run that was stopped early has none
            pairs.append((one.settings, two.settings))
    lines = (
        f"{name}: {shown(first.get(name))} and {shown(second.get(name))}"
        for first, second in pairs
        for name in sorted((first.keys() | second.keys()) - VARIED)
        if first.get(name) != second.get(name)
    )
    return tuple(dict.fromkeys(lines))
