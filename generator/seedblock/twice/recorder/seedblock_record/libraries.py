"""Watches the functions of `random`, NumPy and gymnasium that draw, seed, or make a generator."""

from __future__ import annotations

from _functools import partial  # type: ignore[import-not-found]  # functools.partial, built in

from seedblock_record.states import numpy_reader, python_reader
from seedblock_record.streams import Stream, Streams, seed_text
from seedblock_record.wrapping import Watched, transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SEEDS = ("seed", "setstate", "set_state")
NO_DRAWS = {"seed", "getstate", "setstate", "get_state", "set_state"}


def watch_python(streams: Streams, module: Any) -> None:
    """Watch the module `random`, unless it is one of the script's with this name."""
    owner = getattr(module, "_inst", None)
    if owner is not None:
        _watch_functions(streams, streams.add("random", python_reader(owner), module), owner)


def watch_numpy(streams: Streams, module: Any) -> None:
    """Watch the module `numpy.random`."""
    owner = module.mtrand._rand
    if hasattr(module, "default_rng"):
        module.default_rng = _watched_maker(streams, module.default_rng, "a NumPy generator is")
    _watch_functions(streams, streams.add("numpy", numpy_reader(owner), module), owner)


def watch_environments(streams: Streams, module: Any) -> None:
    """Watch where a gymnasium environment, or one of its spaces, makes its generator without a seed."""
    what = "the generator of an environment or a space is"
    module.np_random = _watched_maker(streams, module.np_random, what)


def _watch_functions(streams: Streams, stream: Stream, owner: Any) -> None:
    """Watch the functions of the stream's module that seed it and, until its first draw, those that draw.

    owner: the object whose methods they are.
    """
    module = stream.module
    for name in SEEDS:
        if hasattr(module, name):
            setattr(module, name, Watched(getattr(module, name), partial(watched_seed, streams, stream)))
    for name, function in list(vars(module).items()):
        if getattr(function, "__self__", None) is owner and name not in NO_DRAWS:
            stream.watched[name] = Watched(function, partial(_watched_draw, streams, stream))
            setattr(module, name, stream.watched[name])


@transparent
def _watched_draw(streams: Streams, stream: Stream, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    if stream.settled:
        return function(*arguments, **options)
    try:
        return function(*arguments, **options)
    finally:
        streams.guard(streams.check_stream, stream)


def _watched_maker(streams: Streams, function: Any, what: str) -> Watched:
    """Watch a function that makes a generator from a seed. what: how one without a seed is named."""

    @transparent
    def make(function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        if seed_text([*arguments, *options.values()]) is None:
            streams.guard(streams.note_unseeded, what)
        return function(*arguments, **options)

    return Watched(function, make)


@transparent
def watched_seed(streams: Streams, stream: Stream, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    """Look for draws from any stream, then call a function that seeds this one."""
    streams.guard(streams.check)
    result = function(*arguments, **options)
    streams.guard(streams.note_seed, stream, [*arguments, *options.values()])
    return result
