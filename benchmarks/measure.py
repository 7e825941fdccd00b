"""Ratios of two things timed in turn, A B A B ..., so that a machine whose speed drifts slows both."""

import resource
import statistics
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple, TypeAlias


class Ratio(NamedTuple):
    """Median of the pairwise ratios, and the middle half of them."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


Measured: TypeAlias = tuple[Ratio | None, str]


class Benchmark(NamedTuple):
    """What is measured against what, in words; with which packages beside torch; and how.

    `measure` gives the ratio and a remark; no ratio where nothing could be measured, and why.
    """

    what: str
    against: str
    measure: Callable[[], Measured]
    packages: tuple[str, ...] = ()


def seconds(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return perf_counter() - start


def processor_seconds(action: Callable[[], object]) -> float:
    """Of this process and of those that it has started and waited for: those of a DataLoader end with the epoch."""

    def used() -> float:
        each = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in each)

    start = used()
    action()
    return used() - start


def spread(ratios: Sequence[float]) -> Ratio:
    if len(ratios) == 1:
        return Ratio(ratios[0], ratios[0], ratios[0])
    low, median, high = statistics.quantiles(ratios, n=4)
    return Ratio(median, low, high)


def ratio(
    action: Callable[[], object],
    against: Callable[[], object],
    pairs: int,
    time: Callable[[Callable[[], object]], float] = seconds,
) -> Ratio:
    """Time `action` against `against`, in `pairs` pairs after one that does not count."""
    return spread([time(action) / time(against) for _ in range(pairs + 1)][1:])


def timed(action: Callable[[], object], against: Callable[[], object], pairs: int) -> Callable[[], Measured]:
    """Make the `measure` of a benchmark of two actions."""
    return lambda: (ratio(action, against, pairs), "")
