"""Tensors that are no module's: those that the script's global names hold. Names that begin with _ are left out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 8  # of dictionaries, lists and tuples in each other
MAX_LEAVES = 10_000  # of one name


def global_tensors(seen: set[int], alone: bool) -> list[tuple[str, Any]]:
    """The tensors of the script's state, with their names: `params['w']`.

    A name counts if it holds tensors only, in dictionaries, lists and tuples, and one of them is in a dictionary or is what a
    gradient is computed for. A tensor of data, of a loss or of times is neither, so it is no difference. `seen` has the identities of those that are recorded
    already. `alone`: nothing else shows a training, so every name counts that holds floating-point tensors only.
    """
    found = []
    for name, value in list(vars(sys.modules.get("__main__", sys)).items()):
        if name.startswith("_"):
            continue
        leaves = list(_leaves(name, value))
        if not leaves or len(leaves) > MAX_LEAVES or not all(_is_tensor(leaf) for _, leaf, _ in leaves):
            continue
        floating = [leaf.is_floating_point() or leaf.is_complex() for _, leaf, _ in leaves]
        is_state = any(keyed or (leaf.requires_grad and leaf.is_leaf) for _, leaf, keyed in leaves) and any(floating)
        if is_state or (alone and all(floating)):
            found += [(path, leaf) for path, leaf, _ in leaves if id(leaf) not in seen]
            seen |= {id(leaf) for _, leaf, _ in leaves}
    return found


def _leaves(name: str, value: Any, keyed: bool = False, depth: int = MAX_DEPTH) -> Iterator[tuple[str, Any, bool]]:
    """What nested containers hold, with its path, and whether a dictionary is on the way. Stops at what is no tensor."""
    kind = type(value)
    if depth and kind is dict and len(value) <= MAX_LEAVES:
        parts = [
            (f"{name}[{key!r}]" if isinstance(key, (str, int)) else f"{name}[...]", part) for key, part in value.items()
        ]
    elif depth and (kind is list or issubclass(type(value), tuple)) and len(value) <= MAX_LEAVES:
        parts = [(f"{name}[{number}]", part) for number, part in enumerate(value)]
    else:
        yield name, value, keyed
        return
    for path, part in parts:
        for leaf in _leaves(path, part, keyed or kind is dict, depth - 1):
            yield leaf
            if not _is_tensor(leaf[1]):
                return


def _is_tensor(value: Any) -> bool:
    return issubclass(type(value), sys.modules["torch"].Tensor)  # isinstance() would run the code of a proxy
