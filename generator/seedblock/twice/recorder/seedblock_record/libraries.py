"""Watches the functions of `random` and NumPy that draw or seed."""

from __future__ import annotations

from _functools import partial  # type: ignore[import-not-found]  # functools.partial, built in

from seedblock_record.states import numpy_reader, python_reader
from seedblock_record.streams import Stream, Streams
from seedblock_record.unseeded import watch_entropy, watch_randoms
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
        watch_randoms(streams.unseeded, module)


def watch_numpy(streams: Streams, module: Any) -> None:
    """Watch the module `numpy.random`."""
    owner = module.mtrand._rand
    watch_entropy(streams.unseeded, getattr(module, "bit_generator", None))  # NumPy before 1.19 has none
    _watch_functions(streams, streams.add("numpy", numpy_reader(owner), module), owner)


def _watch_functions(streams: Streams, stream: Stream, owner: Any) -> None:
    """Watch the functions of the stream's module that seed it and, until its first draw, those that draw.

    owner: the object whose methods they are.
    """
    module = stream.module
    for name in SEEDS:
        if hasattr(module, name):
            setattr(module, name, Watched(getattr(module, name), partial(watched_seed, streams, stream)))
    stream.watch = partial(_watch_draws, streams, stream, owner)
    stream.watch()


def _watch_draws(streams: Streams, stream: Stream, owner: Any) -> None:
    for name, function in list(vars(stream.module).items()):
        if getattr(function, "__self__", None) is owner and name not in NO_DRAWS:
            stream.watched[name] = Watched(function, partial(_watched_draw, streams, stream))
            setattr(stream.module, name, stream.watched[name])


@transparent
def _watched_draw(streams: Streams, stream: Stream, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    if stream.settled:
        return function(*arguments, **options)
    if stream.untouched is None:  # in a fork, or before its library was ready
        streams.guard(streams.check_stream, stream)
    try:
        return function(*arguments, **options)
    finally:
        streams.guard(streams.check_stream, stream)


@transparent
def watched_seed(streams: Streams, stream: Stream, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    """Look for draws from any stream, then call a function that seeds this one."""
    streams.guard(streams.check)
    streams.unseeded.seeding = True
    try:
        result = function(*arguments, **options)
    finally:
        streams.unseeded.seeding = False
    streams.guard(streams.note_seed, stream, [*arguments, *options.values()])
    return result
