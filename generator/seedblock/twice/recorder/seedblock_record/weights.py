"""Digests an optimizer's parameters in turns at its steps, and all live ones before the first step and at the end."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from typing import Any

from seedblock_record.checksum import crc
from seedblock_record.digests import encode, summary, tensor_digest
from seedblock_record.modules import is_shared, leaves_of, named_tensors, outermost_modules, whole_digests
from seedblock_record.optimizers import MAX_TURN_BYTES, MAX_TURN_PIECES, KnownOptimizer, parameters_of
from seedblock_record.process import thread_name
from seedblock_record.tape import Tape

MAX_NAMES = 2000  # of parameters, and turns, written for one optimizer or module
MAX_SEARCH_S = 0.3  # for the names of parameters, in all


class Weights:
    """The optimizers and modules of this process. Only weak references are held."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.optimizers: dict[int, tuple[Any, KnownOptimizer]] = {}
        self.seen = 0  # optimizers, in all threads
        self.names: dict[int, tuple[Any, str]] = {}
        self.searched_s = 0.0
        self.begun = self.shared = False
        self.leaves: list[Any] = []  # what a loss was computed from, until an optimizer is seen
        self.backwards = 0

    # --- optimizers -----------------------------------------------------------------------------------------------

    def known(self, optimizer: Any) -> KnownOptimizer:
        """Find an optimizer, or add it. If its number of parameters changes, it is added anew."""
        kept = self.optimizers.get(id(optimizer))
        count = sum([len(group["params"]) for group in optimizer.param_groups])
        if kept is not None and kept[0]() is optimizer and kept[1].count == count:
            return kept[1]
        thread = self.tape.thread
        known = KnownOptimizer(thread.optimizers, optimizer, self.tape.every)
        thread.optimizers += 1
        self.seen += 1
        parameters = parameters_of(optimizer)
        self._write(known, parameters)
        known.path = thread.path
        identity, held = id(optimizer), [weakref.ref(p) for p in parameters]
        reference = weakref.ref(
            optimizer, lambda _: self.tape.guard("weights at the end", self._gone, identity, known, held)
        )
        self.optimizers[identity] = reference, known
        return known

    def _write(self, known: KnownOptimizer, parameters: list[Any]) -> None:
        names = self.names_of(parameters[:MAX_NAMES])
        shapes = crc(encode(repr([(tuple(p.shape), str(p.dtype)) for p in parameters])))
        turns = [[index for index, _, _ in turn] for turn in known.turns] if len(known.turns) <= MAX_NAMES else []
        self.tape.write(
            optimizer=known.number,
            parameters=names,
            count=known.count,
            shapes=f"{shapes:08x}",
            turns=turns,
            steps_for_all=len(known.turns),
            whole=None if self.seen == 1 and self.begun else summary(whole_digests(parameters)),
        )

    def _gone(self, identity: int, known: KnownOptimizer, held: list[Any]) -> None:
        """Write the weights when an optimizer is freed, often together with its model at the end of a function."""
        kept = self.optimizers.get(identity)
        if kept is not None and kept[1] is known:
            del self.optimizers[identity]
        parameters = [reference() for reference in held]
        if self.tape.thread.path != known.path:  # another thread has freed it
            return
        if all(parameter is not None for parameter in parameters):
            self.tape.write(gone=known.number, weights=summary(whole_digests(parameters)))

    def names_of(self, parameters: list[Any]) -> list[str]:
        """Name each parameter by its path in the outermost module that holds it."""
        found = [self._name(parameter) for parameter in parameters]
        if None in found and self.searched_s < MAX_SEARCH_S:
            began = time.perf_counter()
            self.names = {
                id(parameter): (weakref.ref(parameter), name)
                for module in outermost_modules()
                for name, parameter in named_tensors(module)
            }
            self.searched_s += time.perf_counter() - began
            found = [self._name(parameter) for parameter in parameters]
        return [name or f"parameter {number}" for number, name in enumerate(found)]

    def _name(self, parameter: Any) -> str | None:
        reference, name = self.names.get(id(parameter), (None, None))
        return name if reference is not None and reference() is parameter else None

    # --- all that are alive ---------------------------------------------------------------------------------------

    def before_first(self, loss: Any, streams: Callable[[], dict[str, str]]) -> None:
        """Before the first step, digest all parameters once."""
        if loss is not None and self.seen == 0:
            self.backwards += 1
            if self.backwards & (self.backwards - 1) == 0:  # at 1, 2, 4, 8 ...: usually they are the same each time
                self.leaves = [weakref.ref(leaf) for leaf in leaves_of(loss)]
        if not self.begun and thread_name() is None:  # which of several other threads comes first varies
            self.begun = True
            alive = self._alive()
            if self.shared:
                self.tape.fact(has="shared weights")
            self.tape.write(initial=alive, streams=streams())

    def of_losses(self) -> str:
        """Digest the tensors that losses without an optimizer were computed from."""
        found = [leaf for leaf in (reference() for reference in self.leaves) if leaf is not None]
        size = MAX_TURN_BYTES // MAX_TURN_PIECES
        return summary([tensor_digest(leaf, 0, size // leaf.element_size()) for leaf in found[:MAX_TURN_PIECES]])

    def end(self) -> None:
        if self.begun:
            self.tape.write(final=self._alive())

    def _alive(self) -> list[dict[str, Any]]:
        found, seen = [], set()
        for module in outermost_modules():
            tensors = named_tensors(module, buffers=True)
            if tensors:
                seen |= {id(tensor) for _, tensor in tensors}
                self.shared = self.shared or any(is_shared(tensor) for _, tensor in tensors)
                found.append(_entry(type(module).__name__, tensors))
        held = [reference() for reference in self.leaves]
        lone = [(f"tensor {n}", leaf) for n, leaf in enumerate(held) if leaf is not None and id(leaf) not in seen]
        return found + ([_entry("no module", lone)] if lone else [])

    def after_fork(self) -> None:
        self.begun, self.optimizers = False, {}


def _entry(module: str, tensors: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        "module": module,
        "names": [name for name, _ in tensors][:MAX_NAMES],
        "digests": summary(whole_digests([tensor for _, tensor in tensors])),
    }
