"""Digests of what optimizers and gradient scalers carry from step to step, such as momentum."""

from __future__ import annotations

import gc
import struct
import sys
import weakref
from typing import Any

from seedblock_record.checksum import crc
from seedblock_record.content import Content
from seedblock_record.digests import encode, summary, tensor_digest
from seedblock_record.modules import MAX_WHOLE_BYTES

MAX_SCALERS = 100


def state_of(optimizer: Any, parameters: list[Any]) -> list[list[tuple[Any, Any]]]:
    """For each parameter, the name and the value of each part of its state."""
    state = vars(optimizer).get("state", {})
    found = [state.get(parameter) if parameter in state else None for parameter in parameters]
    return [sorted(part.items(), key=_name) if isinstance(part, dict) else [] for part in found]


def state_digests(parts: list[list[tuple[Any, Any]]]) -> str:
    """Digest the state of each parameter; "" if there is none at all."""
    if not any(parts):
        return ""
    tensors = [value for part in parts for _, value in part if _is_tensor(value)]
    total = sum([tensor.numel() * tensor.element_size() for tensor in tensors])
    share = min(1.0, MAX_WHOLE_BYTES / max(1, total))
    return summary([_digest(part, share) for part in parts])


def _digest(part: Any, share: float) -> int:
    digest = 0
    for name, value in part:
        if _is_tensor(value):
            one = tensor_digest(value, 0, None if share == 1 else max(1, int(value.numel() * share)))
        else:
            content = Content(rows=False)
            content.add(value)
            one = content.digest
        digest = crc(struct.pack("<I", one), crc(encode(str(name)), digest))
    return digest


class HeldState:
    """Weak references to the tensors of a state, to digest it when its optimizer is freed."""

    def __init__(self, parts: list[list[tuple[Any, Any]]]) -> None:
        self.parts = [[(name, weakref.ref(value)) for name, value in part if _is_tensor(value)] for part in parts]

    def digests(self) -> str:
        """ "" if there is none, or it is gone already."""
        parts = [[(name, reference()) for name, reference in part] for part in self.parts]
        return "" if any(value is None for part in parts for _, value in part) else state_digests(parts)


class Scalers:
    """The gradient scalers that were alive at the first loss, and those at the end. Their scalars are held: they are tiny."""

    def __init__(self) -> None:
        self.found: dict[int, tuple[Any, Any]] = {}  # by the identity of the scale, which is changed in place

    def find(self) -> None:
        kinds = _scaler_classes()
        for item in gc.get_objects() if kinds else ():
            if issubclass(type(item), kinds):
                scale = getattr(item, "_scale", None)
                if scale is not None and len(self.found) < MAX_SCALERS:
                    self.found[id(scale)] = scale, getattr(item, "_growth_tracker", None)

    def values(self) -> list[str]:
        self.find()
        return sorted(
            [f"scale {scale.item()!r}, {_steps(tracker)} since it grew" for scale, tracker in self.found.values()]
        )


def _steps(tracker: Any) -> str:
    return "no steps" if tracker is None else f"{tracker.item()} steps"


def _scaler_classes() -> tuple[type, ...]:
    names = ("torch.amp.grad_scaler", "torch.cuda.amp.grad_scaler")
    found = [getattr(sys.modules.get(name), "GradScaler", None) for name in names]
    return tuple([kind for kind in found if isinstance(kind, type)])


def _is_tensor(value: Any) -> bool:
    return isinstance(value, sys.modules["torch"].Tensor)


def _name(item: tuple[Any, Any]) -> str:
    return str(item[0])
