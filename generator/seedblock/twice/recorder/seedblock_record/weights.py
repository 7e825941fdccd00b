"""Parameters: those of each optimizer in turns, and all that are alive at the first step and at the end."""

from __future__ import annotations

import gc
import sys
import time
import weakref
from collections.abc import Callable
from typing import Any

from seedblock_record.digests import crc, encode, summary, tensor_digest
from seedblock_record.process import thread_name
from seedblock_record.tape import Tape

BUDGET = 4_000_000  # bytes of weights, and of gradients, that are digested at a step; at 0.4 s/GB about 2 ms
PIECES = 64  # parts of parameters that are digested at a step
WHOLE = 1_000_000_000  # bytes that are digested at the beginning and at the end; of more, parts
NAMES = 2000  # that are written
SEARCH_S = 0.3  # in all, for names of parameters


class Known:
    """An optimizer that has been seen: its number, and which part of its parameters is digested in which turn."""

    def __init__(self, number: int, optimizer: Any, every: int) -> None:
        self.number, self.steps = number, 0
        self.path: str | None = None
        parameters = parameters_of(optimizer)
        self.count = len(parameters)
        self.plan = plan([(p.numel(), p.element_size()) for p in parameters], every)
        self.turns = len(self.plan)

    def weights(self, optimizer: Any) -> str:
        """Digest this turn's weights."""
        parameters = parameters_of(optimizer)
        return summary(
            [tensor_digest(parameters[i], start, stop) for i, start, stop in self.plan[self.steps % self.turns]]
        )

    def gradients(self, optimizer: Any) -> str:
        """Digest this turn's gradients."""
        parameters = parameters_of(optimizer)
        turn = self.plan[self.steps % self.turns]
        return summary([tensor_digest(parameters[i].grad, start, stop) for i, start, stop in turn])


class Weights:
    """The optimizers and modules of this process; none is kept alive by being known."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.optimizers: dict[int, tuple[Any, Known]] = {}
        self.number = 0
        self.names: dict[int, tuple[Any, str]] = {}
        self.searched_s = 0.0
        self.begun = self.shared = False
        self.leaves: list[Any] = []
        self.backwards = 0

    def known(self, optimizer: Any) -> Known:
        """Find or begin an optimizer; one whose parameters have become others begins anew."""
        kept = self.optimizers.get(id(optimizer))
        count = sum([len(group["params"]) for group in optimizer.param_groups])
        if kept is not None and kept[0]() is optimizer and kept[1].count == count:
            return kept[1]
        thread = self.tape.thread
        known = Known(thread.optimizers, optimizer, self.tape.every)
        thread.optimizers += 1
        self.number += 1
        parameters = parameters_of(optimizer)
        names = self.names_of(parameters[:NAMES])
        shapes = crc(encode(repr([(tuple(p.shape), str(p.dtype)) for p in parameters])))
        self.tape.write(
            optimizer=known.number,
            parameters=names,
            count=known.count,
            shapes=f"{shapes:08x}",
            turns=[[index for index, _, _ in turn] for turn in known.plan] if known.turns <= NAMES else [],
            steps_for_all=known.turns,
            whole=None if self.number == 1 and self.begun else summary(whole(parameters)),
        )
        known.path = thread.path
        identity, held = id(optimizer), [_reference(p) for p in parameters]
        reference = weakref.ref(
            optimizer, lambda _: self.tape.guard("weights at the end", self._gone, identity, known, held)
        )
        self.optimizers[identity] = reference, known
        return known

    def _gone(self, identity: int, known: Known, held: list[Any]) -> None:
        """An optimizer goes, often with its model at the end of a function: the last look at its weights."""
        kept = self.optimizers.get(identity)
        if kept is not None and kept[1] is known:
            del self.optimizers[identity]
        parameters = [reference() for reference in held]
        if self.tape.thread.path != known.path:  # another thread has it in its hands
            return
        if all(parameter is not None for parameter in parameters):
            self.tape.write(gone=known.number, weights=summary(whole(parameters)))

    def names_of(self, parameters: list[Any]) -> list[str]:
        """Name each parameter as the largest module that holds it does."""
        found = [self._name(parameter) for parameter in parameters]
        if None in found and self.searched_s < SEARCH_S:
            began = time.perf_counter()
            self.names = {
                id(parameter): (_reference(parameter), name)
                for module in largest_modules()
                for name, parameter in _named(module)
            }
            self.searched_s += time.perf_counter() - began
            found = [self._name(parameter) for parameter in parameters]
        return [name or f"parameter {number}" for number, name in enumerate(found)]

    def _name(self, parameter: Any) -> str | None:
        reference, name = self.names.get(id(parameter), (None, None))
        return name if reference is not None and reference() is parameter else None

    # --- all that are alive ---------------------------------------------------------------------------------------

    def before_first(self, loss: Any, streams: Callable[[], dict[str, str]]) -> None:
        """Digest all parameters before the first step, once."""
        if loss is not None and self.number == 0:
            self.backwards += 1
            if self.backwards & (self.backwards - 1) == 0:  # at 1, 2, 4, 8 ...: they are the same each time, as a rule
                self.leaves = [_reference(leaf) for leaf in leaves(loss)]
        if not self.begun and thread_name() is None:  # which of several threads is first varies
            self.begun = True
            alive = self._alive()
            if self.shared:
                self.tape.fact(has="shared weights")
            self.tape.write(initial=alive, streams=streams())

    def of_losses(self) -> str:
        """Digest what the losses without a step were computed from."""
        found = [leaf for leaf in (reference() for reference in self.leaves) if leaf is not None]
        return summary([tensor_digest(leaf, 0, BUDGET // PIECES // leaf.element_size()) for leaf in found[:PIECES]])

    def end(self) -> None:
        if self.begun:
            self.tape.write(final=self._alive())

    def _alive(self) -> list[dict[str, Any]]:
        found, seen = [], set()
        for module in largest_modules():
            named = [(name, tensor) for name, tensor in _named(module, buffers=True)]
            if named:
                seen |= {id(tensor) for _, tensor in named}
                self.shared = self.shared or any(is_shared(tensor) for _, tensor in named)
                found.append(_entry(type(module).__name__, named))
        held = [reference() for reference in self.leaves]
        lone = [(f"tensor {n}", leaf) for n, leaf in enumerate(held) if leaf is not None and id(leaf) not in seen]
        return found + ([_entry("no module", lone)] if lone else [])

    def after_fork(self) -> None:
        self.begun, self.optimizers = False, {}


def _entry(name: str, named: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        "module": name,
        "names": [name for name, _ in named][:NAMES],
        "digests": summary(whole([t for _, t in named])),
    }


def parameters_of(optimizer: Any) -> list[Any]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def plan(sizes: list[tuple[int, int]], every: int = 0) -> list[list[tuple[int, int, int]]]:
    """Share parameters out to turns, as (index, first element, end), so that each element has its turn.

    sizes: of each parameter the elements, and the bytes of one. every: the number of turns; 0 for as many as it takes.
    """
    total = sum([count * size for count, size in sizes])
    room = BUDGET if every == 0 else max(1, -(-total // every))
    pieces = PIECES if every == 0 else len(sizes)
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


def whole(tensors: list[Any]) -> list[int]:
    """Digest tensors, of very many bytes the first part of each."""
    total = sum([tensor.numel() * tensor.element_size() for tensor in tensors])
    if total <= WHOLE:
        return [tensor_digest(tensor) for tensor in tensors]
    return [tensor_digest(tensor, 0, max(1, tensor.numel() * WHOLE // total)) for tensor in tensors]


def largest_modules() -> list[Any]:
    """The modules that are alive and are no part of another one."""
    torch = sys.modules["torch"]
    modules = [item for item in gc.get_objects() if issubclass(type(item), torch.nn.Module)]
    children: set[int] = set()
    for module in modules:
        children.update(id(child) for child in vars(module).get("_modules", {}).values())
    return [module for module in modules if id(module) not in children]


def _named(module: Any, buffers: bool = False) -> list[tuple[str, Any]]:
    try:
        found = list(module.named_parameters())
        if buffers:
            found += list(module.named_buffers())
    except AttributeError:  # of a class that does not call super().__init__()
        return []
    return [(name.replace("_orig_mod.", ""), tensor) for name, tensor in found]  # torch.compile's


def leaves(loss: Any, most: int = 10_000) -> list[Any]:
    """The tensors that a loss was computed from and that get a gradient."""
    found: list[Any] = []
    seen: set[Any] = set()
    waiting = [loss.grad_fn]
    while waiting and len(seen) < most:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.append(node.variable)
        waiting += [following for following, _ in node.next_functions]
    return found


def is_shared(tensor: Any) -> bool:
    """Tell whether other processes can change it: `share_memory()` was called. On a GPU torch says so of each."""
    try:
        return tensor.device.type == "cpu" and bool(tensor.is_shared())
    except Exception:  # noqa: BLE001 - a tensor without a storage
        return False


def _reference(tensor: Any) -> Any:
    return weakref.ref(tensor)
