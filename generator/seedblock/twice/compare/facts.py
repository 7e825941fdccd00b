"""What a process's tape says about its streams, settings and generators. Pure."""

from collections.abc import Iterable
from typing import Any

from seedblock.twice.compare.printed import Known
from seedblock.twice.tape.line_kinds import (
    EVENTS,
    Batch,
    Drawn,
    End,
    Has,
    Header,
    Initial,
    Line,
    Listed,
    LiveGenerator,
    LoneLoss,
    Memory,
    Mirrored,
    Missed,
    Optimizer,
    Read,
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

A_POOL = "jobs of a pool"  # that a script has
MAX_UNSEEDED, MAX_READ, MAX_GENERATORS, MAX_LISTED = 5, 200, 50, 5  # kept of each process
OURS = frozenset({"_SeededSampler", "_SeededShare", "_KeySampler"})  # the samplers of `seedloader`

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
        self.pids: set[str] = set()  # more than one of a pool's workers
        self.has: set[str] = set()
        self.read: set[str] = set()
        self.workers: set[int] = set()  # how many each of the loaders has
        self.generators: dict[str, str | None] = {}
        self.unseeded: list[str] = []
        self.listed: list[str] = []  # the user's lines that list a folder
        self.memory: list[list[int]] = []
        self.sources: dict[str, str] = {}
        self.missed: dict[str, str] = {}
        self.mirrored = False
        self.ended = self.replaced = self.forked = False

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
                self.pids |= {str(line.process.get("pid")), str(line.process.get("parent"))}
                self.forked = line.process.get("how") == "fork"
            case Has():
                self.has.add(line.has)
            case Unseeded() if len(self.unseeded) < MAX_UNSEEDED:
                self.unseeded.append(line.unseeded)
            case Listed() if len(self.listed) < MAX_LISTED:
                self.listed.append(line.listed)
            case Memory():
                self.memory = line.memory
            case Read() if len(self.read) < MAX_READ:
                self.read.add(line.read)
            case LiveGenerator() if len(self.generators) < MAX_GENERATORS:
                self.generators.setdefault(line.generator, line.seed)
            case Batch(begins=dict(begins)):
                self._add_loader(begins)
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

    def _add_loader(self, begins: dict[str, Any]) -> None:
        if isinstance(workers := begins.get("workers"), int) and len(self.workers) < MAX_GENERATORS:
            self.workers.add(workers)
        if str(begins.get("sampler")) in OURS:
            self.has.add("seedloader")

    def _stream(self, name: str) -> StreamFacts:
        return self.streams.setdefault(name, StreamFacts())


Both = tuple[Facts, Facts]


def known_of(processes: Iterable[Facts]) -> Known:
    """Return the process ids of a run, and the ranges of memory of all its processes, joined and sorted."""
    pids, ranges = set(), []
    for facts in processes:
        pids |= facts.pids
        ranges += [(one[0], one[1]) for one in facts.memory if len(one) == 2]
    memory: list[tuple[int, int]] = []
    for begin, end in sorted(ranges):
        if memory and begin <= memory[-1][1]:
            memory[-1] = memory[-1][0], max(end, memory[-1][1])
        else:
            memory.append((begin, end))
    return Known(frozenset(pids), tuple(memory))


def never_seeded(facts: Both) -> list[str]:
    """Name the streams that both runs drew from and neither seeded: these are sure to differ."""
    one, two = facts
    return sorted(
        name
        for name in one.streams.keys() & two.streams.keys()
        if all(found.streams[name].drawn and not found.streams[name].seeded for found in facts)
    )


def workers_differ(facts: Both) -> bool:
    """Tell whether the loaders of one run have other numbers of workers than those of the other."""
    one, two = facts
    return bool(one.workers) and bool(two.workers) and one.workers != two.workers


def unseeded_generators(facts: Both) -> list[str]:
    """Say of each generator that both runs have, and that got no seed or another one in each run, where it is made."""
    one, two = facts
    live = (
        text
        for text, seed in one.generators.items()
        if text in two.generators and (seed is None or seed != two.generators[text])
    )
    return [*(text for text in one.unseeded if text in two.unseeded), *live]


def not_compared(facts: Both) -> set[Any]:
    """Return the kinds of events, and the layers, that the recorder did not record to the end in either run."""
    one, two = (found.missed for found in facts)
    return {kind for part in (*one, *two) for kind in OF_MISSED.get(part, ())} if one or two else set()
