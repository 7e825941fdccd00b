"""For the page: whether each layer was equal, differed or was not compared, step by step. Pure."""

from typing import Any

from seedblock.twice.verdict import BY_STEP, EQUAL

MAX_SPANS = 2000  # of one layer: a screen shows no more

Span = tuple[int, int, str]  # first and last step, and the state of the layer there


class Timeline:
    """Each layer's spans of steps in one state."""

    def __init__(self) -> None:
        self._spans: dict[str, list[list[Any]]] = {layer: [] for layer in BY_STEP}
        self._pending: dict[tuple[str, ...], tuple[int, int]] = {}  # equal steps, first and last, not in the spans yet

    def equal(self, layers: tuple[str, ...], step: int) -> None:
        """Mark several layers as equal; faster than `mark` for many equal steps in a row."""
        self._pending[layers] = self._pending[layers][0] if layers in self._pending else step, step

    def mark(self, layer: str, step: int, state: str) -> None:
        self._settle()
        self._mark(layer, step, state)

    def spans(self) -> dict[str, list[Span]]:
        self._settle()
        return {layer: [(first, last, state) for first, last, state in spans] for layer, spans in self._spans.items()}

    def _settle(self) -> None:
        pending, self._pending = self._pending, {}
        for layers, steps in pending.items():
            for layer in layers:
                for step in steps:
                    self._mark(layer, step, EQUAL)

    def _mark(self, layer: str, step: int, state: str) -> None:
        spans = self._spans[layer]
        if spans and (spans[-1][2] == state or len(spans) >= MAX_SPANS):
            spans[-1][1] = step
        else:
            spans.append([step, step, state])
