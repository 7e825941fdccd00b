"""The modules that are alive, with their parameters and buffers, and the tensors that a loss was computed from."""

from __future__ import annotations

import gc
import sys
from typing import Any

from seedblock_record.digests import tensor_digest

MAX_WHOLE_BYTES = 1_000_000_000  # when all weights are digested; beyond that, the first part of each tensor
MAX_GRAPH_NODES = 10_000  # visited in a loss's graph


def outermost_modules() -> list[Any]:
    """The modules that are alive and not part of another one."""
    torch = sys.modules["torch"]
    modules = [item for item in gc.get_objects() if issubclass(type(item), torch.nn.Module)]
    children: set[int] = set()
    for module in modules:
        children.update(id(child) for child in vars(module).get("_modules", {}).values())
    return [module for module in modules if id(module) not in children]


def named_tensors(module: Any, buffers: bool = False) -> list[tuple[str, Any]]:
    """The parameters of a module, and its buffers, with their names."""
    try:
        found = list(module.named_parameters())
        if buffers:
            found += list(module.named_buffers())
    except AttributeError:  # its class does not call super().__init__()
        return []
    return [(name.replace("_orig_mod.", ""), tensor) for name, tensor in found]  # torch.compile adds this


def leaves_of(loss: Any) -> list[Any]:
    """The tensors that a loss was computed from and that get a gradient."""
    found: list[Any] = []
    seen: set[Any] = set()
    waiting = [loss.grad_fn]
    while waiting and len(seen) < MAX_GRAPH_NODES:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.append(node.variable)
        waiting += [following for following, _ in node.next_functions]
    return found


def whole_digests(tensors: list[Any]) -> list[int]:
    """Digest whole tensors or, if together they are very large, the first part of each."""
    total = sum([tensor.numel() * tensor.element_size() for tensor in tensors])
    if total <= MAX_WHOLE_BYTES:
        return [tensor_digest(tensor) for tensor in tensors]
    return [tensor_digest(tensor, 0, max(1, tensor.numel() * MAX_WHOLE_BYTES // total)) for tensor in tensors]


def is_shared(tensor: Any) -> bool:
    """Tell whether `share_memory()` was called, so that other processes can change it. torch says yes for GPU tensors."""
    try:
        return tensor.device.type == "cpu" and bool(tensor.is_shared())
    except Exception:  # noqa: BLE001 - a tensor without storage
        return False
