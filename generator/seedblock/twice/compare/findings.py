"""What both runs of one process have shown so far, event by event. Pure."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import zip_longest
from typing import Any, TypeGuard

from seedblock.twice.compare import event_layers
from seedblock.twice.compare.counts import Counts
from seedblock.twice.compare.epochs import Epochs
from seedblock.twice.compare.event_words import does, parts_of, place_of
from seedblock.twice.compare.facts import Both, Facts, never_seeded, not_compared
from seedblock.twice.compare.result import DifferingStreams, Evidence, Found, Process
from seedblock.twice.tape.fast_lines import PlainBatch, PlainLosses
from seedblock.twice.tape.line_kinds import (
    EVENTS,
    Batch,
    Event,
    Final,
    Gone,
    Line,
    LoneLoss,
    Mirrored,
    Optimizer,
    Saved,
    Scalers,
    State,
    Step,
)
from seedblock.twice.verdict import CONTENTS, FINAL, FLOW, STREAMS

MAX_SAVED = 50  # files that differ


class Findings:
    """The first difference of one process, what was counted, and what either run's tape says besides its events."""

    def __init__(self, name: str, rank: str | None, epochs: Epochs, lines: Callable[[], Iterable[Line]]) -> None:
        """`epochs` is told of run 1's batches, and of its steps if it is a rank. `lines` reads run 1 from its start."""
        self.name, self.rank, self.epochs, self.lines = name, rank, epochs, lines
        self.facts: Both = Facts(), Facts()
        self.counts = Counts()
        self.first: Evidence | None = None  # of the training
        self.saved: list[Evidence] = []
        self.streams: DifferingStreams | None = None
        self.diverged = False  # from here on the two runs' events no longer belong together
        self._has_batch, self._unseen = False, ""
        self._last: tuple[dict[type[Any], Any], dict[type[Any], Any]] = {}, {}  # lines that are compared at the end
        self._gone: tuple[dict[int, Gone], dict[int, Gone]] = {}, {}  # optimizers that only one run has lost so far
        self._states: tuple[dict[int, State], dict[int, State]] = {}, {}
        self._remarks: list[str] = []

    # --- one run's line ---------------------------------------------------------------------------------------------

    def note(self, run: int, line: Line) -> None:
        """Take any line of a run, 0 or 1."""
        if isinstance(line, EVENTS):
            self.counts.note(run, line)
            if isinstance(line, Batch) and line.begins is not None:
                self.facts[run].add(line)
            if run == 0 and isinstance(line, Batch):
                self.epochs.batch(self.name, line)
            elif run == 0 and isinstance(line, Step) and self.rank is not None:
                self.epochs.ranks.step(self.rank, line)
            return
        self.facts[run].add(line)
        if isinstance(line, (Final, Mirrored, Scalers)):
            self._last[run][type(line)] = line
        elif isinstance(line, State):
            self._states[run][line.of] = line
        elif isinstance(line, Gone):
            self._lose(run, line)

    def _lose(self, run: int, line: Gone) -> None:
        other = self._gone[1 - run].pop(line.gone, None)
        if other is None:
            self._gone[run][line.gone] = line
        elif found := event_layers.of_gone(other, line, self.counts.optimizers.get(line.gone)):
            self.report(found[0], "after the last step")
        else:
            self.counts.gone(line)

    def note_plain(self, run: int, event: PlainBatch | PlainLosses, read: Callable[[], Line]) -> None:
        """Take a plain event that has no counterpart. `read` parses it in full."""
        self.counts.note_plain(run, event)
        if run == 0:
            self._tell_epochs(event, read)

    def _tell_epochs(self, event: PlainBatch | PlainLosses, read: Callable[[], Line]) -> None:
        if isinstance(event, PlainBatch):
            self.epochs.batch(self.name, event)
        elif self.rank is not None and event.step is not None and isinstance(step := read(), Step):
            self.epochs.ranks.step(self.rank, step)

    # --- an event of both runs --------------------------------------------------------------------------------------

    @property
    def counts_plain(self) -> bool:
        """Tell whether identical plain events only need counting."""
        missed = self.facts[0].missed or self.facts[1].missed
        return self.counts.all_weights_seen and not self.diverged and not missed

    def equal(self, event: PlainBatch | PlainLosses, read: Callable[[], Line]) -> None:
        """Take a plain event that is the same in both runs."""
        self._tell_epochs(event, read)
        self.counts.equal(event)
        if isinstance(event, PlainBatch):
            self._has_batch, self._unseen = True, ""

    def is_compared(self, line: Line) -> TypeGuard[Event]:
        return isinstance(line, EVENTS) and type(line) not in not_compared(self.facts)

    def compare(self, one: Event, two: Event) -> None:
        """Compare the next event of run 1 with that of run 2."""
        if type(one) is not type(two):
            self.diverge(one, two)
            return
        skipped = not_compared(self.facts)
        if STREAMS not in skipped:
            self._compare_streams(one, two)
        found = [item for item in self._layers(one, two) if item.layer not in skipped]
        if isinstance(one, Step):
            self.counts.step(one, [item.layer for item in found])
        if found:
            self.report(found[0], place_of(one), two)

    def _layers(self, one: Event, two: Event) -> list[Found]:
        if isinstance(one, Batch) and isinstance(two, Batch):
            return self._batch(one, two)
        if isinstance(one, Saved) and isinstance(two, Saved):
            return self._saved(one, two)
        self.counts.event(one, two)
        return event_layers.of_events(one, two, self.counts.optimizers)

    def _batch(self, one: Batch, two: Batch) -> list[Found]:
        unseen = {*(one.unseen or ()), *(two.unseen or ())}
        self._has_batch, self._unseen = True, ", ".join(name[:60] for name in sorted(unseen))
        if one.data == two.data:
            self.counts.equal_batch()
            return []
        layer = CONTENTS if self.first else event_layers.order_or_contents(two, self.lines())
        self.counts.differing_batch(layer)
        return [Found(layer, "the batches differ")]

    def _saved(self, one: Saved, two: Saved) -> list[Found]:
        found, plain = event_layers.of_saved(one, two)
        self.counts.saved += not found
        if found and len(self.saved) < MAX_SAVED:
            self.saved.append(self._evidence(found[0], place_of(one), plain=plain)._replace(file=one.saved))
        return []

    def _compare_streams(self, one: Event | Mirrored, two: Event | Mirrored) -> None:
        if isinstance(one, (Optimizer, Saved)) or isinstance(two, (Optimizer, Saved)):  # they have none
            return
        names = sorted(
            name for name in one.streams.keys() | two.streams.keys() if one.streams.get(name) != two.streams.get(name)
        )
        if names and self.streams is None:
            self.streams = DifferingStreams(names, place_of(one))
        if isinstance(one, Step):
            self.counts.streams(one.step, bool(names))

    # --- differences ------------------------------------------------------------------------------------------------

    def diverge(self, one: Event | None, two: Event | None) -> None:
        """The runs do different things; None for one that is over."""
        self.diverged = True
        found = Found(FLOW, f"{does(one)} in one run, {does(two)} in the other")
        over = 0 if one is None else 1 if two is None else None
        without_end = over + 1 if over is not None and not self.facts[over].ended else None
        self.report(found, place_of(one or two), two, without_end)

    def compare_alone(self, ones: list[Event], twos: list[Event]) -> None:
        """Compare all events of two jobs."""
        for one, two in zip_longest(ones, twos):
            if one is None or two is None:
                self.diverge(one, two)
            elif not self.diverged:
                self.compare(one, two)

    def remark(self, text: str) -> None:
        """Say what is no difference, once."""
        if text not in self._remarks:
            self._remarks.insert(0, text)

    def end(self) -> None:
        """Compare what is known at the end of both runs."""
        for number, state in self._states[0].items():
            other = self._states[1].get(number)
            if other and (
                found := event_layers.of_states(state.state, other.state, self.counts.optimizers.get(number))
            ):
                self.report(found[0], "at the end")
        compared = (Mirrored, self._compare_ends), (Scalers, self._compare_scalers), (Final, self._compare_final)
        for kind, compare in compared:
            one, two = (last.get(kind) for last in self._last)
            if one is not None and two is not None:
                compare(one, two)

    def _compare_ends(self, one: Mirrored, two: Mirrored) -> None:
        if STREAMS not in not_compared(self.facts):
            self._compare_streams(one, two)

    def _compare_scalers(self, one: Scalers, two: Scalers) -> None:
        if found := event_layers.of_scalers(one, two):
            self.report(found[0], "at the end")

    def _compare_final(self, one: Final, two: Final) -> None:
        if self.first is None:
            self.counts.parameters += sum(len(parts_of(module.digests)) for module in one.final)
        if found := event_layers.of_modules(one.final, two.final, FINAL):
            self.report(found[0], "at the end")

    def report(self, found: Found, place: str, line: Event | None = None, without_end: int | None = None) -> None:
        """Keep the first difference. `line` is run 2's event."""
        if self.first is None:
            self.first = self._evidence(found, place, line, without_end)

    def _evidence(
        self, found: Found, place: str, line: Event | None = None, without_end: int | None = None, plain: bool = False
    ) -> Evidence:
        streams = self.streams
        if streams is None and (names := never_seeded(self.facts)):
            streams = DifferingStreams(names, place)
        optimizer = self.counts.optimizers.get(line.optimizer) if isinstance(line, Step) else None
        return Evidence(
            layer=found.layer if streams is None else STREAMS,
            found=found,
            place=place,
            process=self.name,
            facts=deepcopy(self.facts),  # what is known by now: more lines may come
            streams=streams,
            has_batch=self._has_batch,
            unseen=self._unseen,
            lone=isinstance(line, LoneLoss),
            partly=optimizer is not None and optimizer.steps_for_all > 1,
            plain=plain,
            without_end=without_end,
        )

    @property
    def process(self) -> Process:
        has_events = all(self.counts.has_events)
        return Process(self.name, self.facts, self.streams, self.counts.steps_for_all, self._remarks, has_events)
