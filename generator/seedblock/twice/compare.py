"""Where two runs first differ, and the layer of the cause; pure.

The layers in the order of cause: the random streams, the initial weights, the order of the data, the contents of a batch,
the loss, the gradients, the weights, what is saved, what is printed. What a run computes decides whether two runs differ;
where they do, a stream that differed by then is named first, since all else follows from it.
"""

from array import array
from collections.abc import Iterable, Mapping

from seedblock.twice.causes import (
    PROBABLY,
    REMEDIES,
    Facts,
    environment_differences,
    hashes_differ,
    of_layer,
    of_streams,
)
from seedblock.twice.layers import (
    FAILED,
    FILES,
    PRINTED,
    PROCESSES,
    STREAMS,
    Coverage,
    Difference,
    Files,
    Verdict,
)
from seedblock.twice.pair import Pair
from seedblock.twice.pairing import Incoming, Sequence, choose, name_of
from seedblock.twice.printed import Printed, compare_printed
from seedblock.twice.suspicions import Suspicions
from seedblock.twice.tape import Line, Part


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
        text = compare_printed(*printed) if printed is not None else None
        difference = self._failed(exits) or self.found() or self._lone() or self._printed(text)
        difference = self._because_of_files(difference, files)
        return Verdict(
            difference, self._coverage(text), tuple(self._notes(difference, text, files)), tuple(self._environment())
        )

    # --- what decides ---------------------------------------------------------------------------------------------

    def _failed(self, exits: tuple[int | None, int | None]) -> Difference | None:
        if exits[0] == exits[1] or None in exits:
            return None
        found = self.found()
        after = "" if found is None else f"; before that they differed: {found.layer}, {found.what}, {found.place}"
        what = f"run 1 ended with exit code {exits[0]}, run 2 with {exits[1]}{after}"
        return Difference(FAILED, "", "at the end", what, REMEDIES[FAILED])

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
        if text is None or text.first is None or (text.reordered and self._coverage(text).processes > 1):
            return None
        number, one, two = text.first
        place, what = f"in line {number} of what was printed", f"{one} and {two}"
        pair = next((pair for pair in self.pairs.values() if pair.streams is not None), None)
        if pair is not None and pair.streams is not None:
            cause = of_streams(pair.streams[0], *pair.facts)
            shown = f"the streams of {', '.join(pair.streams[0])} differ; then printed output: {what}, {place}"
            return Difference(PRINTED if pair.tally.steps else STREAMS, pair.name, place, shown, cause.remedy, PROBABLY)
        facts = next((pair.facts for pair in self.pairs.values()), (Facts(), Facts()))
        cause = of_layer(PRINTED, *facts)
        return Difference(PRINTED, "", place, what, cause.remedy, cause.sure)

    def _because_of_files(self, difference: Difference | None, files: Files | None) -> Difference | None:
        """Blame a file where run 2 has loaded one that run 1 wrote and did not load."""
        if difference is None or files is None or files.fresh:
            return difference
        written = {name.replace("\\", "/").rpartition("/")[2] for name in files.written}
        first, second = (set().union(*(pair.facts[run].loaded for pair in self.pairs.values())) for run in (0, 1))
        found = sorted((second - first) & written)
        if not found:
            return difference
        what = (
            f"run 2 loaded what run 1 had written: {', '.join(found[:3])}; then {difference.layer}: {difference.what}"
        )
        return difference._replace(layer=FILES, what=what, remedy=REMEDIES[FILES], sure="")

    # --- what else is said ----------------------------------------------------------------------------------------

    def _coverage(self, text: Printed | None) -> Coverage:
        pairs = [pair for pair in self.pairs.values() if all(pair.tally.has_events)]
        counts = [
            sum(getattr(pair.tally, name) for pair in pairs)
            for name in ("batches", "steps", "losses", "parameters", "saved")
        ]
        recorded = self.recorded_first, bool(self.pairs or self.waiting)
        missed = {f"{part} ({why})" for facts in self._facts() for part, why in facts.missed.items()}
        printed = 0 if text is None else text.lines
        batches, steps, losses, parameters, saved = counts
        return Coverage(
            batches, steps, losses, parameters, saved, printed, max(1, len(pairs)), recorded, tuple(sorted(missed))
        )

    def _facts(self) -> Iterable[Facts]:
        return (facts for pair in self.pairs.values() for facts in pair.facts)

    def _environment(self) -> Iterable[str]:
        found = (line for pair in self.pairs.values() for line in environment_differences(*pair.facts))
        return dict.fromkeys(found)

    def _notes(self, difference: Difference | None, text: Printed | None, files: Files | None) -> Iterable[str]:
        yield from (f"warning: {warning}" for warning in self.suspicions.warnings(self._facts()))
        yield from dict.fromkeys(note for pair in self.pairs.values() for note in pair.notes[:5])
        coverage = self._coverage(text)
        yield from (f"not recorded to the end: {part}" for part in coverage.missed)
        if difference is None:
            for pair in self.pairs.values():
                if pair.streams is not None:
                    names, place = pair.streams
                    yield f"the streams of {', '.join(names)} differ {place}, and nothing that was compared depends on them"
                if not all(facts.ended for facts in pair.facts):
                    who = pair.name or "the script"
                    yield (
                        f"what {who} did at its end was not recorded: the disk was full, it was killed, or it left by os._exit"
                    )
                if pair.tally.unfinished:
                    yield f"not every weight was looked at in the steps: that takes {pair.tally.unfinished} steps, or --every 1"
        elif (
            difference.layer not in (STREAMS, FAILED)
            and not difference.sure
            and any(hashes_differ(*pair.facts) for pair in self.pairs.values())
        ):
            yield "hash() of a text was another one in each run (PYTHONHASHSEED): the order of a set may be the cause"
        if (
            difference is not None
            and difference.layer not in (STREAMS, FILES)
            and files
            and files.written
            and not files.fresh
        ):
            shown = ", ".join(files.written[:3]) + (" ..." if len(files.written) > 3 else "")
            yield f"run 2 found files that run 1 had written ({shown}): if the script reads them, use --fresh"
        if text is not None and text.set_aside:
            numbers = ", ".join(map(str, text.set_aside[:5])) + (" ..." if len(text.set_aside) > 5 else "")
            yield f"printed lines that differ in times, speeds, dates, paths or addresses alone: {numbers}"
        if text is not None and text.reordered and difference is None:
            yield "the printed lines came in another order"

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
