"""Hooks the recorder into torch: by torch's own hooks, and by wrapping the few functions without one."""

from __future__ import annotations

import functools
import sys
from typing import Any

from seedblock_record.draws import first_draw
from seedblock_record.libraries import watched_seed
from seedblock_record.saved import watch_save
from seedblock_record.states import cuda_state, torch_state
from seedblock_record.streams import Stream, Streams
from seedblock_record.tape import Tape
from seedblock_record.torch_generators import found_generators
from seedblock_record.training import Training
from seedblock_record.wrapping import transparent


def watch_torch(torch: Any, tape: Tape, streams: Streams) -> None:
    # If something else is called torch, these imports fail before anything is changed.
    from torch.nn.modules import module as modules
    from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
    from torch.utils.data import dataloader

    _watch_seeds(torch, streams)
    training = Training(tape, streams)
    tape.at_end.append(training.end)
    tape.at_job.append(training.end_job)
    tape.after_fork.append(training.weights.after_fork)

    def step(optimizer: Any, arguments: Any, options: Any) -> None:
        if not is_compiling() and not _is_capturing(torch):
            closure = arguments[1] if len(arguments) > 1 else options.get("closure")  # the first one is the optimizer
            tape.guard("steps", training.step, optimizer, closure is not None)

    def stepped(optimizer: Any, *_: Any) -> None:
        if training.waiting and id(optimizer) in training.waiting:
            tape.guard("steps", training.stepped, optimizer)

    register_optimizer_step_pre_hook(step)
    register_optimizer_step_post_hook(stepped)

    stream = streams.streams["torch"]

    freed = training.weights.freed

    def registered(module: Any, name: str, parameter: Any) -> None:
        if freed.watching:
            tape.guard("weights at the end", freed.registered, module, name, parameter)
        if not stream.settled:
            streams.guard(streams.check_stream, stream, True)

    modules.register_module_parameter_registration_hook(registered)
    _watch_loaders(dataloader._BaseDataLoaderIter, training)
    _watch_backward(torch, training)
    watch_save(torch, tape)


def _watch_seeds(torch: Any, streams: Streams) -> None:
    stream = streams.add("torch", torch_state, torch)
    streams.torch_seed, streams.find_torch_draw = torch.initial_seed(), first_draw
    streams.find_generators = found_generators
    streams.streams["cuda"] = Stream("cuda", cuda_state)

    def watch(function: Any) -> Any:
        @functools.wraps(function)  # torch.compile handles functions, not callable objects
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


def _watch_loaders(iterators: Any, training: Training) -> None:
    guard, streams = training.tape.guard, training.streams
    following, beginning = iterators.__next__, iterators.__init__

    @functools.wraps(following)
    @transparent
    def watched_next(self: Any) -> Any:
        first = getattr(self, "_num_yielded", 1) == 0
        data = following(self)
        guard("batches", training.batch, self, data, first)
        return data

    @functools.wraps(beginning)
    @transparent
    def watched_init(self: Any, *arguments: Any, **options: Any) -> None:
        beginning(self, *arguments, **options)
        streams.guard(streams.check)

    iterators.__next__, iterators.__init__ = watched_next, watched_init


def _watch_backward(torch: Any, training: Training) -> None:
    guard, backward = training.tape.guard, torch.autograd.backward

    @functools.wraps(backward)
    @transparent
    def watched_backward(*arguments: Any, **options: Any) -> Any:
        if not is_compiling() and not _is_capturing(torch):
            tensors = arguments[0] if arguments else options.get("tensors")
            guard("losses", training.loss, tensors)
        return backward(*arguments, **options)

    torch.autograd.backward = watched_backward


def is_compiling() -> bool:
    compiler = getattr(sys.modules["torch"], "compiler", None)
    return compiler is not None and bool(compiler.is_compiling())


def _is_capturing(torch: Any) -> bool:
    """Tell whether a CUDA graph is being captured: reading a tensor in a hook would make it fail."""
    return bool(torch.cuda.is_initialized() and torch.cuda.is_current_stream_capturing())
