"""The plain options of an optimizer's parameter groups, such as the learning rate, and when they change."""

from __future__ import annotations

import sys
from _operator import is_
from typing import Any

HELD = (float, int, str, tuple, type(None))  # these do not change in place, so the same object is the same value
MAX_CHANGED = 40  # options that are written at one step
MAX_LENGTH = 60  # characters of a value


class Options:
    """The options of one optimizer as they were at its last step."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.texts: dict[str, str] = {}
        self.has_tensors = False

    def changed(self, optimizer: Any) -> dict[str, str]:
        """The options that are not those of the step before, as text; at the first step, all of them."""
        groups = optimizer.param_groups
        values = [value for group in groups for value in group.values() if isinstance(value, HELD)]
        # By identity, as this is done at each step: a comparison of values takes longer, and may run the script's code.
        if not self.has_tensors and len(values) == len(self.values) and all(map(is_, values, self.values)):
            return {}
        self.values = values
        before, self.texts = self.texts, self._read(groups)
        changed = {name: text for name, text in self.texts.items() if before.get(name) != text}
        return dict([*changed.items()][:MAX_CHANGED])

    def _read(self, groups: list[Any]) -> dict[str, str]:
        found = {}
        for number, group in enumerate(groups):
            where = "" if len(groups) == 1 else f" of group {number}"
            for name, value in group.items():
                self.has_tensors = self.has_tensors or (name != "params" and _is_tensor(value))
                text = None if name == "params" else _text(value)
                if text is not None:
                    found[f"{name}{where}"] = text
        return found


def _is_tensor(value: Any) -> bool:
    return isinstance(value, sys.modules["torch"].Tensor)


def _text(value: Any) -> str | None:
    """A plain value as text; None for any other: its repr may hold an address."""
    if isinstance(value, (bool, str, type(None))):
        return repr(value)[:MAX_LENGTH]
    if isinstance(value, (int, float)):  # NumPy's float64 too, whose repr is another one
        return repr(float(value) if isinstance(value, float) else int(value))[:MAX_LENGTH]
    if isinstance(value, (tuple, list)) and len(value) <= MAX_CHANGED:
        texts = [_text(part) for part in value]
        return None if None in texts else f"({', '.join([str(text) for text in texts])})"[:MAX_LENGTH]
    if _is_tensor(value) and value.numel() == 1:
        try:
            return repr(value.item())
        except RuntimeError:  # a tensor without data
            return None
    return None
