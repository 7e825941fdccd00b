"""Ratios of two things timed in turn, A B A B ..., so that a machine whose speed drifts slows both."""

import statistics
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple


class Ratio(NamedTuple):
    """Median of the pairwise ratios, and the middle half of them."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def seconds(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return perf_counter() - start


def ratio(action: Callable[[], object], against: Callable[[], object], pairs: int) -> Ratio:
    """Time `action` against `against`, in `pairs` pairs after one that does not count."""
    ratios = [seconds(action) / seconds(against) for _ in range(pairs + 1)][1:]
    low, median, high = statistics.quantiles(ratios, n=4)
    return Ratio(median, low, high)
