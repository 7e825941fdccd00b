"""For the page: which layer was equal, differed or was not compared, step by step."""

from typing import Any

from seedblock.twice.verdict import BY_STEP, EQUAL

MOST_PARTS = 2000  # of one layer: more are not seen on a screen


class Strip:
    """Per layer the spans of steps that are "equal", "differs" or "not compared"."""

    def __init__(self) -> None:
        self._parts: dict[str, list[list[Any]]] = {layer: [] for layer in BY_STEP}
        self._equal: dict[tuple[str, ...], tuple[int, int]] = {}  # first and last step that are not in the parts yet

    def equal(self, layers: tuple[str, ...], step: int) -> None:
        """Mark layers as equal; these are marked together, as a rule, step after step."""
        self._equal[layers] = self._equal[layers][0] if layers in self._equal else step, step

    def mark(self, layer: str, step: int, state: str) -> None:
        self._settle()
        self._mark(layer, step, state)

    def spans(self) -> dict[str, list[tuple[int, int, str]]]:
        """First and last step of each span, and its state."""
        self._settle()
        return {layer: [(first, last, state) for first, last, state in parts] for layer, parts in self._parts.items()}

    def _settle(self) -> None:
        waiting, self._equal = self._equal, {}
        for layers, steps in waiting.items():
            for layer in layers:
                for step in steps:
                    self._mark(layer, step, EQUAL)

    def _mark(self, layer: str, step: int, state: str) -> None:
        parts = self._parts[layer]
        if parts and (parts[-1][2] == state or len(parts) >= MOST_PARTS):
            parts[-1][1] = step
        else:
            parts.append([step, step, state])
