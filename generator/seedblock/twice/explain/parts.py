"""The three parts of a verdict: training, printed output and files, each with its state. Pure."""

from collections.abc import Collection
from typing import NamedTuple

from seedblock.twice.compare.result import Result
from seedblock.twice.files.data import FilesCompared
from seedblock.twice.verdict import (
    DIFFERS,
    FILE_COUNTS,
    IDENTICAL,
    IGNORED,
    NOT_SEEN,
    PRINTED,
    TRAINING,
    TRAINING_COUNTS,
    UNDECIDED,
    WRITTEN,
    Difference,
    Part,
    counted,
)

NO_CLOCK = "a clock may have made it"
NO_END = "the end of {} was not recorded"
STOPPED = "run 2 was stopped before its end"


class Known(NamedTuple):
    """What is known of two runs besides what a comparison finds.

    clock: whether both had a clock that only counts, so that no difference is a clock's. ignored: parts that do not count.
    stopped: whether each run was stopped, or could not be recorded, before its end.
    """

    clock: bool = False
    ignored: Collection[str] = ()
    stopped: tuple[bool, bool] = (False, False)


NOTHING_KNOWN = Known()


def parts(result: Result, training: Difference | None, known: Known) -> tuple[Part, ...]:
    """Give each part its state. training: the first difference of the training, if there is one, or of the exit codes."""
    sure = known.clock and training is None  # what follows from another training is not decided
    return _training(result, training, known), _printed(result, known, sure), _files(result, known, sure)


def _training(result: Result, difference: Difference | None, known: Known) -> Part:
    if difference is not None:
        return Part(TRAINING, DIFFERS, f"{difference.layer}, first {difference.place}")
    seen = counted(result.coverage, TRAINING_COUNTS)
    if not any(result.coverage.of_training):
        return Part(TRAINING, NOT_SEEN)
    if without := _without_end(result, known.stopped):
        return Part(TRAINING, UNDECIDED, f"{NO_END.format(' and '.join(without))}; until then equal: {seen}")
    return Part(TRAINING, IDENTICAL, seen)


def _without_end(result: Result, stopped: tuple[bool, bool]) -> list[str]:
    """Name the runs whose main process did not come to its end. It may have become another one, which did."""
    main = [process for process in result.processes if not process.name]
    return [
        f"run {number + 1}"
        for number in (0, 1)
        if stopped[number]
        or any(not one.facts[number].ended and not one.facts[number].replaced for one in main)
        or (main and not any(one.facts[number].ended for one in main))
    ]


def _printed(result: Result, known: Known, sure: bool) -> Part:
    printed = result.printed
    if PRINTED in known.ignored:
        return Part(PRINTED, IGNORED)
    if printed is None:
        return Part(PRINTED, NOT_SEEN, STOPPED)
    if printed.first is not None and not printed.reordered:
        place = f"first in line {printed.first[0]}"
        return Part(PRINTED, DIFFERS, place) if sure else Part(PRINTED, UNDECIDED, f"{place}; {NO_CLOCK}")
    lines = counted(result.coverage, ("printed",))
    if any(known.stopped):
        without = " and ".join(f"run {number}" for number, stopped in enumerate(known.stopped, start=1) if stopped)
        return Part(PRINTED, UNDECIDED, f"{NO_END.format(without)}; until then equal: {lines or 'nothing'}")
    return Part(PRINTED, IDENTICAL, lines) if lines else Part(PRINTED, NOT_SEEN)


def _files(result: Result, known: Known, sure: bool) -> Part:
    if WRITTEN in known.ignored:
        return Part(WRITTEN, IGNORED)
    if result.saved is not None and not result.saved.plain:
        return Part(WRITTEN, DIFFERS, f"{result.saved.found.what}, first {result.saved.place}")
    first = first_file(result.files)
    if first is not None or result.saved is not None:
        place = first[0] if first is not None else "" if result.saved is None else result.saved.place
        what = f"first {place}"
        return Part(WRITTEN, DIFFERS, what) if sure else Part(WRITTEN, UNDECIDED, f"{what}; {NO_CLOCK}")
    if files := counted(result.coverage, FILE_COUNTS):
        return Part(WRITTEN, IDENTICAL, files)
    if result.files is None:
        return Part(WRITTEN, NOT_SEEN, STOPPED if result.printed is None else "")
    return Part(WRITTEN, NOT_SEEN, "none could be compared" if result.files.not_compared else "")


def first_file(files: FilesCompared | None) -> tuple[str, str] | None:
    """Return the place of the first difference between files, and what it is; None if there is none."""
    if files is None or not files.differs:
        return None
    if files.first is not None:
        return f"in {files.first.name}", str(files.first)
    run, names = (1, files.only[0]) if files.only[0] else (2, files.only[1])
    return f"in {names.first[0]}", f"only run {run} has written or removed {', '.join(names.first[:3])}"
