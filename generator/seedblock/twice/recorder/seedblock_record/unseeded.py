"""Generators made without a seed: NumPy's, by the entropy that each of them asks for, and those of `random.Random`."""

from __future__ import annotations

import gc
import os
import sys
from _functools import partial  # type: ignore[import-not-found]  # functools.partial, built in

from seedblock_record.frames import callers, current_line, is_importing, user_file
from seedblock_record.process import in_thread
from seedblock_record.wrapping import SKIPPED_FILE, Watched, transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedblock_record.tape import Tape

MAX_UNSEEDED = 5  # generators that are written down
MAX_SEARCHES = 3  # through all live objects, which take about 20 ms each
MAX_PLACES = 50  # of generators that wait
LINES_AFTER = 5  # in which a RandomState() may still get its seed

OF_LIBRARIES = {
    "gymnasium": "the generator of an environment or a space is",
    "gym": "the generator of an environment or a space is",
    "optuna": "the generator of a sampler of optuna is",
}
_LIBRARY, _RECORDER = os.path.dirname(os.__file__) + os.sep, os.path.dirname(__file__) + os.sep


class Unseeded:
    """The generators that the script has made without a seed so far. Some may still get one: these wait."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.seeding = False  # a stream is being seeded: the entropy is for that
        self.written: set[str] = set()
        self.randoms: dict[int, str] = {}  # by the identity of a random.Random
        self.states: dict[int, str] = {}  # by the entropy of a RandomState
        self.waited: set[str] = set()  # what has been in `states`
        self.searches = 0

    def asked(self, entropy: int) -> None:
        """NumPy has drawn the entropy of a generator. A RandomState draws it also where it gets a seed right after that."""
        maker, text = self._made("a NumPy generator is")
        if not text or self.seeding or maker.f_globals.get("__name__") == "numpy.random._pickle":
            return
        line = _line(maker, 0)
        seed = _argument(line)
        if "RandomState" not in line or (seed.startswith((")", "None)")) and not _seeded_later(maker)):
            self._write(text)
        elif len(self.states) < MAX_PLACES and text not in self.waited and not seed[:1].isdigit():
            self.waited.add(text)
            self.states[entropy] = text

    def seeded(self, generator: Any, arguments: Any, options: Any) -> None:
        """A random.Random has been given a seed, or none."""
        given = [*arguments, *options.values()]
        if given and given[0] is not None:
            self.randoms.pop(id(generator), None)
            return
        maker, text = self._made("a random.Random is")
        library = maker is None or maker.f_code.co_filename.startswith(_LIBRARY)
        installed = maker is not None and "-packages" in maker.f_code.co_filename
        if not text or (library and not installed):
            return
        if self.tape.path is None and not _seeded_later(maker):  # a child may end without a check
            self._write(text)
        elif len(self.randoms) < MAX_PLACES:
            self.randoms[id(generator)] = text

    def _made(self, what: str) -> tuple[Any, str]:
        """The frame that makes a generator, and where that is in words; "" if the script does not depend on it."""
        line = current_line()
        maker = next((frame for frame in callers() if not _is_ours(frame.f_code.co_filename)), None)
        if line is None or maker is None or is_importing():
            return maker, ""
        if not user_file(maker.f_code.co_filename):
            library = str(maker.f_globals.get("__name__")).partition(".")[0]
            what = OF_LIBRARIES.get(library, what if library in ("numpy", "torch") else f"a generator of {library} is")
        return maker, f"{what} made without a seed at {in_thread(line)}"

    def check(self) -> None:
        """Write down those that have got no seed by now."""
        if self.randoms:
            texts, self.randoms = list(self.randoms.values()), {}
            for text in texts:
                self._write(text)
        if self.states:
            states, self.states = self.states, {}
            alive = self._alive() if self.searches < MAX_SEARCHES else set()
            for text in [text for entropy, text in states.items() if entropy in alive]:
                self._write(text)

    def _alive(self) -> set[Any]:
        """The entropy of each RandomState that is alive and was not seeded since."""
        kind = sys.modules["numpy.random"].RandomState
        self.searches += 1
        generators = [item._bit_generator for item in gc.get_objects() if type(item) is kind]
        seeds = [getattr(generator, "_seed_seq", None) for generator in generators]
        entropies = [getattr(seed, "entropy", None) for seed in seeds]
        return {entropy for entropy in entropies if isinstance(entropy, int)}

    def _write(self, text: str) -> None:
        if text not in self.written and len(self.written) < MAX_UNSEEDED:
            self.written.add(text)
            self.tape.cause(unseeded=text)


def watch_entropy(unseeded: Unseeded, module: Any) -> None:
    """Watch `numpy.random.bit_generator`: whatever NumPy makes without a seed calls its `randbits`, and nothing else does."""

    @transparent
    def draw(function: Any, arguments: Any, options: Any) -> Any:
        entropy = function(*arguments, **options)
        if len(unseeded.written) < MAX_UNSEEDED:
            unseeded.tape.guard("random streams", unseeded.asked, entropy)
        return entropy

    if hasattr(module, "randbits"):
        module.randbits = Watched(module.randbits, draw)


def watch_randoms(unseeded: Unseeded, module: Any) -> None:
    """Watch the methods that seed a random.Random; making one calls `seed` too, and copying one `setstate`."""

    def watch(function: Any) -> Any:
        @transparent
        def seed(self: Any, *arguments: Any, **options: Any) -> Any:
            result = function(self, *arguments, **options)
            unseeded.tape.guard("random streams", partial(unseeded.seeded, self, arguments, options))
            return result

        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            setattr(seed, name, getattr(function, name))
        seed.__wrapped__ = function
        return seed

    for name in ("seed", "setstate"):
        setattr(module.Random, name, watch(vars(module.Random)[name]))


def _is_ours(filename: str) -> bool:
    return filename == SKIPPED_FILE or filename.startswith(_RECORDER) or os.path.basename(filename) == "random.py"


def _line(frame: Any, after: int) -> str:
    """A line of source after the one that a frame executes; "" if it is not known. Importing linecache is the script's."""
    lines = sys.modules.get("linecache")
    return "" if lines is None else str(lines.getline(frame.f_code.co_filename, frame.f_lineno + after))


def _argument(line: str) -> str:
    """What a line gives to a RandomState as its seed, and all that follows."""
    return "".join(line.split()).partition("RandomState(")[2].replace("seed=", "", 1)


def _seeded_later(maker: Any) -> bool:
    """Tell whether a seed follows: in a line below, or in the one that a caller is executing."""
    lines = [_line(maker, after) for after in range(LINES_AFTER + 1)]
    if maker.f_back is not None:
        lines += [_line(frame, 0) for frame in (maker.f_back, maker.f_back.f_back) if frame is not None]
    return any(".seed(" in line and ".seed()" not in line for line in lines)
