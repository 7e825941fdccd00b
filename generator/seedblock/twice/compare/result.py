"""What a comparison finds, before any cause or remedy is named. Data only."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seedblock.twice.compare.epochs import Epochs
from seedblock.twice.compare.facts import Both, Facts
from seedblock.twice.compare.printed import Printed
from seedblock.twice.compare.timeline import Span
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
    partly: a step digests only a part of the weights. without_end: the run, 1 or 2, whose record breaks off.
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
    without_end: int | None = None


class Process(NamedTuple):
    """One process or thread of both runs.

    streams: those that differ, even if nothing else does. steps_for_all: how many steps would have digested all weights, if fewer were
    taken; else 0. remarks: what was not compared.
    """

    name: str
    facts: Both
    streams: DifferingStreams | None
    steps_for_all: int
    remarks: Sequence[str]


class Result(NamedTuple):
    """All that two runs' tapes and outputs show. `curves` and `timeline` are those of the process with the most losses."""

    first: Evidence | None
    coverage: Coverage
    processes: Sequence[Process]
    printed: Printed | None
    epochs: Epochs
    curves: tuple[Sequence[float], Sequence[float]]
    timeline: Mapping[str, Sequence[Span]]
    environments: tuple[Mapping[str, object], Mapping[str, object]]
