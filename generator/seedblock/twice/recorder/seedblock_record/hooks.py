"""torch's hooks, and the few functions of it that have none: batches, losses and steps as they come."""

from __future__ import annotations

import contextlib
import functools
import sys
import weakref
from typing import Any

from seedblock_record.content import Content
from seedblock_record.digests import tensor_digest
from seedblock_record.draws import first_draw
from seedblock_record.frames import current_line
from seedblock_record.libraries import watched_seed
from seedblock_record.optimizers import KnownOptimizer
from seedblock_record.process import settings
from seedblock_record.states import cuda_state, torch_state
from seedblock_record.streams import Stream, Streams
from seedblock_record.tape import Tape
from seedblock_record.weights import Weights
from seedblock_record.wrapping import transparent

PENDING = 32  # losses that wait for a step


class Hooks:
    """What is called at each batch, loss and step."""

    def __init__(self, tape: Tape, streams: Streams) -> None:
        self.tape, self.streams = tape, streams
        self.weights = Weights(tape)
        self.loaders: dict[int, tuple[Any, int]] = {}  # by the identity of what chooses the indices
        self.waiting: dict[int, tuple[KnownOptimizer, str]] = {}  # steps that compute the loss themselves
        self.begun = False

    def began(self) -> None:
        if not self.begun:
            self.begun = True
            self.streams.check()
            self.tape.write(settings=settings())

    def batch(self, iterator: Any, data: Any, first: bool) -> None:
        self.began()
        self.flush()
        thread = self.tape.thread
        content = Content(turn=thread.batches)
        content.add(data)
        line: dict[str, Any] = {"batch": thread.batches, "data": f"{content.digest:08x}"}
        line["samples"] = "".join([f"{row:08x}" for row in content.rows or ()])
        if content.unseen:
            line["unseen"] = sorted(content.unseen)[:5]
        if first:  # an epoch, as a rule
            line["begins"] = self.loader(iterator)
        self.tape.write(**line, streams=self.streams.states())
        thread.batches += 1

    def loader(self, iterator: Any) -> dict[str, Any]:
        sampler = getattr(iterator, "_index_sampler", None)
        kept, number = self.loaders.get(id(sampler), (None, 0))
        if kept is None or kept() is not sampler:
            number = len(self.loaders)
            with contextlib.suppress(TypeError):  # None, or a class without weak references
                self.loaders[id(sampler)] = weakref.ref(sampler), number
        inner = getattr(sampler, "sampler", sampler)
        return {
            "loader": number,
            "sampler": type(inner).__name__,
            "workers": getattr(iterator, "_num_workers", 0),
            "at": current_line(),
        }

    def loss(self, tensor: Any) -> None:
        """Keep a loss until its step. One on a CPU is digested now, in place or not; of another a copy is kept."""
        if not isinstance(tensor, sys.modules["torch"].Tensor) or tensor.numel() != 1:
            return
        self.began()
        thread = self.tape.thread
        if thread.losses and (self.weights.seen == 0 or len(thread.losses) >= PENDING):
            self.flush()
        thread.losses.append(_value(tensor) if tensor.device.type == "cpu" else tensor.detach().clone())
        self.weights.before_first(tensor, self.streams.states)

    def take_losses(self) -> dict[str, Any]:
        thread = self.tape.thread
        losses, thread.losses = thread.losses, []
        found = [loss if isinstance(loss, tuple) else _value(loss) for loss in losses]
        return {"loss": [value for value, _ in found], "loss_bits": [bits for _, bits in found]}

    def flush(self) -> None:
        """Write losses that no step has followed, with the weights as they are now."""
        if self.tape.thread.losses:
            weights = self.weights.of_losses() if self.weights.seen == 0 else ""
            number, self.tape.thread.lone_losses = self.tape.thread.lone_losses, self.tape.thread.lone_losses + 1
            self.tape.write(lone=number, **self.take_losses(), weights=weights, streams=self.streams.states())

    def step(self, optimizer: Any, closure: bool) -> None:
        """Before a step. Where it computes the loss itself, by a closure, the rest is known after it."""
        self.began()
        self.weights.before_first(None, self.streams.states)
        known = self.weights.known(optimizer)
        weights = known.weights(optimizer)
        self.waiting.pop(id(optimizer), None)  # of a step that has failed
        if closure:
            self.waiting[id(optimizer)] = known, weights
        else:
            self._write_step(optimizer, known, weights)

    def stepped(self, optimizer: Any) -> None:
        self._write_step(optimizer, *self.waiting.pop(id(optimizer)))

    def _write_step(self, optimizer: Any, known: KnownOptimizer, weights: str) -> None:
        thread = self.tape.thread
        self.tape.write(
            step=thread.steps,
            optimizer=known.number,
            turn=known.steps % len(known.turns),
            weights=weights,
            gradients=known.gradients(optimizer),
            streams=self.streams.states(),
            **self.take_losses(),
        )
        known.steps += 1
        thread.steps += 1

    def end(self) -> None:
        self.flush()
        self.weights.end()


def watch_torch(torch: Any, tape: Tape, streams: Streams) -> None:
    """Put the recorder into torch."""
    from torch.nn.modules import module as modules
    from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
    from torch.utils.data import dataloader

    from seedblock_record.saved import watch_save

    _watch_seeds(torch, streams)
    hooks = Hooks(tape, streams)
    tape.at_end.append(hooks.end)
    tape.after_fork.append(hooks.weights.after_fork)

    def step(optimizer: Any, arguments: Any, options: Any) -> None:
        if not is_compiling() and not _capturing(torch):
            closure = arguments[1] if len(arguments) > 1 else options.get("closure")  # the first one is the optimizer
            tape.guard("steps", hooks.step, optimizer, closure is not None)

    def stepped(optimizer: Any, *_: Any) -> None:
        if hooks.waiting and id(optimizer) in hooks.waiting:
            tape.guard("steps", hooks.stepped, optimizer)

    register_optimizer_step_pre_hook(step)
    register_optimizer_step_post_hook(stepped)

    stream = streams.streams["torch"]

    def registered(*_: Any) -> None:
        if not stream.settled:
            streams.guard(streams.check_stream, stream, True)

    modules.register_module_parameter_registration_hook(registered)
    iterators: Any = dataloader._BaseDataLoaderIter
    following = iterators.__next__

    @functools.wraps(following)
    @transparent
    def watched_next(self: Any) -> Any:
        first = getattr(self, "_num_yielded", 1) == 0
        data = following(self)
        tape.guard("batches", hooks.batch, self, data, first)
        return data

    iterators.__next__ = watched_next
    beginning = iterators.__init__

    @functools.wraps(beginning)
    @transparent
    def watched_init(self: Any, *arguments: Any, **options: Any) -> None:
        beginning(self, *arguments, **options)
        streams.guard(streams.check)

    iterators.__init__ = watched_init
    backward = torch.autograd.backward

    @functools.wraps(backward)
    @transparent
    def watched_backward(*arguments: Any, **options: Any) -> Any:
        if not is_compiling() and not _capturing(torch):
            tensors = arguments[0] if arguments else options.get("tensors")
            tape.guard("losses", hooks.loss, tensors)
        return backward(*arguments, **options)

    torch.autograd.backward = watched_backward
    watch_save(torch, tape)


def _watch_seeds(torch: Any, streams: Streams) -> None:
    stream = streams.add("torch", torch_state, torch)
    streams.torch_seed, streams.find_torch_draw = torch.initial_seed(), first_draw
    streams.streams["cuda"] = Stream("cuda", cuda_state)

    def watch(function: Any) -> Any:
        @functools.wraps(function)  # torch.compile knows a function, not an object that can be called
        @transparent
        def seed(*arguments: Any, **options: Any) -> Any:
            if is_compiling():
                return function(*arguments, **options)
            return watched_seed(streams, stream, function, arguments, options)

        return seed

    for name in ("manual_seed", "seed"):
        seed = watch(getattr(torch, name))
        setattr(torch, name, seed)
        setattr(torch.random, name, seed)


def is_compiling() -> bool:
    compiler = getattr(sys.modules["torch"], "compiler", None)
    return compiler is not None and bool(compiler.is_compiling())


def _capturing(torch: Any) -> bool:
    """Tell whether a CUDA graph is being captured: what a hook reads would end that."""
    return bool(torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing())


def _value(loss: Any) -> tuple[Any, str]:
    bits = f"{tensor_digest(loss):08x}"
    value = loss.data.item()
    return (value if isinstance(value, (int, float)) else str(value)), bits
