"""What a process's tape says about its streams, settings and generators. Pure."""

from typing import Any

from seedblock.twice.tape.line_kinds import (
    EVENTS,
    Batch,
    Drawn,
    End,
    Has,
    Header,
    Initial,
    Line,
    Loaded,
    LoneLoss,
    Mirrored,
    Missed,
    Optimizer,
    Replaced,
    Saved,
    Seeded,
    SeededAgain,
    Source,
    Step,
    TorchSettings,
    Unseeded,
)
from seedblock.twice.verdict import LOSS, STREAMS

MAX_UNSEEDED, MAX_LOADED = 5, 100  # kept of each process

# What is no longer compared once the recorder has missed a part in either run.
OF_MISSED: dict[str, tuple[Any, ...]] = {
    "batches": (Batch,),
    "losses": (LoneLoss, Initial, LOSS),
    "steps": (Step, Optimizer),
    "saved files": (Saved,),
    "random streams": (STREAMS,),
    "torch": EVENTS,
    "the recorder": EVENTS,
}


class StreamFacts:
    """One random stream: its first draw, its first seeding, and the line that seeds it again."""

    def __init__(self) -> None:
        self.drawn: Drawn | None = None
        self.seeded: Seeded | None = None
        self.again: SeededAgain | None = None

    @property
    def draw(self) -> str:
        """The line that drew first; "" if none is known."""
        return (self.drawn.likely or self.drawn.drawn or "") if self.drawn else ""


class Facts:
    """Everything but the events of one process, collected line by line."""

    def __init__(self) -> None:
        self.streams: dict[str, StreamFacts] = {}
        self.settings: dict[str, Any] = {}
        self.environment: dict[str, Any] = {}
        self.pid: Any = None
        self.has: set[str] = set()
        self.loaded: set[str] = set()
        self.unseeded: list[str] = []
        self.sources: dict[str, str] = {}
        self.missed: dict[str, str] = {}
        self.mirrored = False
        self.ended = self.replaced = False

    def add(self, line: Line) -> None:
        match line:
            case Drawn():
                stream = self._stream(line.stream)
                stream.drawn = stream.drawn or line
            case Seeded():
                stream = self._stream(line.stream)
                stream.seeded = stream.seeded or line
            case SeededAgain():
                stream = self._stream(line.stream)
                stream.again = stream.again or line
            case TorchSettings():
                self.settings = self.settings or line.settings
            case Header():
                self.environment = self.environment or line.environment
                self.pid = line.process.get("pid")
            case Has():
                self.has.add(line.has)
            case Unseeded() if len(self.unseeded) < MAX_UNSEEDED:
                self.unseeded.append(line.unseeded)
            case Loaded() if len(self.loaded) < MAX_LOADED:
                self.loaded.add(line.loaded)
            case Source():
                self.sources.setdefault(line.source, line.sha256)
            case Missed():
                self.missed.setdefault(line.missed, line.why)
            case Mirrored():
                self.mirrored = self.mirrored or line.mirrored
            case Replaced():
                self.replaced = True
            case End():
                self.ended = True

    def _stream(self, name: str) -> StreamFacts:
        return self.streams.setdefault(name, StreamFacts())


Both = tuple[Facts, Facts]


def never_seeded(facts: Both) -> list[str]:
    """Name the streams that both runs drew from and neither seeded: these are sure to differ."""
    one, two = facts
    return sorted(
        name
        for name in one.streams.keys() & two.streams.keys()
        if all(found.streams[name].drawn and not found.streams[name].seeded for found in facts)
    )


def not_compared(facts: Both) -> set[Any]:
    """Return the kinds of events, and the layers, that the recorder did not record to the end in either run."""
    one, two = (found.missed for found in facts)
    return {kind for part in (*one, *two) for kind in OF_MISSED.get(part, ())} if one or two else set()
