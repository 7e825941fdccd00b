"""What is said of a run before it starts, and known of it after its end. Data only."""

from typing import NamedTuple, Protocol

from seedblock.errors import SeedblockError
from seedblock.twice.run.captured_output import Streams
from seedblock.twice.tape.lines import Part


class RunError(SeedblockError):
    """A run that did not end as it should."""


class HasLayer(Protocol):
    """A first difference: during the run only its layer is shown."""

    @property
    def layer(self) -> str: ...


class Comparing(Protocol):
    """A comparison with another run, which takes lines as they come."""

    def feed(self, new: list[tuple[str, Part]]) -> None: ...

    @property
    def first(self) -> HasLayer | None: ...


class Options(NamedTuple):
    """What the command line says about every run. `timeout`: in seconds; `keep_going`: even after the first difference."""

    every: int = 0
    timeout: float | None = None
    quiet: bool = False
    keep_going: bool = False


class RunEnd(NamedTuple):
    """How a run ended.

    code: its exit code or negative signal, None if we have stopped it. asked: the signals to stop that it got meanwhile.
    """

    code: int | None
    batches: int
    steps: int
    seconds: float
    asked: tuple[int, ...] = ()


class Display(NamedTuple):
    """How one run is shown: its name, a mark before each line, where its two streams go, and the earlier run that it is like.

    alone: whether its output is ours, so that it ends where our reader does.
    """

    name: str
    mark: bytes = b""
    streams: Streams = (None, None)
    like: RunEnd | None = None
    alone: bool = False
