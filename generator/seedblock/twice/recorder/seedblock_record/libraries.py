"""Watches the functions of `random`, NumPy and gymnasium that draw, seed, or make a generator."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from seedblock_record.states import numpy_reader, python_state
from seedblock_record.streams import Stream, Streams, seed_text
from seedblock_record.wrapping import Watched, transparent

SEEDS = ("seed", "setstate", "set_state")
NO_DRAWS = {"seed", "getstate", "setstate", "get_state", "set_state"}


def watch_python(streams: Streams, module: Any) -> None:
    """Watch the module `random`."""
    owner = module._inst
    _watch_functions(streams, streams.add("random", python_state, module), owner)


def watch_numpy(streams: Streams, module: Any) -> None:
    """Watch the module `numpy.random`."""
    owner = module.mtrand._rand
    if hasattr(module, "default_rng"):
        module.default_rng = Watched(module.default_rng, functools.partial(_watched_default_rng, streams))
    _watch_functions(streams, streams.add("numpy", numpy_reader(owner), module), owner)


def watch_environments(streams: Streams, module: Any) -> None:
    """Watch where a gymnasium environment, or one of its spaces, makes its generator without a seed."""
    function = module.np_random

    @functools.wraps(function)
    @transparent
    def np_random(seed: Any = None) -> Any:
        if seed is None:
            streams.guard(streams.note_unseeded, "the generator of an environment or a space is")
        return function(seed)

    module.np_random = np_random


def _watch_functions(streams: Streams, stream: Stream, owner: Any) -> None:
    """Watch the functions of the stream's module that seed it and, until its first draw, those that draw.

    owner: the object whose methods they are.
    """
    module = stream.module
    for name in SEEDS:
        if hasattr(module, name):
            setattr(module, name, Watched(getattr(module, name), functools.partial(watched_seed, streams, stream)))
    for name, function in list(vars(module).items()):
        if getattr(function, "__self__", None) is owner and name not in NO_DRAWS:
            stream.watched[name] = Watched(function, functools.partial(_watched_draw, streams, stream))
            setattr(module, name, stream.watched[name])


@transparent
def _watched_draw(streams: Streams, stream: Stream, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    if stream.settled:
        return function(*arguments, **options)
    try:
        return function(*arguments, **options)
    finally:
        streams.guard(streams.check_stream, stream)


@transparent
def _watched_default_rng(streams: Streams, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    if seed_text([*arguments, *options.values()]) is None:
        streams.guard(streams.note_unseeded, "a NumPy generator is")
    return function(*arguments, **options)


@transparent
def watched_seed(streams: Streams, stream: Stream, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    """Look for draws from any stream, then call a function that seeds this one."""
    streams.guard(streams.check)
    result = function(*arguments, **options)
    streams.guard(streams.note_seed, stream, [*arguments, *options.values()])
    return result
