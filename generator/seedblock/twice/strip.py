"""For the page: which layer was equal, differed or was not compared, step by step."""

from typing import Any

from seedblock.twice.layers import BY_STEP

MOST_PARTS = 2000  # of one layer: more are not seen on a screen


class Strip:
    """Per layer the spans of steps that are "equal", "differs" or "not compared"."""

    def __init__(self) -> None:
        self._parts: dict[str, list[list[Any]]] = {layer: [] for layer in BY_STEP}

    def mark(self, layer: str, step: int, state: str) -> None:
        parts = self._parts[layer]
        if parts and (parts[-1][2] == state or len(parts) >= MOST_PARTS):
            parts[-1][1] = step
        else:
            parts.append([step, step, state])

    def spans(self) -> dict[str, list[tuple[int, int, str]]]:
        """First and last step of each span, and its state."""
        return {layer: [(first, last, state) for first, last, state in parts] for layer, parts in self._parts.items()}
