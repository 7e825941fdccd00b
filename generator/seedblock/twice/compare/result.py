"""What a comparison finds, before any cause or remedy is named. Data only."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from seedblock.twice.compare.epochs import Epochs
from seedblock.twice.compare.facts import Both, Facts
from seedblock.twice.compare.printed import Printed
from seedblock.twice.compare.timeline import Span
from seedblock.twice.files.data import FilesCompared
from seedblock.twice.verdict import Coverage


class Found(NamedTuple):
    """A layer in which two events differ, and what differs."""

    layer: str
    what: str


class DifferingStreams(NamedTuple):
    """Random streams that differ, and where this was first seen."""

    names: list[str]
    place: str


class Evidence(NamedTuple):
    """The first difference, and what is known around it.

    layer: the one to blame: the random streams if they differed by then, else that of `found`.
    place: where `found` was found. facts: of both runs of its process.
    has_batch: whether the step had a batch from a DataLoader; unseen: the types in it that were not digested.
    partly: a step digests only a part of the weights. plain: what is saved differs in plain values only. file: what it is saved in. without_end: the run, 1 or 2, whose record breaks off.
    """

    layer: str
    found: Found
    place: str
    process: str = ""
    facts: Both = (Facts(), Facts())
    streams: DifferingStreams | None = None
    has_batch: bool = True
    unseen: str = ""
    lone: bool = False
    partly: bool = False
    plain: bool = False
    file: str = ""
    without_end: int | None = None


class Process(NamedTuple):
    """One process or thread of both runs.

    streams: those that differ, even if nothing else does. steps_for_all: how many steps would have digested all weights, if fewer were
    taken; else 0. remarks: what was not compared. has_events: whether both runs have some; a child that only draws has none.
    """

    name: str
    facts: Both
    streams: DifferingStreams | None
    steps_for_all: int
    remarks: Sequence[str]
    has_events: bool = True


class Result(NamedTuple):
    """All that two runs' tapes, outputs and files show.

    first: the first difference of the training; saved: that of what torch.save and the like wrote, all_saved: those of each file, text: that of what was printed.
    curves and timeline: those of the process with the most losses.
    """

    first: Evidence | None
    saved: Evidence | None
    all_saved: Sequence[Evidence]
    text: Evidence | None
    coverage: Coverage
    processes: Sequence[Process]
    printed: Printed | None
    files: FilesCompared | None
    epochs: Epochs
    curves: tuple[Sequence[float], Sequence[float]]
    timeline: Mapping[str, Sequence[Span]]
    environments: tuple[Mapping[str, object], Mapping[str, object]]

    @property
    def pids(self) -> tuple[frozenset[int], frozenset[int]]:
        """The process ids of each run."""
        one, two = (
            frozenset(int(pid) for process in self.processes for pid in process.facts[run].pids if pid.isdecimal())
            for run in (0, 1)
        )
        return one, two

    def without_saved(self, ignored: Callable[[str], bool]) -> "Result":
        """Leave out what was saved in files with these names."""
        saved = [evidence for evidence in self.all_saved if not ignored(evidence.file)]
        hard = next((evidence for evidence in saved if not evidence.plain), None)
        return self._replace(saved=hard or next(iter(saved), None))

    def with_files(self, files: FilesCompared) -> "Result":
        return self._replace(files=files, coverage=self.coverage._replace(files=files.identical))
