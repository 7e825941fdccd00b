"""The random streams: their states, the first draw from each, and where each was seeded. Nothing is drawn here."""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Callable
from typing import Any

from seedblock_record.digests import crc
from seedblock_record.draws import first_draw
from seedblock_record.frames import current_line, is_importing, is_running, user_stack
from seedblock_record.tape import Tape
from seedblock_record.wrapping import Watched, transparent

OWN = 5  # places that are named
QUIET = {"seed", "getstate", "setstate", "get_state", "set_state"}


class Stream:
    """What is known of one stream. `state` reads it; None where its library is not ready."""

    def __init__(self, state: Callable[[], Any]) -> None:
        self.state = state
        self.fresh: Any = None
        self.seeded: Any = None  # its state when it was last seeded
        self.after: list[Any] = []  # the last place where nothing had been drawn yet
        self.told = self.was_drawn = self.was_seeded = self.told_again = False
        self.last_seed: str | None = None
        self.first_number: Any = None  # torch's, which tells a seed from a draw
        self.watched: dict[str, Watched] = {}
        self.module: Any = None


class Streams:
    """The streams of this process."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.streams: dict[str, Stream] = {}
        self.own: set[tuple[str, str]] = set()  # generators that are made without a seed

    def watch_environments(self, module: Any) -> None:
        """Note where an environment of gymnasium's, or a space of it, makes its generator without a seed."""
        function = module.np_random

        @functools.wraps(function)
        @transparent
        def np_random(seed: Any = None) -> Any:
            if seed is None:
                self.tape.guard("random streams", self.unseeded, "the generator of an environment or a space is")
            return function(seed)

        module.np_random = np_random

    def found(self, library: str, module: Any) -> None:
        """Begin with a library that the script has imported."""
        if library == "random":
            owner = module._inst
            self._begin("random", python_state, module)
        elif library == "numpy.random":
            owner = module.mtrand._rand
            if hasattr(module, "default_rng"):
                module.default_rng = Watched(module.default_rng, self._generator)
            self._begin("numpy", numpy_reader(owner), module)
        else:
            self._begin("torch", torch_state, module)
            self.streams["cuda"] = Stream(cuda_state)
            for name in ("manual_seed", "seed"):
                seed = self._seeding("torch", getattr(module, name))
                setattr(module, name, seed)
                setattr(module.random, name, seed)
            return
        name = {"random": "random", "numpy.random": "numpy"}[library]
        stream = self.streams[name]
        for attribute in ("seed", "setstate", "set_state"):
            if hasattr(module, attribute):
                setattr(module, attribute, Watched(getattr(module, attribute), functools.partial(self._seed, name)))
        for attribute, function in list(vars(module).items()):
            if getattr(function, "__self__", None) is owner and attribute not in QUIET:
                stream.watched[attribute] = Watched(function, functools.partial(self._draw, name))
                setattr(module, attribute, stream.watched[attribute])

    def _begin(self, name: str, state: Callable[[], Any], module: Any) -> None:
        stream = self.streams[name] = Stream(state)
        stream.fresh, stream.after, stream.module = state(), user_stack(), module
        if name == "torch":
            stream.first_number = module.initial_seed()

    # --- draws and seeds ------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Note which streams have been drawn from since the last check."""
        for name, stream in self.streams.items():
            if not stream.told and not stream.was_seeded:
                self._check(name, stream)

    def _check(self, name: str, stream: Stream, registering: bool = False) -> None:
        state = stream.state()
        if stream.fresh is None:
            stream.fresh = state
        if state == stream.fresh:
            stream.after = user_stack() or stream.after
        elif name == "torch" and stream.module.initial_seed() != stream.first_number:
            self._note_seed(name, [stream.module.initial_seed()])  # through a generator's own method
        elif is_importing():
            stream.fresh = state  # a library draws as it is loaded: nothing of the script's depends on that
        elif not stream.told and name != "cuda":
            stream.told = stream.was_drawn = True
            self._unwatch(stream)
            drawn, likely = current_line(), None
            if name == "torch":
                now = user_stack()
                likely = drawn if stream.after == now else first_draw(stream.after, now, registering)
                if likely is None and registering and drawn:
                    likely = f"{drawn} or before"
            self.tape.fact(stream=name, drawn=drawn, likely=likely)

    @transparent
    def _draw(self, name: str, function: Any, arguments: Any, options: Any) -> Any:
        stream = self.streams[name]
        if stream.told or stream.was_seeded:
            return function(*arguments, **options)
        try:
            return function(*arguments, **options)
        finally:
            self.tape.guard("random streams", self._check, name, stream)

    @transparent
    def _generator(self, function: Any, arguments: Any, options: Any) -> Any:
        if number_of([*arguments, *options.values()]) is None:
            self.tape.guard("random streams", self.unseeded, "a NumPy generator is")
        return function(*arguments, **options)

    def unseeded(self, what: str) -> None:
        """Note the first places where a generator of the script's own is made without a number."""
        where = current_line()
        if where and not is_importing() and len(self.own) < OWN and (what, where) not in self.own:
            self.own.add((what, where))
            self.tape.fact(unseeded=f"{what} made without a seed at {where}")

    @transparent
    def _seed(self, name: str, function: Any, arguments: Any, options: Any) -> Any:
        self.tape.guard("random streams", self.check)
        result = function(*arguments, **options)
        self.tape.guard("random streams", self._note_seed, name, [*arguments, *options.values()])
        return result

    def _seeding(self, name: str, function: Any) -> Any:
        @functools.wraps(function)  # a function, as torch.compile knows it
        @transparent
        def seed(*arguments: Any, **options: Any) -> Any:
            if is_compiling():
                return function(*arguments, **options)
            return self._seed(name, function, arguments, options)

        return seed

    def _note_seed(self, name: str, arguments: list[Any]) -> None:
        stream = self.streams[name]
        stream.seeded = stream.state()
        where = current_line()
        if not stream.was_seeded:
            self.tape.fact(stream=name, seeded=where, value=number_of(arguments), late=stream.was_drawn)
            if is_running("seed_everything"):
                self.tape.fact(has="seedall")
        elif where == stream.last_seed and not stream.told_again:
            stream.told_again = True
            self.tape.fact(stream=name, again=where)
        stream.last_seed = where
        stream.was_seeded = True
        self._unwatch(stream)

    @staticmethod
    def _unwatch(stream: Stream) -> None:
        for name, function in stream.watched.items():
            if getattr(stream.module, name, None) is function:
                setattr(stream.module, name, function.__wrapped__)
        stream.watched = {}

    # --- states ---------------------------------------------------------------------------------------------------

    def states(self) -> dict[str, str]:
        """The state of each stream; one that nobody has seeded or drawn from is left out."""
        found = {}
        for name, stream in self.streams.items():
            state = stream.state()
            if stream.fresh is None:
                stream.fresh = state
            if state == stream.fresh:
                continue
            if not stream.told and not stream.was_seeded:
                self._check(name, stream)
            if stream.seeded is not None and state != stream.seeded:
                stream.was_drawn = True
            found[name] = f"{state & 0xFFFFFFFF:08x}"
        return found

    def end(self) -> None:
        self.tape.write(streams=self.states(), mirrored=self.mirrored())

    def mirrored(self) -> bool:
        """Tell whether NumPy and torch were given one seed and have both been drawn from: then their numbers are equal."""
        streams = [self.streams.get(name) for name in ("numpy", "torch")]
        if not all(stream and stream.was_seeded and stream.was_drawn for stream in streams):
            return False
        twin = sys.modules["numpy.random"].RandomState(sys.modules["torch"].initial_seed() & 0xFFFFFFFF)
        return bool(numpy_reader(twin)() == self.streams["numpy"].seeded)

    def after_fork(self) -> None:
        """In a fork Python seeds `random` anew by itself, and the other streams go on."""
        stream = self.streams.get("random")
        if stream is not None:
            stream.fresh, stream.told, stream.was_seeded, stream.seeded = None, False, False, None
        for stream in self.streams.values():
            stream.told = True  # the parent's first draws are on the parent's tape


def number_of(arguments: list[Any]) -> str | None:
    """What a stream is seeded with, as text; None where it is seeded with nothing, and so anew each time."""
    if not arguments or arguments[0] is None:
        return None
    try:
        return repr(operator.index(arguments[0]))
    except Exception:  # noqa: BLE001 - no integer, whatever it says to that
        plain = isinstance(arguments[0], (float, str, list, tuple))
        return repr(arguments[0])[:60] if plain else f"a {type(arguments[0]).__name__}"


def is_compiling() -> bool:
    compiler = getattr(sys.modules["torch"], "compiler", None)
    return compiler is not None and bool(compiler.is_compiling())


def python_state() -> int:
    _, words, gauss = sys.modules["random"].getstate()
    return hash((words, 0.0 if gauss is None else gauss))  # hash(None) is an address before Python 3.12


def numpy_reader(rand: Any) -> Callable[[], Any]:
    """How to read the state of NumPy's stream: its bytes, where they lie; reading it through NumPy takes 35 microseconds."""

    import ctypes

    def state() -> int:
        generator = rand._bit_generator
        if type(generator).__name__ == "MT19937":
            return crc(ctypes.string_at(generator.ctypes.state_address, 4 * 625))
        return crc(repr(rand.get_state(legacy=False)).encode())

    return state


def torch_state() -> int:
    return crc(sys.modules["torch"].default_generator.get_state().numpy())


def cuda_state() -> int | None:
    torch = sys.modules["torch"]
    if not torch.cuda.is_initialized() or torch.cuda.is_current_stream_capturing():
        return None
    return crc(b"".join(state.numpy().tobytes() for state in torch.cuda.get_rng_state_all()))
