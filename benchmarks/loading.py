"""What seeded data cost beside PyTorch's own: the processor time of whole epochs, that of the workers included."""

import json
import random
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info

from benchmarks.measure import Benchmark, Measured, processor_seconds, ratio, seconds, spread
from benchmarks.seeding import SNIPPETS, module

PAIRS = 9
PLAIN = "the plain DataLoader"

# The time to the first of 10 million indices, and the most memory (kB), in a process of its own.
FIRST_BATCH = """
import json, resource, sys
from time import perf_counter
from torch.utils.data import DataLoader
sys.path.append(sys.argv[2])
from seeding import seeded_loader
data = range(10_000_000)
loader = seeded_loader(data, 1, "train") if sys.argv[1] == "seeded" else DataLoader(data, shuffle=True)
start = perf_counter()
next(iter(loader))
print(json.dumps([perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


class Items(Dataset[torch.Tensor]):
    """Items that each take about `milliseconds` of one core, and draw from each library as an augmentation does."""

    def __init__(self, milliseconds: float, count: int = 1000) -> None:
        self.work, self.count = np.random.default_rng(0).random(1000), count
        # One result at a time, as below: to keep them all would take twice as long.
        taken = min(seconds(lambda: deque((np.sort(self.work) for _ in range(1000)), 0)) for _ in range(5))
        self.repeats = max(1, round(milliseconds / taken))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> torch.Tensor:
        for _ in range(self.repeats):
            np.sort(self.work)
        return torch.rand(3) * random.random() + np.random.random()


class Rows(TensorDataset):
    """A batch of rows by one indexing."""

    def __getitems__(self, indices: list[int]) -> list[tuple[torch.Tensor, ...]]:
        return list(zip(*(tensor[indices] for tensor in self.tensors), strict=True))


class Images(Dataset[torch.Tensor]):
    """Images in memory, flipped and made brighter at random, a whole batch at once."""

    def __init__(self) -> None:
        self.images = torch.randint(256, (5000, 3, 32, 32), dtype=torch.uint8)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: list[int]) -> list[torch.Tensor]:
        images = self.images[indices].float() / 255
        flipped = torch.where(torch.rand(len(indices), 1, 1, 1) < 0.5, images.flip(3), images)
        return list(flipped * torch.empty(len(indices), 1, 1, 1).uniform_(0.8, 1.2))


class Shards(IterableDataset[torch.Tensor]):
    """Shards that are split by worker, as PyTorch's documentation shows."""

    def __init__(self, read: Callable[[int], Iterable[torch.Tensor]]) -> None:
        self.read = read

    def __iter__(self) -> Iterator[torch.Tensor]:
        worker = get_worker_info()
        for shard in range(32)[worker.id if worker else 0 :: worker.num_workers if worker else 1]:
            yield from self.read(shard)


def benchmarks() -> Iterator[Benchmark]:
    for milliseconds in (0.2, 1):
        for workers in (0, 2, 4):
            what = f"`seeded_loader`, samples of {milliseconds} ms, {workers} workers"
            yield Benchmark(what, PLAIN, partial(items, milliseconds, workers), ("numpy",))
    batched: dict[str, tuple[Callable[[], Any], tuple[str, ...]]] = {
        "TensorDataset": (lambda: Rows(torch.randn(50_000, 16), torch.arange(50_000)), ()),
        "images in memory": (Images, ()),
        "Hugging Face": (hugging_face, ("datasets",)),
    }
    for name, (make, packages) in batched.items():
        for workers in (0, 2):
            what = f"`batched=True`, {name}, 64 a batch, {workers} workers"
            yield Benchmark(what, PLAIN, partial(whole_batches, make, workers), packages)
    yield Benchmark("the first batch of 10 million indices", PLAIN, first_batch)
    for workers in (2, 4):
        what = f"`SeededShards`, samples of 0.3 ms, {workers} workers"
        yield Benchmark(what, "a stream whose shards are split by worker", partial(shards, workers))


def items(milliseconds: float, workers: int) -> Measured:
    return compared(Items(milliseconds), {"batch_size": 64, "num_workers": workers})


def whole_batches(make: Callable[[], Any], workers: int) -> Measured:
    try:
        data = make()
    except ImportError:
        return None, "not installed"
    return compared(data, {"batch_size": 64, "num_workers": workers}, batched=True)


def hugging_face() -> Any:
    datasets = import_module("datasets")
    rows = range(100_000)  # of few, the search for generators at the start of an epoch would be most of it
    columns = {"text": [f"sentence {number}" for number in rows], "label": list(rows)}
    return datasets.Dataset.from_dict(columns)


def compared(data: Any, options: dict[str, Any], **further: Any) -> Measured:
    seeded = module().seeded_loader(data, 1, f"benchmark {id(data)}", **options, **further)
    plain = DataLoader(data, shuffle=True, **options)
    return ratio(partial(deque, seeded, 0), partial(deque, plain, 0), PAIRS, processor_seconds), ""


def shards(workers: int) -> Measured:
    work = Items(0.3)

    def read(shard: int) -> Iterator[torch.Tensor]:
        return (work[index] for index in range(100))

    data = module().SeededShards(range(32), read, 1, f"benchmark {workers}", 32)
    seeded = module().ShardLoader(data, num_workers=workers)
    plain = DataLoader(Shards(read), 32, num_workers=workers)
    return ratio(partial(deque, seeded, 0), partial(deque, plain, 0), PAIRS, processor_seconds), ""


def first_batch() -> Measured:
    def measure(kind: str) -> tuple[float, float]:
        command = [sys.executable, "-c", FIRST_BATCH, kind, str(SNIPPETS)]
        output = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
        time, memory = json.loads(output)
        return time, memory

    pairs = [(measure("seeded"), measure("plain")) for _ in range(5)]
    memory = spread([seeded[1] / plain[1] for seeded, plain in pairs])
    return spread([seeded[0] / plain[0] for seeded, plain in pairs]), f"most memory {memory.median:.2f}"
