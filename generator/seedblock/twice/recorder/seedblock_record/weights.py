"""Digests an optimizer's parameters in turns at its steps, and all live ones before the first step and at the end."""

from __future__ import annotations

import time
import weakref
from _operator import is_
from collections.abc import Callable
from typing import Any

from seedblock_record.checksum import crc
from seedblock_record.digests import encode, summary, tensor_digest
from seedblock_record.freed_modules import FreedModules
from seedblock_record.live_tensors import global_tensors
from seedblock_record.modules import is_shared, leaves_of, named_tensors, outermost_modules, whole_digests
from seedblock_record.optimizer_states import Scalers, state_digests, state_of
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
        self.freed = FreedModules()
        self.scalers = Scalers()
        self.fresh: dict[int, tuple[Any, int]] = {}  # digests of the weights at first, until an optimizer is seen

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
        thread.seen += 1
        parameters = parameters_of(optimizer)
        self._write(known, optimizer, parameters)
        known.path = thread.path
        identity, held = id(optimizer), [weakref.ref(p) for p in parameters]
        reference = weakref.ref(
            optimizer, lambda _: self.tape.guard("weights at the end", self._gone, identity, known, held)
        )
        self.optimizers[identity] = reference, known
        return known

    def _write(self, known: KnownOptimizer, optimizer: Any, parameters: list[Any]) -> None:
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
            whole=summary(self._first_digests(parameters)),
            kind=type(optimizer).__name__,
            options=known.options.changed(optimizer),
        )

    def _first_digests(self, parameters: list[Any]) -> list[int]:
        """Digest whole parameters, or take what has just been digested."""
        fresh, self.fresh = self.fresh, {}
        known = [fresh.get(id(parameter), (_nothing, 0)) for parameter in parameters]
        if all(map(is_, [found() for found, _ in known], parameters)):
            return [digest for _, digest in known]
        return whole_digests(parameters)

    def _gone(self, identity: int, known: KnownOptimizer, held: list[Any]) -> None:
        """Write the weights when an optimizer is freed, often together with its model at the end of a function."""
        kept = self.optimizers.get(identity)
        if kept is not None and kept[1] is known:
            del self.optimizers[identity]
        parameters = [reference() for reference in held]
        if self.tape.thread.path != known.path:  # another thread has freed it
            return
        if all(parameter is not None for parameter in parameters):
            state = "" if known.held is None else known.held.digests()
            self.tape.write(gone=known.number, weights=summary(whole_digests(parameters)), state=state)

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
        if loss is not None and self.lacks_optimizer:
            thread = self.tape.thread
            thread.backwards += 1
            if thread.backwards & (thread.backwards - 1) == 0:  # at 1, 2, 4, 8 ...: usually they are the same each time
                thread.leaves = [weakref.ref(leaf) for leaf in leaves_of(loss)]
        if not self.begun and thread_name() is None:  # which of several other threads comes first varies
            self.begun = True
            self.freed.stop()
            alive = self._alive()
            self.scalers.find()
            if self.shared:
                self.tape.fact(has="shared weights")
            self.tape.write(initial=alive, streams=streams())

    @property
    def lacks_optimizer(self) -> bool:
        """Whether no optimizer was seen so far, or none in this job: what its worker did before depends on chance."""
        return (self.tape.thread.seen if self.tape.thread.jobs else self.seen) == 0

    def end_job(self) -> None:
        thread = self.tape.thread
        thread.leaves, thread.backwards, thread.seen = [], 0, 0

    def of_losses(self) -> str:
        """Digest the tensors that losses without an optimizer were computed from."""
        found = [leaf for leaf in (reference() for reference in self.tape.thread.leaves) if leaf is not None]
        size = MAX_TURN_BYTES // MAX_TURN_PIECES
        return summary([tensor_digest(leaf, 0, size // leaf.element_size()) for leaf in found[:MAX_TURN_PIECES]])

    def end(self) -> None:
        """Write what is alive. Without a loss or a step, only the first process does: others may hold copies of its modules."""
        if not self.begun and not self.tape.process["main"]:
            return
        self._write_states()
        if scalers := self.scalers.values():
            self.tape.write(scalers=scalers)
        alive = self._alive(alone=not self.begun)
        if alive or self.begun:
            self.tape.write(final=alive)

    def _write_states(self) -> None:
        for reference, known in list(self.optimizers.values()):
            optimizer = reference()
            digests = "" if optimizer is None else state_digests(state_of(optimizer, parameters_of(optimizer)))
            if digests:
                self.tape.append({"state": digests, "of": known.number}, path=known.path)

    def _alive(self, alone: bool | None = None) -> list[dict[str, Any]]:
        """Digest all modules and lone tensors. alone: at the end, whether nothing else shows a training."""
        found, seen = [*self.freed.entries], set()
        for module in outermost_modules():
            tensors = named_tensors(module, buffers=True)
            if tensors:
                seen |= {id(tensor) for _, tensor in tensors}
                self.shared = self.shared or any(is_shared(tensor) for _, tensor in tensors)
                found.append(self._entry(type(module).__name__, tensors))
        held = [reference() for reference in self.tape.thread.leaves]
        lone = [(f"tensor {n}", leaf) for n, leaf in enumerate(held) if leaf is not None and id(leaf) not in seen]
        if lone:
            seen |= {id(leaf) for _, leaf in lone}
            found.append(self._entry("no module", lone))
        for reference, _ in list(self.optimizers.values()) if alone is not None else ():
            optimizer = reference()
            own = [one for one in parameters_of(optimizer) if id(one) not in seen] if optimizer is not None else []
            if own:
                seen |= {id(one) for one in own}
                found.append(
                    self._entry(type(optimizer).__name__, [(name, own[n]) for n, name in enumerate(self.names_of(own))])
                )
        if alone is not None and self.tape.process["how"] != "fork":
            found += [self._entry("a global name", [one]) for one in global_tensors(seen, alone and not found)]
        return found

    def _entry(self, module: str, tensors: list[tuple[str, Any]]) -> dict[str, Any]:
        digests = whole_digests([tensor for _, tensor in tensors])
        if self.seen == 0:
            for number, digest in enumerate(digests):
                self.fresh[id(tensors[number][1])] = weakref.ref(tensors[number][1]), digest
        return {"module": module, "names": [name for name, _ in tensors][:MAX_NAMES], "digests": summary(digests)}

    def after_fork(self) -> None:
        self.begun, self.optimizers, self.fresh = False, {}, {}
        self.freed.stop()


def _nothing() -> None:
    return None
