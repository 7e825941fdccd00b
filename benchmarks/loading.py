"""What seeded_loader costs beside the plain DataLoader: whole epochs, by the time that an item takes."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from benchmarks.measure import Benchmark, Measured, ratio
from benchmarks.seeding import module

PAIRS, SECONDS = 15, 0.6


class Items(Dataset[torch.Tensor]):
    """Items that each take about `milliseconds` of one core, and draw from each library as an augmentation does."""

    def __init__(self, milliseconds: float) -> None:
        self.work = np.random.default_rng(0).random(1000)
        start = perf_counter()
        for _ in range(1000):
            np.sort(self.work)
        self.repeats = max(1, round(milliseconds / (perf_counter() - start)))
        self.count = round(SECONDS * 1000 / milliseconds / 32) * 32

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> torch.Tensor:
        for _ in range(self.repeats):
            np.sort(self.work)
        return torch.rand(3) * random.random() + np.random.random()


def benchmarks() -> Iterator[Benchmark]:
    seeded_loader = module().seeded_loader
    for milliseconds in (0.2, 1, 5):
        for workers in (0, 1, 2):
            what = f"`seeded_loader`, items of {milliseconds} ms, {workers} workers"
            measure = partial(measured, seeded_loader, milliseconds, workers)
            yield Benchmark(what, "the plain DataLoader", measure, ("numpy",))


def measured(seeded_loader: Any, milliseconds: float, workers: int) -> Measured:
    items = Items(milliseconds)
    options: dict[str, Any] = {"batch_size": 32, "num_workers": workers, "persistent_workers": workers > 0}
    seeded = seeded_loader(items, 1, "train", **options)
    plain = DataLoader(items, shuffle=True, **options)
    return ratio(epoch(seeded), epoch(plain), PAIRS), ""


def epoch(loader: DataLoader[Any]) -> Callable[[], object]:
    def run() -> None:
        for _ in loader:
            pass

    return run
