"""What of one process was compared: in numbers for the verdict, and step by step for the page. Pure."""

from array import array
from collections.abc import Iterable

from seedblock.twice.compare.event_words import number_of, parts_of
from seedblock.twice.compare.timeline import Strip
from seedblock.twice.tape.fast_lines import Batch, Losses
from seedblock.twice.tape.lines import EVENTS, Line, kind_of
from seedblock.twice.verdict import (
    CONTENTS,
    DIFFERS,
    EQUAL,
    INITIAL,
    NOT_COMPARED,
    OF_BATCH,
    OF_STEP,
    ORDER,
    STREAMS,
    WEIGHTS,
)


class Tally:
    """Counts of what was equal; of both runs the losses, the optimizers, and whether there was anything to compare."""

    def __init__(self) -> None:
        self.batches = self.steps = self.losses = self.parameters = self.saved = 0
        self.has_events = [False, False]
        self.curves = array("d"), array("d")
        self.strip = Strip()
        self.optimizers: dict[int, Line] = {}
        self.turns: dict[int, int] = {}  # the steps of each optimizer until all its weights have been looked at

    # --- an event of one run, and one that both have ----------------------------------------------------------------

    def note(self, run: int, line: Line) -> None:
        kind = kind_of(line)
        if kind in EVENTS:
            self.has_events[run] = True
        if kind in ("step", "lone") and line["loss"]:
            self.curves[run].append(number_of(line["loss"][-1]))

    def note_frequent(self, run: int, event: Batch | Losses) -> None:
        self.has_events[run] = True
        if isinstance(event, Losses) and event.last is not None:
            self.curves[run].append(event.last)

    def equal(self, event: Batch | Losses) -> None:
        """Count an event that is equal in all, of an optimizer whose weights have all been looked at."""
        self.note_frequent(0, event)
        self.note_frequent(1, event)
        if isinstance(event, Batch):
            self.batches += 1
            self.strip.equal(OF_BATCH, self.steps)
            return
        self.losses += event.number
        if event.step is not None:
            self.steps += 1
            self.strip.equal(OF_STEP, event.step)

    # --- an event that was compared -----------------------------------------------------------------------------------

    def batch(self, layer: str | None) -> None:
        """`layer` is the one that differs."""
        if layer is None:
            self.batches += 1
            self.strip.equal(OF_BATCH, self.steps)
        elif layer == ORDER:
            self.strip.mark(ORDER, self.steps, DIFFERS)
            self.strip.mark(CONTENTS, self.steps, NOT_COMPARED)
        else:
            self.strip.mark(ORDER, self.steps, NOT_COMPARED)
            self.strip.mark(CONTENTS, self.steps, DIFFERS)

    def streams(self, step: int, differ: bool) -> None:
        self.strip.mark(STREAMS, step, DIFFERS if differ else EQUAL)

    def step(self, line: Line, layers: Iterable[str]) -> None:
        """`layers` are those that differ."""
        hit = {WEIGHTS if layer == INITIAL else layer for layer in layers}
        for layer in OF_STEP[1:]:
            self.strip.mark(layer, line["step"], DIFFERS if layer in hit else EQUAL)
        self.steps += 1
        left = self.turns.pop(line["optimizer"], 0) - 1
        if left > 0:
            self.turns[line["optimizer"]] = left

    def optimizer(self, line: Line) -> None:
        """An optimizer begins, with the line of its parameters."""
        self.optimizers[line["optimizer"]] = line
        self.turns[line["optimizer"]] = line["steps_for_all"]

    def gone(self, line: Line) -> None:
        """An optimizer has gone, and its weights were equal."""
        self.parameters += len(parts_of(line["weights"]))
        self.optimizers.pop(line["gone"], None)
        self.turns.pop(line["gone"], None)

    @property
    def unfinished(self) -> int:
        """In how many steps all weights of an optimizer are looked at, where that has not come about."""
        waiting = self.turns.keys() & self.optimizers.keys()
        return max((self.optimizers[number]["steps_for_all"] for number in waiting), default=0)
