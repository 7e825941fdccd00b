import collections
import contextlib
import hashlib
import io
import itertools
import operator
import pickle
import random as python_random
import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import default_collate, default_convert


def seed_streams(*key: object) -> int:
    """Seed random, NumPy and torch on the CPU from key alone; return a seed for others."""
    text = " ".join(map(str, key))
    if " at 0x" in text:
        raise TypeError(f"an index has an address, which varies: {text!r}")
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


class TensorFinder(pickle.Pickler):
    """Find the tensors in a batch, whatever holds them, as a worker does to send it."""

    def __init__(self, batch: Any) -> None:
        self.file = io.BytesIO()
        self.arrays: list[pickle.PickleBuffer] = []
        self.tensors: list[torch.Tensor] = []
        super().__init__(self.file, protocol=5, buffer_callback=self.arrays.append)
        with contextlib.suppress(Exception):  # no worker could send it
            self.dump(batch)

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or value.layout != torch.strided:
            return NotImplemented
        self.tensors.append(value)
        return int, ()  # anything: the pickle is never read


def aligned(batch: Any) -> Any:
    """Copy tensors that begin at no multiple of 64 bytes: dot products depend on that.

    torch.from_numpy(array[:, 1:]) makes one. From a worker all come aligned.
    """
    for tensor in TensorFinder(batch).tensors:
        start, strides = tensor.storage_offset(), tensor.stride()
        address = tensor.untyped_storage().data_ptr() if tensor.is_cpu else 0
        if address % 64 and tensor.numel():
            size = 1 + sum((n - 1) * stride for n, stride in zip(tensor.shape, strides))
            memory = torch.empty(start % 64 + size, dtype=tensor.dtype, device="cpu")
            memory[start % 64 :] = tensor.detach().as_strided((size,), (1,), start)
            tensor.data = memory.as_strided(tensor.shape, strides, start % 64)
    return batch


def digest(samples: Any) -> int:
    """Digest the bits of samples; those that cannot be pickled are all equal."""
    found = TensorFinder(samples)
    mark = zlib.crc32(found.file.getvalue())
    for array in found.arrays:
        mark = zlib.crc32(array.raw(), mark)
    for tensor in found.tensors:
        plain = tensor.detach().cpu().resolve_conj().flatten().view(torch.uint8)
        mark = zlib.crc32(plain.numpy().data, mark)
    return mark


# All that a sample depends on: "key", seed, epoch, index, how often the epoch had it before.
Key = tuple[str, int, int, Any, int]


def is_key(value: Any) -> bool:
    return type(value) is tuple and len(value) == 5 and value[0] == "key"


class SeededSampler(torch.utils.data.Sampler[Any]):
    """The keys of an epoch, in an order that depends on seed and epoch alone.

    sampler: a sampler or batch sampler of indices. Call set_epoch before each epoch.
    """

    def __init__(self, sampler: Any, seed: int) -> None:
        parts = (sampler, getattr(sampler, "sampler", None))  # a batch sampler has one
        self.parts = [part for part in parts if part is not None]
        if any(getattr(part, "generator", None) is not None for part in self.parts):
            raise ValueError("the sampler has a generator of its own: omit it")
        self.sampler, self.seed = sampler, int(operator.index(seed))
        self.epoch = self.start = self.passes = 0
        self.place, self.loaded = (0, 0), False  # place: epoch, keys dealt out

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """start: how many samples (of a batch sampler: batches) are used already."""
        epoch, start = int(operator.index(epoch)), int(operator.index(start))
        for part in self.parts:
            if hasattr(part, "set_epoch"):
                part.set_epoch(epoch)
        if start and not 0 <= start <= len(self.sampler):
            raise ValueError(f"start must be in [0, {len(self.sampler)}], got {start}")
        if not self.passes and (epoch, start) < (self.epoch, self.start):
            lost = f"set_epoch({self.epoch}, {self.start}) has no effect"
            warnings.warn(f"{lost}: set_epoch({epoch}, {start}) follows", stacklevel=2)
        self.epoch, self.start, self.passes = epoch, start, 0

    def state_dict(self) -> dict[str, int]:
        """For torchdata's StatefulDataLoader."""
        return dict(zip(("epoch", "start"), self.place))

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.epoch = state["epoch"]
        self.place, self.loaded = (self.epoch, state["start"]), True

    def __len__(self) -> int:
        return len(self.sampler) - self.start

    def __iter__(self) -> Iterator[Any]:
        # A generator: a DataLoader may ask for two and use one.
        epoch, start = self.place if self.loaded else (self.epoch, self.start)
        asked, self.loaded, self.passes = self.epoch, False, self.passes + 1
        keys = itertools.islice(self.keys(epoch), start, None)
        for number, item in enumerate(keys, start + 1):
            if self.epoch != asked:
                asked = self.epoch
                warnings.warn(f"set_epoch({asked}) is too late for this epoch {epoch}")
            self.place = epoch, number
            yield item

    def keys(self, epoch: int) -> Iterator[Any]:
        base = self.parts[-1]
        fixed = isinstance(base, torch.utils.data.SequentialSampler)
        if self.passes == 2 and not fixed and getattr(base, "shuffle", True):
            warnings.warn(f"epoch {epoch} again: call set_epoch before each epoch")
        with own_streams():
            seed_streams(self.seed, epoch, "order")
            items = iter(self.sampler)
            # PyTorch's samplers draw all before the first index; others may do so later.
            modules = [type(part).__module__ for part in self.parts]
            at_once = all(module.startswith("torch.") for module in modules)
            first = list(itertools.islice(items, 1 if at_once else None))
        shuffled = type(base) is torch.utils.data.RandomSampler and not base.replacement
        distinct = fixed or (shuffled and len(base) <= len(base.data_source))
        times = collections.Counter[Any]()

        def key(index: Any) -> Key:
            index = index.item() if torch.is_tensor(index) else index
            repeat = 0 if distinct else times[index]
            if not distinct:
                times[index] = repeat + 1
            return ("key", self.seed, epoch, index, repeat)

        for item in itertools.chain(first, items):
            batch = isinstance(item, (list, np.ndarray))
            yield [key(index) for index in item] if batch else key(item)


class SeededShare(SeededSampler, torch.utils.data.DistributedSampler[Any]):
    """The keys of a DistributedSampler: Lightning would deal out any other kind again."""


class SeededDataset(torch.utils.data.Dataset[Any]):
    """Samples that depend on their keys alone, which a SeededSampler gives.

    Its collate is to be the DataLoader's collate_fn. Asked for an index, it answers as the
    dataset does, whose attributes it has. seeded_loader says what the arguments are.
    """

    def __init__(
        self,
        dataset: Any,
        collate_fn: Callable[[Any], Any] | None = None,
        reseed: Callable[[int], Any] | None = None,
        batched: bool = False,
    ) -> None:
        self.collate_fn, self.reseed, self.batched = collate_fn, reseed, batched
        self.key, self.single, self.collated = ("key", 0, 0, 0, 0), False, True
        # In shared memory: what one worker has tried no other tries again.
        self.tried = torch.zeros(1, dtype=torch.bool, device="cpu").share_memory_()
        self.dataset = dataset

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy asks before there is a dataset
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if "dataset" in vars(self) and name not in vars(self):
            setattr(self.dataset, name, value)
        else:
            super().__setattr__(name, value)

    def __len__(self) -> int:
        return len(self.dataset)

    def seed_all(self, *key: Any) -> None:
        others = seed_streams(*key)
        if self.reseed is not None:
            self.reseed(others)

    def fetch(self, keys: list[Key]) -> Any:
        if self.batched:
            self.seed_all(*keys[0], "batch")
            return self.unseeded([key[3] for key in keys])
        samples = []
        for key in keys:
            self.seed_all(*key)
            samples.append(self.dataset[key[3]])
        return samples

    def unseeded(self, indices: list[Any]) -> Any:
        if callable(getattr(self.dataset, "__getitems__", None)):
            return self.dataset.__getitems__(indices)
        return [self.dataset[index] for index in indices]

    def try_twice(self, keys: list[Key]) -> None:
        self.tried[0] = True
        once, again = (digest(self.fetch(keys)) for _ in range(2))
        if once != again:
            warnings.warn(
                "a sample made twice differs: has the dataset a generator of its own? Pass "
                "reseed=, a function that seeds it"
            )

    def __getitem__(self, key: Any) -> Any:
        keys = key if isinstance(key, list) else [key]  # a list with batch_size=None
        if not keys or not is_key(keys[0]):
            return self.dataset[key]
        self.key, self.single = keys[0], True
        with own_streams():
            if keys is not key:
                return self.fetch(keys)[0]
            self.seed_all(*self.key, "batch")
            return self.dataset[[key[3] for key in keys]]

    def __getitems__(self, keys: list[Any]) -> Any:
        if is_key(keys):
            raise TypeError("a batch sampler must give lists of indices")
        if not is_key(keys[0]):
            warnings.warn("not seeded: the DataLoader has no SeededSampler")
            return self.unseeded(keys)
        if not self.collated:
            warnings.warn("DataLoader's collate_fn must be this object's collate")
        self.key, self.single = keys[0], False
        with own_streams():
            if not self.tried:
                self.try_twice(keys[:4])
            samples = self.fetch(keys)
        self.collated = False
        return samples

    def collate(self, samples: Any) -> Any:
        self.collated = True
        if self.collate_fn is None:
            batch = (default_convert if self.single else default_collate)(samples)
        else:
            with own_streams():
                self.seed_all(*self.key, "collate")
                batch = self.collate_fn(samples)
        return aligned(batch) if torch.utils.data.get_worker_info() is None else batch


def seeded_loader(
    dataset: Any,
    seed: int,
    *,
    shuffle: bool | None = None,
    sampler: Any = None,
    batch_sampler: Any = None,
    collate_fn: Callable[[Any], Any] | None = None,
    reseed: Callable[[int], Any] | None = None,
    batched: bool = False,
    deal: Callable[[Any], Any] | None = None,
    loader_class: Callable[..., Any] = torch.utils.data.DataLoader,
    **options: Any,
) -> Any:
    """Return a DataLoader whose data are the same bits for any number of workers.

    The order, and what random, NumPy and torch on the CPU draw for a sample or a batch,
    depend on seed and epoch alone. Call loader.sampler.set_epoch(epoch) before each epoch
    (with a batch_sampler: loader.batch_sampler.set_epoch). To resume within an epoch, pass
    start: how many of its samples (with a batch_sampler: batches) are used already.

    shuffle is on unless you pass False or a sampler. reseed seeds random generators of the
    dataset's own: it is called with a seed before each sample and batch. batched=True seeds
    once a batch and uses the dataset's __getitems__: faster for cheap samples, but what a
    sample draws then depends on its batch. deal=RankSampler shares the samples between
    processes. loader_class: StatefulDataLoader, for example. options: a DataLoader's others.
    """
    if isinstance(dataset, torch.utils.data.IterableDataset):
        raise TypeError("an IterableDataset has no indices: use SeededIterable")
    if options.get("generator") is not None:
        raise ValueError("generator must be left out: seed takes its place")
    orders = [order for order in (sampler, batch_sampler) if order is not None]
    if len(orders) + bool(shuffle) > 1:
        raise ValueError("pass only one of shuffle, sampler and batch_sampler")
    if not orders and shuffle in (None, True):
        orders = [torch.utils.data.RandomSampler(dataset)]
    elif not orders:
        orders = [torch.utils.data.SequentialSampler(dataset)]
    shared = isinstance(orders[0], torch.utils.data.DistributedSampler)
    keys: Any = (SeededShare if shared else SeededSampler)(orders[0], seed)
    kind = "sampler" if batch_sampler is None else "batch_sampler"
    options |= {kind: keys if deal is None else deal(keys)}
    options["generator"] = torch.Generator()  # else each epoch moves torch's stream
    data = SeededDataset(dataset, collate_fn, reseed, batched)
    return loader_class(data, collate_fn=data.collate, **options)


# loader = seeded_loader(train_set, seed=2020, batch_size=32, num_workers=4)
