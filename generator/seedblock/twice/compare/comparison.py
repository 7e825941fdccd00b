"""Two runs compared: run 1 as a whole, run 2 as it comes. Pure.

The layers in causal order: random streams, initial weights, data order, batch contents, loss, gradients, weights, saved
files, printed output. Results decide whether two runs differ. If they do, a stream that differed by then is blamed first, since
everything else follows from it.
"""

from array import array
from collections.abc import Hashable, Iterable, Mapping
from typing import BinaryIO

from seedblock.twice.compare.epochs import Epochs
from seedblock.twice.compare.facts import Facts, known_of
from seedblock.twice.compare.findings import Findings
from seedblock.twice.compare.jobs import Jobs, pool_of
from seedblock.twice.compare.printed import Cut, Known, Printed, compare_printed, quoted
from seedblock.twice.compare.process_pair import ProcessPair
from seedblock.twice.compare.processes import NO_HEADER, RecordedLines, Unmatched, name_of
from seedblock.twice.compare.result import Evidence, Found, Result
from seedblock.twice.compare.twins import Twins
from seedblock.twice.tape.lines import Part
from seedblock.twice.verdict import PRINTED, PROCESSES, STREAMS, Coverage

MAX_WAITING = 10_000  # lines of a process that are kept until its first event, which helps to find its twin


class Comparison:
    """Takes run 2's lines. `first` maps the names of run 1's tapes to their parts, which can be iterated again and again."""

    def __init__(self, first: Mapping[str, Iterable[Part]]) -> None:
        recorded = [RecordedLines(tape) for _, tape in sorted(first.items())]
        self._recorded_first = any(lines.header is not NO_HEADER for lines in recorded)
        self._twins = Twins(lines for lines in recorded if pool_of(lines.header) is None)
        self._pairs: dict[str, ProcessPair] = {}
        self._unmatched: dict[str, Unmatched] = {}
        self._epochs = Epochs()
        self._workers: dict[str, Jobs] = {}  # by the names of run 2's tapes
        self._pools: dict[Hashable, Jobs] = {}
        for lines in recorded:
            if (pool := pool_of(lines.header)) is not None and pool not in self._pools:
                workers = (other for other in recorded if pool_of(other.header) == pool)
                self._pools[pool] = Jobs(lines.header, self._epochs, workers)

    def feed(self, new: Iterable[tuple[str, Part]]) -> None:
        """Take new lines of run 2, each with the name of its tape."""
        for name, part in new:
            if name in self._pairs:
                self._pairs[name].feed(part)
            elif name in self._workers:
                self._workers[name].feed(name, part)
            else:
                self._collect(name, part)

    def _collect(self, name: str, part: Part) -> None:
        process = self._unmatched.setdefault(name, Unmatched())
        if process.first_event is None:  # else run 1 has no such process, and its lines are compared with nothing
            process.add(part)
            if process.header is not None and (pool := pool_of(process.header)) is not None:
                self._join(name, pool, self._unmatched.pop(name))
            elif process.first_event is not None or process.lines >= MAX_WAITING:
                self._match(name, process)

    def _join(self, name: str, pool: Hashable, process: Unmatched) -> None:
        """Take a tape of run 2 as that of a pool's worker."""
        if pool not in self._pools:
            self._pools[pool] = Jobs(process.header or NO_HEADER, self._epochs, ())
        self._workers[name] = self._pools[pool]
        for part in process.parts:
            self._workers[name].feed(name, part)

    def _match(self, name: str, process: Unmatched) -> None:
        parts, process.parts, process.lines = process.parts, [], 0
        header = process.header or NO_HEADER
        chosen = self._twins.take(header, process.first_event)
        if chosen is not None:
            del self._unmatched[name]
            pair = self._pairs[name] = ProcessPair(chosen, header, self._epochs)
            for part in parts:
                pair.feed(part)

    @property
    def first(self) -> Evidence | None:
        """The first difference so far, from tapes alone."""
        return next((findings.first for findings in self._found() if findings.first is not None), None)

    def _found(self) -> list[Findings]:
        return [compared.findings for compared in self._compared()]

    def _compared(self) -> list[ProcessPair | Jobs]:
        return [*self._pools.values(), *self._pairs.values()]

    def finish(self, printed: tuple[BinaryIO, BinaryIO] | None = None, cut: Cut = (False, False)) -> Result:
        """Both runs are over. `printed`: what each has printed, to be read; None if it is not to be compared.

        `cut`: which of them was not recorded to its end.
        """
        first = (
            self.first
        )  # before a run that was stopped there seems to lack what its other processes had not done yet
        for name, process in list(self._unmatched.items()):
            if process.first_event is None:
                self._match(name, process)
        for compared in self._compared():
            compared.finish()
        self._epochs.end()
        found = self._found()
        several = len(_compared(found)) > 1
        text = None if printed is None else compare_printed(*printed, _known(found), several, cut)
        shown = max(found, key=lambda one: len(one.counts.curves[0]), default=None)
        one, two = ({}, {}) if shown is None else ({**facts.environment, **facts.settings} for facts in shown.facts)
        return Result(
            first=first or self.first or self._unmatched_process(),
            saved=None,
            all_saved=[evidence for findings in found for evidence in findings.saved],
            text=_of_printed(text, found),
            coverage=_coverage(
                found, (self._recorded_first, bool(self._pairs or self._unmatched or self._workers)), text
            ),
            processes=[findings.process for findings in found],
            printed=text,
            files=None,
            epochs=self._epochs,
            curves=(array("d"), array("d")) if shown is None else shown.counts.curves,
            timeline={} if shown is None else shown.counts.timeline.spans(),
            environments=(one, two),
        ).without_saved(lambda name: False)

    def _unmatched_process(self) -> Evidence | None:
        """Find a process with events that only one run has."""
        first = [lines.header for lines in self._twins.left if lines.first_event() is not None]
        second = [process.header for process in self._unmatched.values() if process.first_event is not None]
        if not first and not second:
            return None
        names = ", ".join(sorted({name_of(header or NO_HEADER) or "the main process" for header in (*first, *second)}))
        which = "run 1" if not second else "run 2" if not first else "one run"
        return Evidence(PROCESSES, Found(PROCESSES, f"recorded only in {which}: {names}"), "at the start")


def _known(found: Iterable[Findings]) -> tuple[Known, Known]:
    """Return what is known of the compared processes in each run."""
    one, two = (known_of(findings.facts[run] for findings in found) for run in (0, 1))
    return one, two


def _of_printed(text: Printed | None, found: list[Findings]) -> Evidence | None:
    """Find a difference in what was printed. Several processes may print their lines in any order."""
    if text is None or text.first is None or text.reordered:
        return None
    number, *lines = text.first
    what, place = Found(PRINTED, " and ".join(quoted(*lines))), f"in line {number} of what was printed"
    blamed = next((findings for findings in found if findings.streams is not None), None)
    if blamed is None:
        return Evidence(PRINTED, what, place, facts=found[0].facts if found else (Facts(), Facts()))
    layer = PRINTED if blamed.counts.steps > 0 else STREAMS
    return Evidence(layer, what, place, blamed.name, blamed.facts, blamed.streams)


def _compared(found: Iterable[Findings]) -> list[Findings]:
    """Keep the processes that had events in both runs."""
    return [findings for findings in found if all(findings.counts.has_events)]


def _coverage(found: list[Findings], recorded: tuple[bool, bool], text: Printed | None) -> Coverage:
    counts = [findings.counts for findings in found]
    missed = [facts.missed for findings in found for facts in findings.facts]
    return Coverage(
        batches=sum(one.batches for one in counts),
        steps=sum(one.steps for one in counts),
        losses=sum(one.losses for one in counts),
        parameters=sum(one.parameters for one in counts),
        saved=sum(one.saved for one in counts),
        printed=0 if text is None else text.lines,
        processes=max(1, len(_compared(found))),
        recorded=recorded,
        missed=tuple(sorted({f"{part} ({why})" for parts in missed for part, why in parts.items()})),
    )
