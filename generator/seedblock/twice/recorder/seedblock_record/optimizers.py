"""The optimizers of this process, and which part of an optimizer's parameters is digested at which step."""

from __future__ import annotations

from typing import Any

from seedblock_record.digests import summary, tensor_digest
from seedblock_record.optimizer_states import HeldState, state_digests, state_of
from seedblock_record.options import Options

MAX_TURN_BYTES = 4_000_000  # of weights, and of gradients, digested at a step: about 2 ms at 0.4 s/GB
MAX_TURN_PIECES = 64  # parts of parameters that are digested at a step


class KnownOptimizer:
    """An optimizer that has been seen: its number on the tape, its steps so far, and the turns of its parameters."""

    def __init__(self, number: int, optimizer: Any, every: int) -> None:
        self.number, self.steps = number, 0
        self.path: bytes | None = None
        parameters = parameters_of(optimizer)
        self.count = len(parameters)
        self.turns = plan_turns([(p.numel(), p.element_size()) for p in parameters], every)
        self.every_step = every == 1
        self.options = Options()
        self.held: HeldState | None = None

    def weights(self, optimizer: Any) -> str:
        """Digest this turn's weights."""
        parameters = parameters_of(optimizer)
        turn = self.turns[self.steps % len(self.turns)]
        return summary([tensor_digest(parameters[index], start, stop) for index, start, stop in turn])

    def state(self, optimizer: Any) -> str:
        """Digest the whole state, if that is wanted at each step; "" if not. Now and then, hold it weakly."""
        steps = self.steps
        if (
            steps & (steps - 1) and not self.every_step
        ):  # at 0, 1, 2, 4, 8 ...: it is made in the first step, and then stays
            return ""
        parts = state_of(optimizer, parameters_of(optimizer))
        self.held = HeldState(parts)
        return state_digests(parts) if self.every_step else ""

    def gradients(self, optimizer: Any) -> str:
        """Digest this turn's gradients."""
        parameters = parameters_of(optimizer)
        turn = self.turns[self.steps % len(self.turns)]
        return summary([tensor_digest(parameters[index].grad, start, stop) for index, start, stop in turn])


def parameters_of(optimizer: Any) -> list[Any]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def plan_turns(sizes: list[tuple[int, int]], every: int = 0) -> list[list[tuple[int, int, int]]]:
    """Divide parameters into turns, so that together they digest each element once.

    sizes: each parameter's number of elements, and bytes per element. every: the number of turns; 0 for as many as it
    takes. A turn is a list of parts of parameters: index, first element, and the one after the last.
    """
    total = sum([count * size for count, size in sizes])
    room = MAX_TURN_BYTES if every == 0 else max(1, -(-total // every))
    pieces = MAX_TURN_PIECES if every == 0 else len(sizes)
    turns: list[list[tuple[int, int, int]]] = [[]]
    left = room
    for index, (count, size) in enumerate(sizes):
        start = 0
        while True:
            if left <= 0 or len(turns[-1]) >= pieces:
                turns.append([])
                left = room
            stop = min(count, start + max(1, left // size))
            turns[-1].append((index, start, stop))
            left -= (stop - start) * size
            start = stop
            if start >= count:
                break
    return turns
