"""Writes the batches, losses and steps of this process as they come."""

from __future__ import annotations

import contextlib
import sys
import weakref
from typing import Any

from seedblock_record.content import Content
from seedblock_record.digests import array_digest, plain_array, tensor_digest
from seedblock_record.frames import current_line
from seedblock_record.optimizers import KnownOptimizer
from seedblock_record.process import settings
from seedblock_record.streams import Streams
from seedblock_record.tape import Tape
from seedblock_record.weights import Weights

MAX_WAITING_LOSSES = 32  # for a step
MAX_UNSEEN_TYPES = 5  # named for a batch


class Training:
    """What is called at each batch, loss and step."""

    def __init__(self, tape: Tape, streams: Streams) -> None:
        self.tape, self.streams = tape, streams
        self.weights = Weights(tape)
        self.loaders: dict[int, tuple[Any, int]] = {}  # by the identity of the sampler
        self.waiting: dict[int, tuple[KnownOptimizer, str]] = {}  # steps with a closure that have begun
        self.begun = False

    def _begin(self) -> None:
        if not self.begun:
            self.begun = True
            self.streams.check()
            self.tape.within("generators", self.streams.note_generators)
            self.tape.write(settings=settings())

    def batch(self, iterator: Any, data: Any, first: bool) -> None:
        """first: whether it is the iterator's first batch."""
        self._begin()
        self._write_losses()
        thread = self.tape.thread
        content = Content(turn=thread.batches)
        content.add(data)
        line: dict[str, Any] = {"batch": thread.batches, "data": f"{content.digest:08x}"}
        line["samples"] = "".join([f"{row:08x}" for row in content.rows or ()])
        if content.unseen:
            line["unseen"] = sorted(content.unseen)[:MAX_UNSEEN_TYPES]
        if first:
            line["begins"] = self._loader(iterator)
        self.tape.write(**line, streams=self.streams.states())
        thread.batches += 1

    def _loader(self, iterator: Any) -> dict[str, Any]:
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
        """Keep a loss until its step: on a CPU its value and digest, elsewhere a copy, since it may change in place."""
        if not isinstance(tensor, sys.modules["torch"].Tensor) or tensor.numel() != 1:
            return
        self._begin()
        thread = self.tape.thread
        if thread.losses and (self.weights.lacks_optimizer or len(thread.losses) >= MAX_WAITING_LOSSES):
            self._write_losses()
        thread.losses.append(_value(tensor) if tensor.device.type == "cpu" else tensor.detach().clone())
        self.weights.before_first(tensor, self.streams.states)

    def _take_losses(self) -> dict[str, Any]:
        thread = self.tape.thread
        losses = thread.losses[:]
        thread.losses.clear()
        found = [loss if isinstance(loss, tuple) else _value(loss) for loss in losses]
        return {"loss": [value for value, _ in found], "loss_bits": [bits for _, bits in found]}

    def _write_losses(self) -> None:
        """Write the losses that no step has followed, with the weights as they are now."""
        thread = self.tape.thread
        if thread.losses:
            weights = self.weights.of_losses() if self.weights.lacks_optimizer else ""
            number, thread.lone_losses = thread.lone_losses, thread.lone_losses + 1
            self.tape.write(lone=number, **self._take_losses(), weights=weights, streams=self.streams.states())

    def step(self, optimizer: Any, closure: bool) -> None:
        """Called before a step. If a closure computes loss and gradients, the line is written after the step."""
        self._begin()
        self.weights.before_first(None, self.streams.states)
        known = self.weights.known(optimizer)
        weights = known.weights(optimizer)
        self.waiting.pop(id(optimizer), None)  # a step that has failed
        if closure:
            self.waiting[id(optimizer)] = known, weights
        else:
            self._write_step(optimizer, known, weights)

    def stepped(self, optimizer: Any) -> None:
        """Called after a step with a closure."""
        self._write_step(optimizer, *self.waiting.pop(id(optimizer)))

    def _write_step(self, optimizer: Any, known: KnownOptimizer, weights: str) -> None:
        thread = self.tape.thread
        gradients, streams = known.gradients(optimizer), self.streams.states()
        # By hand, as this is the most frequent line: the encoder takes 12 microseconds more.
        states = ",".join([f'"{name}":"{state}"' for name, state in streams.items()])
        beginning = (
            f'{{"step":{thread.steps},"optimizer":{known.number},"turn":{known.steps % len(known.turns)},'
            f'"weights":"{weights}","gradients":"{gradients}","streams":{{{states}}},'
        )
        more: dict[str, Any] = self._take_losses()
        if options := known.options.changed(optimizer):
            more["options"] = options
        if state := known.state(optimizer):
            more["state"] = state
        self.tape.write(beginning, **more)
        known.steps += 1
        thread.steps += 1

    def end_job(self) -> None:
        """Called when a worker of a pool has done a job."""
        self._write_losses()
        self.weights.end_job()

    def end(self) -> None:
        self._write_losses()
        self.weights.end()


def _value(loss: Any) -> tuple[Any, str]:
    """A loss as a number, or as text if JSON cannot hold it, and the digest of its bits."""
    array = plain_array(loss)
    value, digest = (loss.data.item(), tensor_digest(loss)) if array is None else (array.item(), array_digest(array))
    return (value if isinstance(value, (int, float)) else str(value)), f"{digest:08x}"
