import contextlib
import hashlib
import itertools
import random as python_random
import struct
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import IterableDataset, default_collate, get_worker_info


def seed_streams(*key: object) -> int:
    """Seed random, NumPy and torch on the CPU from key alone; return a seed for others."""
    text = " ".join(map(str, key))
    if " at 0x" in text:
        raise TypeError(f"an address, which is another in each run: {text!r}")
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    python, numpy, cpu, others = struct.unpack("<4I", digest)
    python_random.seed(python)
    np.random.seed(numpy)
    torch.default_generator.manual_seed(cpu)  # not torch's own: it moves the GPUs' too
    return others


@contextlib.contextmanager
def own_streams() -> Iterator[None]:
    """Work on one thread, as a worker does, and give the streams back afterwards."""
    if getattr(torch.utils.data.get_worker_info(), "worker_method", "") == "thread":
        raise RuntimeError("threads share random streams: use worker processes")
    if threading.current_thread() is not threading.main_thread():
        warnings.warn("no other thread may draw random numbers now", stacklevel=3)
    python, numpy = python_random.getstate(), np.random.get_state()
    cpu, threads = torch.get_rng_state(), torch.get_num_threads()
    try:
        torch.set_num_threads(1)  # as in a worker: sums of floats depend on it
        yield
    finally:
        python_random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        torch.set_num_threads(threads)


class SeededIterable(IterableDataset[Any]):
    """Batches of a stream that are the same for any number of workers.

    Every worker reads the whole stream; each batch is made by one worker: it alone calls
    transform on the samples and collate_fn on the batch. What random, NumPy and torch on
    the CPU draw depends on seed, epoch and the number of the batch. source: an iterable
    that can be read again, an IterableDataset for example, or a function that returns one.
    It must not split itself by worker or rank: samples would be lost. Several ranks would
    all get all batches.
    """

    def __init__(
        self,
        source: Iterable[Any] | Callable[[], Iterable[Any]],
        seed: int,
        batch_size: int,
        transform: Callable[[Any], Any] | None = None,
        collate_fn: Callable[[list[Any]], Any] = default_collate,
        drop_last: bool = False,
    ) -> None:
        self.source, self.seed, self.batch_size = source, seed, batch_size
        self.transform, self.collate_fn = transform, collate_fn
        self.drop_last = drop_last
        # Shared memory: workers that persist see it change.
        self.place = torch.zeros(3, dtype=torch.int64, device="cpu").share_memory_()

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Call it before each epoch; start: how many of its batches are used already."""
        self.place.copy_(torch.tensor([epoch, start, 0], device="cpu"))

    def __iter__(self) -> Iterator[Any]:
        epoch, start, iterations = self.place.tolist()
        worker = get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        if mine == 0:
            self.place[2] += 1
            if iterations == 1:
                warnings.warn(f"epoch {epoch} again: call set_epoch", stacklevel=2)
        with own_streams():
            seed_streams(self.seed, epoch, "order")
            stream = iter(self.source() if callable(self.source) else self.source)
        for number in itertools.count():
            with own_streams():
                seed_streams(self.seed, epoch, number)
                samples = list(itertools.islice(stream, self.batch_size))
                if not samples or (self.drop_last and len(samples) < self.batch_size):
                    return
                if number < start or (number - start) % workers != mine:
                    continue
                if self.transform is not None:
                    samples = [self.transform(sample) for sample in samples]
                batch = self.collate_fn(samples)
            yield batch


# data = SeededIterable(train_set, seed=2020, batch_size=32)
# loader = torch.utils.data.DataLoader(
#     data, batch_size=None, num_workers=4, generator=torch.Generator()
# )  # before each epoch: data.set_epoch(epoch)
