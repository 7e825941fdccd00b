"""Where two runs first differ, and the layer of the cause; pure.

The layers in the order of cause: the random streams, the initial weights, the order of the data, the contents of a batch,
the loss, the gradients, the weights, what is saved, what is printed. What a run computes decides whether two runs differ;
where they do, a stream that differed by then is named first, since all else follows from it.
"""

from array import array
from collections.abc import Iterable, Mapping

from seedblock.twice.compare import remarks
from seedblock.twice.compare.matching import Incoming, Sequence, choose, name_of
from seedblock.twice.compare.printed import Printed, compare_printed
from seedblock.twice.compare.process_pair import Pair
from seedblock.twice.explain import cause
from seedblock.twice.explain.remedies import REMEDIES, Facts
from seedblock.twice.explain.warnings import Suspicions
from seedblock.twice.tape.lines import Line, Part
from seedblock.twice.verdict import PROCESSES, Difference, Files, Verdict


class Comparison:
    """Run 1, whole, against run 2 as it comes. `first` has the tapes of run 1 by file; each can be read again."""

    def __init__(self, first: Mapping[str, Iterable[Part]]) -> None:
        self.waiting_first = [Sequence(tape) for _, tape in sorted(first.items())]
        self.recorded_first = any(sequence.header for sequence in self.waiting_first)
        self.pairs: dict[str, Pair] = {}
        self.waiting: dict[str, Incoming] = {}  # files of run 2 that are in no pair yet
        self.suspicions = Suspicions()

    def feed(self, new: Iterable[tuple[str, Part]]) -> None:
        """Take new lines of run 2, by file."""
        for file_id, part in new:
            if file_id in self.pairs:
                self.pairs[file_id].feed(part)
            else:
                self._begin(file_id, part)

    def _begin(self, file_id: str, part: Part) -> None:
        waiting = self.waiting.setdefault(file_id, Incoming())
        if waiting.event is None:  # else run 1 has no such process, and what this one does is compared with nothing
            waiting.add(part)
            if waiting.event is not None:
                self._pair(file_id, waiting)

    def _pair(self, file_id: str, waiting: Incoming) -> None:
        parts, waiting.parts = waiting.parts, []
        chosen = choose(waiting.header, waiting.event, self.waiting_first)
        if chosen is not None:
            self.waiting_first.remove(chosen)
            del self.waiting[file_id]
            pair = self.pairs[file_id] = self._new(chosen, waiting.header)
            for part in parts:
                pair.feed(part)

    def _new(self, first: Sequence, header: Line) -> Pair:
        name = name_of(first.header)
        rank = first.header.get("process", {}).get("rank")
        rank = rank if isinstance(rank, str) and not first.header["process"].get("main") else None
        return Pair(first, header, lambda line: self.suspicions.add(name, rank, line), ranked=rank is not None)

    def found(self) -> Difference | None:
        """The first difference so far."""
        return next((pair.difference for pair in self.pairs.values() if pair.difference is not None), None)

    def finish(
        self,
        printed: tuple[bytes, bytes] | None = None,
        exits: tuple[int | None, int | None] = (None, None),
        files: Files | None = None,
    ) -> Verdict:
        """Both runs are over.

        printed: what each has printed. exits: their exit codes, None where they are not known. files: what run 1 wrote, which
        run 2 may have found.
        """
        for file_id, waiting in list(self.waiting.items()):
            if waiting.event is None:
                self._pair(file_id, waiting)
        for pair in self.pairs.values():
            pair.finish()
        text = compare_printed(*printed, self._pids()) if printed is not None else None
        pairs = list(self.pairs.values())
        difference = cause.of_exits(exits, self.found()) or self.found() or self._lone() or self._printed(text)
        difference = cause.of_files(difference, files, (pair.facts for pair in pairs))
        recorded = self.recorded_first, bool(self.pairs or self.waiting)
        warnings = self.suspicions.warnings(facts for pair in pairs for facts in pair.facts)
        said = (
            remarks.of_pairs(pairs, difference),
            remarks.of_files(files, difference),
            remarks.of_printed(text, difference),
        )
        return Verdict(
            difference,
            remarks.coverage(pairs, recorded, text),
            (*(f"warning: {warning}" for warning in warnings), *(note for found in said for note in found)),
            remarks.environment(pairs),
        )

    def _pids(self) -> tuple[frozenset[str], frozenset[str]]:
        """The numbers of the processes that are compared, in each run."""
        one, two = (frozenset(str(pair.facts[run].pid) for pair in self.pairs.values()) for run in (0, 1))
        return one, two

    def _lone(self) -> Difference | None:
        """A process with events that only one run has."""
        first = [sequence.header for sequence in self.waiting_first if sequence.first_event() is not None]
        second = [waiting.header for waiting in self.waiting.values() if waiting.event is not None]
        if not first and not second:
            return None
        names = ", ".join(sorted({name_of(header) or "the main process" for header in first + second}))
        which = "run 1" if not second else "run 2" if not first else "one run"
        return Difference(PROCESSES, "", "at the start", f"only {which} has recorded: {names}", REMEDIES[PROCESSES])

    def _printed(self, text: Printed | None) -> Difference | None:
        pairs = list(self.pairs.values())
        if text is None or (text.reordered and len(remarks.compared(pairs)) > 1):
            return None
        pair = next((pair for pair in pairs if pair.streams is not None), None)
        if pair is not None:
            return cause.of_printed(text, pair.facts, pair.streams, pair.name, trained=pair.tally.steps > 0)
        return cause.of_printed(text, pairs[0].facts if pairs else (Facts(), Facts()), None, "", trained=False)

    # --- for the page ---------------------------------------------------------------------------------------------

    def _shown(self) -> Pair | None:
        return max(self.pairs.values(), key=lambda pair: len(pair.tally.curves[0]), default=None)

    def losses(self, run: int) -> "array[float]":
        """The last loss of each step, of the process that has most of them."""
        shown = self._shown()
        return array("d") if shown is None else shown.tally.curves[run]

    def strip(self) -> dict[str, list[tuple[int, int, str]]]:
        """Per layer the spans of steps that are "equal", "differs" or "not compared"."""
        shown = self._shown()
        return {} if shown is None else shown.tally.strip.spans()

    def environments(self) -> tuple[Mapping[str, object], Mapping[str, object]]:
        """What is known of the versions and settings of both runs."""
        shown = self._shown() or next(iter(self.pairs.values()), None)
        one, two = ({}, {}) if shown is None else ({**facts.environment, **facts.settings} for facts in shown.facts)
        return one, two
