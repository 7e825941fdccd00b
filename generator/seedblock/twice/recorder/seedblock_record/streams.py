"""What is known of the random streams: their states, the first draw from each, and where each was seeded. Draws nothing."""

from __future__ import annotations

import sys
from _operator import index

from seedblock_record.frames import current_line, is_importing, is_running, user_stack
from seedblock_record.process import in_thread
from seedblock_record.states import numpy_reader
from seedblock_record.unseeded import Unseeded
from seedblock_record.wrapping import Watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from seedblock_record.tape import Tape

MAX_SEED_LENGTH = 60  # characters of a non-integer seed


class Stream:
    """What is known of one stream."""

    def __init__(self, name: str, state: Callable[[], Any], module: Any = None) -> None:
        """state: reads the stream's state; None while its library is not ready. module: where the functions that draw are."""
        self.name, self.state, self.module = name, state, module
        self.untouched: Any = None  # its state before the script has seeded it or drawn from it
        self.untouched_at: list[tuple[Any, int]] = []  # the stack when it was last seen in that state
        self.settled = False  # its first draw is known, or comes after a seed
        self.was_drawn = self.was_seeded = self.reseed_noted = False
        self.seeded: Any = None  # its state when it was last seeded
        self.last_seed: str | None = None  # the line that did it
        self.watched: dict[str, Watched] = {}
        self.watch: Callable[[], object] | None = None  # puts these in place

    def begin_again(self) -> None:
        """The stream has got a seed from the system: what came before no longer counts."""
        self.untouched, self.untouched_at, self.seeded = None, [], None
        self.settled = self.was_drawn = self.was_seeded = False
        if self.watch is not None and not self.watched:
            self.watch()

    def unwatch(self) -> None:
        for name, function in self.watched.items():
            if getattr(self.module, name, None) is function:
                setattr(self.module, name, function.__wrapped__)
        self.watched = {}


class Streams:
    """The streams of this process, by name."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.streams: dict[str, Stream] = {}
        self.unseeded = Unseeded(tape)
        self.torch_seed: Any = None  # at torch's import; a different one later means that the script has set it
        self.find_torch_draw: Any = None  # `first_draw`; only a process that imports torch needs its modules
        self.find_generators: Any = None  # `found_generators`, likewise
        self.generators: set[tuple[str, str | None]] = set()  # that are on the tape

    def guard(self, hook: Callable[..., object], *arguments: Any) -> None:
        self.tape.guard("random streams", hook, *arguments)

    def add(self, name: str, state: Callable[[], Any], module: Any) -> Stream:
        """Add a stream whose library the script has just imported."""
        stream = self.streams[name] = Stream(name, state, module)
        stream.untouched, stream.untouched_at = state(), user_stack()
        return stream

    def check(self) -> None:
        """Find out which streams have been drawn from since the last check."""
        for stream in self.streams.values():
            if not stream.settled:
                self.check_stream(stream)

    def check_stream(self, stream: Stream, registering: bool = False) -> None:
        """registering: whether the check is made because a parameter is being registered."""
        state = stream.state()
        if stream.untouched is None:
            stream.untouched = state
        if state == stream.untouched:
            stream.untouched_at = user_stack() or stream.untouched_at
        elif stream.name == "torch" and stream.module.initial_seed() != self.torch_seed:
            self.note_seed(stream, [stream.module.initial_seed()])  # by a method of the generator, which is not watched
        elif is_importing():
            stream.untouched = state  # a library draws while it is loaded: nothing in the script depends on that
        elif not stream.settled and stream.name != "cuda":
            stream.settled = stream.was_drawn = True
            stream.unwatch()
            drawn = current_line()
            likely = self._likely_draw(stream, drawn, registering) if stream.name == "torch" else None
            write = self.tape.fact if drawn is None else self.tape.cause
            write(stream=stream.name, drawn=in_thread(drawn), likely=in_thread(drawn) if likely == drawn else likely)

    def _likely_draw(self, stream: Stream, noticed: str | None, registering: bool) -> str | None:
        """Look for the line that drew from torch's stream, between the last check and the line where it was noticed."""
        now = user_stack()
        if stream.untouched_at == now:
            return noticed
        likely = self.find_torch_draw(stream.untouched_at, now, registering)
        return f"{noticed} or before" if likely is None and registering and noticed else likely

    def note_seed(self, stream: Stream, arguments: list[Any]) -> None:
        """Write down where the stream was first seeded, and where the same line seeded it again."""
        stream.seeded = stream.state()
        line = current_line()
        if not stream.was_seeded:
            self.tape.fact(stream=stream.name, seeded=line, value=seed_text(arguments), late=stream.was_drawn)
            if is_running("seed_everything"):
                self.tape.fact(has="seedall")
        elif line == stream.last_seed and not stream.reseed_noted:
            stream.reseed_noted = True
            self.tape.fact(stream=stream.name, again=line)
        stream.last_seed = line
        stream.was_seeded = stream.settled = True
        stream.unwatch()

    def states(self) -> dict[str, str]:
        """The state of each stream that has been seeded or drawn from."""
        self.tape.within("generators", self.unseeded.check)
        found = {}
        for name, stream in self.streams.items():
            state = stream.state()
            if stream.untouched is None:
                stream.untouched = state
            if state == stream.untouched:
                continue
            if not stream.settled:
                self.check_stream(stream)
            if stream.seeded is not None and state != stream.seeded:
                stream.was_drawn = True
            found[name] = f"{state & 0xFFFFFFFF:08x}"
        return found

    def note_generators(self) -> None:
        """Write down the torch.Generators that there are, with their seeds."""
        if self.find_generators is not None:
            new = dict(self.find_generators().items() - self.generators)
            self.generators.update(new.items())
            for text, seed in sorted(new.items()):
                self.tape.fact(generator=text, seed=seed)

    def end(self) -> None:
        self.tape.within("generators", self.note_generators)
        self.tape.write(streams=self.states(), mirrored=self.mirrored())

    def mirrored(self) -> bool:
        """Tell whether NumPy and torch got the same seed and were both drawn from: then their numbers are the same."""
        streams = [self.streams.get(name) for name in ("numpy", "torch")]
        if not all(stream and stream.was_seeded and stream.was_drawn for stream in streams):
            return False
        twin = sys.modules["numpy.random"].RandomState(sys.modules["torch"].initial_seed() & 0xFFFFFFFF)
        return bool(numpy_reader(twin)() == self.streams["numpy"].seeded)

    def after_fork(self) -> None:
        """Python seeds `random` anew in a fork; the other streams go on. What the parent drew first is on its tape."""
        for name, stream in self.streams.items():
            if name == "random":
                stream.begin_again()
            elif name == "numpy":
                if not stream.settled:
                    self.check_stream(stream)  # what the parent has drawn is not the fork's
            elif not stream.settled:
                # Another thread of the parent may have held the lock of torch's stream: nothing reads it here.
                stream.untouched, stream.settled = None, name == "cuda"


def seed_text(arguments: list[Any]) -> str | None:
    """Write a stream's seed as text; None if there is none: then each run gets a different seed."""
    if not arguments or arguments[0] is None:
        return None
    try:
        return repr(index(arguments[0]))
    except Exception:  # noqa: BLE001 - not an integer; an object may raise anything here
        plain = isinstance(arguments[0], (float, str, list, tuple))
        return repr(arguments[0])[:MAX_SEED_LENGTH] if plain else f"a {type(arguments[0]).__name__}"
