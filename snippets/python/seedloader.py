import collections
import contextlib
import hashlib
import random as python_random
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import (
    Dataset,
    RandomSampler,
    default_collate,
    default_convert,
)


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


class SeededDataset(Dataset[Any]):
    """Samples, batches and order that are the same for any number of workers.

    It wraps a map-style dataset, and is the DataLoader's sampler too. What random, NumPy
    and torch on the CPU draw for a sample depends on seed, epoch, index and, for an index
    that comes several times, on which time it is. sampler: of the indices, shuffled if
    None. collate_fn: may draw; give DataLoader this object's collate, not it. reseed: is
    called with a seed before each sample, for generators of the dataset's own. A dataset's
    __getitems__ is not used: one draw for a batch would make its samples depend on it.
    """

    def __init__(
        self,
        dataset: Any,
        seed: int,
        sampler: Any = None,
        collate_fn: Callable[[Any], Any] | None = None,
        reseed: Callable[[int], Any] | None = None,
    ) -> None:
        if getattr(sampler, "generator", None) is not None:
            raise ValueError("the sampler has a generator of its own: make it without")
        self.dataset, self.seed = dataset, seed
        self.sampler = RandomSampler(dataset) if sampler is None else sampler
        self.collate_fn, self.reseed = collate_fn, reseed
        self.epoch = self.start = self.iterations = 0
        self.first, self.single = (0, 0, 0), False

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Call it before each epoch; start: how many of its samples are used already."""
        if not 0 <= start <= len(self.sampler):
            raise ValueError(f"start must be in [0, len(sampler)], got {start!r}")
        self.epoch, self.start, self.iterations = epoch, start, 0
        if hasattr(self.sampler, "set_epoch"):
            self.sampler.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.sampler) - self.start

    def __iter__(self) -> Iterator[tuple[int, Any, int]]:
        # A generator, as DataLoader may ask for two and use one.
        epoch, start = self.epoch, self.start
        self.iterations += 1
        if self.iterations == 2:
            warnings.warn(f"epoch {epoch} again: call set_epoch", stacklevel=2)
        with own_streams():
            seed_streams(self.seed, epoch, "order")
            order = [i.item() if torch.is_tensor(i) else i for i in self.sampler]
        times = collections.Counter[Any]()
        distinct = len(set(order)) == len(order)
        for number, index in enumerate(order):
            if number >= start:
                yield epoch, index, times[index]
            if not distinct:
                times[index] += 1

    def sample(self, key: Any) -> Any:
        if type(key) is not tuple or len(key) != 3:
            raise TypeError(f"no key: {key!r}; give DataLoader this as sampler too")
        seed = seed_streams(self.seed, *key)
        if self.reseed is not None:
            self.reseed(seed)
        return self.dataset[key[1]]

    def __getitem__(self, key: Any) -> Any:
        self.first, self.single = key, True
        with own_streams():
            return self.sample(key)

    def __getitems__(self, keys: list[Any]) -> list[Any]:
        self.first, self.single = keys[0], False
        with own_streams():
            return [self.sample(key) for key in keys]

    def collate(self, samples: Any) -> Any:
        """Give it to the DataLoader as collate_fn: what it draws depends on the batch."""
        if self.collate_fn is None:
            return default_convert(samples) if self.single else default_collate(samples)
        with own_streams():
            seed_streams(self.seed, *self.first, "collate")
            return self.collate_fn(samples)


# data = SeededDataset(train_set, seed=2020)
# loader = torch.utils.data.DataLoader(
#     data,
#     sampler=data,
#     collate_fn=data.collate,
#     batch_size=32,
#     num_workers=4,
#     generator=torch.Generator(),  # else torch's own moves
# )  # before each epoch: data.set_epoch(epoch)
