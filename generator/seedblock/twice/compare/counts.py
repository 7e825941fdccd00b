"""How much of one process was compared: numbers for the verdict, step by step for the page. Pure."""

import math
from array import array
from collections.abc import Iterable
from typing import Any

from seedblock.twice.compare.event_words import parts_of
from seedblock.twice.compare.timeline import Timeline
from seedblock.twice.tape.fast_lines import PlainBatch, PlainLosses
from seedblock.twice.tape.line_kinds import Event, Gone, LoneLoss, Optimizer, Step
from seedblock.twice.verdict import (
    DIFFERS,
    EQUAL,
    INITIAL,
    NOT_COMPARED,
    OF_BATCH,
    OF_STEP,
    STREAMS,
    WEIGHTS,
)


class Counts:
    """What was equal, in numbers; each run's losses and optimizers, and whether it had any event at all."""

    def __init__(self) -> None:
        self.batches = self.steps = self.losses = self.parameters = self.saved = 0
        self.has_events = [False, False]
        self.curves = array("d"), array("d")
        self.timeline = Timeline()
        self.optimizers: dict[int, Optimizer] = {}
        self._steps_left: dict[int, int] = {}  # of each optimizer, until all its weights have been digested

    # --- an event of one run ----------------------------------------------------------------------------------------

    def note(self, run: int, event: Event) -> None:
        self.has_events[run] = True
        if isinstance(event, (Step, LoneLoss)) and event.loss:
            self.curves[run].append(_number(event.loss[-1]))

    def note_plain(self, run: int, event: PlainBatch | PlainLosses) -> None:
        self.has_events[run] = True
        if isinstance(event, PlainLosses) and event.last is not None:
            self.curves[run].append(event.last)

    # --- an event of both runs --------------------------------------------------------------------------------------

    def equal(self, event: PlainBatch | PlainLosses) -> None:
        """Count an event that is the same in both runs. Only while `all_weights_seen`."""
        self.note_plain(0, event)
        self.note_plain(1, event)
        if isinstance(event, PlainBatch):
            self.equal_batch()
            return
        self.losses += event.losses
        if event.step is not None:
            self.steps += 1
            self.timeline.equal(OF_STEP, event.step)

    def equal_batch(self) -> None:
        self.batches += 1
        self.timeline.equal(OF_BATCH, self.steps)

    def equal_job(self, batches: int, steps: int, losses: int, saved: int) -> None:
        """Count what a job of a pool did, the same in both runs."""
        self.batches += batches
        self.steps += steps
        self.losses += losses
        self.saved += saved

    def differing_batch(self, layer: str) -> None:
        for one in OF_BATCH:
            self.timeline.mark(one, self.steps, DIFFERS if one == layer else NOT_COMPARED)

    def streams(self, step: int, differ: bool) -> None:
        self.timeline.mark(STREAMS, step, DIFFERS if differ else EQUAL)

    def step(self, line: Step, layers: Iterable[str]) -> None:
        """Count a step that differs in `layers`."""
        differing = {WEIGHTS if layer == INITIAL else layer for layer in layers}
        for layer in OF_STEP[1:]:
            self.timeline.mark(layer, line.step, DIFFERS if layer in differing else EQUAL)
        self.steps += 1
        left = self._steps_left.pop(line.optimizer, 0) - 1
        if left > 0:
            self._steps_left[line.optimizer] = left

    def event(self, one: Event, two: Event) -> None:
        """Count what both runs have, whether it is equal or not."""
        if isinstance(one, Optimizer):
            self.optimizers[one.optimizer] = one
            self._steps_left[one.optimizer] = one.steps_for_all
        elif isinstance(two, (Step, LoneLoss)):
            self.losses += len(two.loss_bits)

    def gone(self, line: Gone) -> None:
        """Count the weights, equal in both runs, of an optimizer that no longer exists."""
        self.parameters += len(parts_of(line.weights))
        self.optimizers.pop(line.gone, None)
        self._steps_left.pop(line.gone, None)

    @property
    def all_weights_seen(self) -> bool:
        return not self._steps_left

    @property
    def steps_for_all(self) -> int:
        """How many steps it takes to digest all weights of an optimizer that took fewer; 0 if there is none."""
        waiting = self._steps_left.keys() & self.optimizers.keys()
        return max((self.optimizers[number].steps_for_all for number in waiting), default=0)


def _number(value: Any) -> float:
    try:
        return float(value) if isinstance(value, (int, float)) else math.nan
    except OverflowError:
        return math.nan
