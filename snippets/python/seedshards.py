import contextlib
import hashlib
import io
import itertools
import math
import operator
import os
import pickle
import random as python_random
import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
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


@contextlib.contextmanager
def hidden_worker() -> Iterator[None]:
    """Let a source see no worker: many sources read only a share of the samples in each."""
    module = torch.utils.data._utils.worker  # private; what libraries ask reads it
    info, module._worker_info = module._worker_info, None
    try:
        yield
    finally:
        module._worker_info = info


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


def check_ranks(rank: int, world_size: int | None) -> None:
    """Refuse several ranks of which nobody has said who deals the batches out to them."""
    found = int(os.environ.get("WORLD_SIZE", "1"))
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        found = torch.distributed.get_world_size()
    if world_size is None and found > 1:
        raise RuntimeError(
            f"each of {found} ranks would get all batches: pass rank and world_size; "
            "where accelerate deals them out pass rank=0, world_size=1"
        )
    if not 0 <= rank < (world_size or 1):
        raise ValueError(f"rank must be in [0, {world_size or 1}), got {rank!r}")


class SeededShards(torch.utils.data.IterableDataset[Any]):
    """Batches of sharded data that are the same for any number of workers and ranks.

    In each epoch the shards (names of files, for example) are shuffled and dealt out to
    readers, whose batches take turns: the order depends on the number of readers, not on
    that of workers and ranks, which share the readers. read: a function that returns the
    samples of a shard. What random, NumPy and torch on the CPU draw in it, in transform,
    called on a sample, and in collate_fn depends on seed, epoch, reader and batch. Each
    reader's last batch may be smaller; drop_last drops it. Load it with a ShardLoader.
    """

    def __init__(
        self,
        shards: Sequence[Any],
        read: Callable[[Any], Iterable[Any]],
        seed: int,
        batch_size: int,
        readers: int = 8,
        transform: Callable[[Any], Any] | None = None,
        collate_fn: Callable[[list[Any]], Any] = default_collate,
        drop_last: bool = False,
        rank: int = 0,
        world_size: int | None = None,
    ) -> None:
        if not isinstance(shards, Sequence):
            raise TypeError(f"shards must be a list, in a fixed order, got {shards!r}")
        if batch_size < 1 or readers < (world_size or 1):
            least = f"batch_size must be at least 1, readers at least {world_size or 1}"
            raise ValueError(f"{least}, got {batch_size!r} and {readers!r}")
        self.shards, self.read, self.seed = shards, read, int(operator.index(seed))
        self.batch_size, self.readers = batch_size, readers
        self.transform, self.collate_fn = transform, collate_fn
        self.drop_last, self.rank, self.world_size = drop_last, rank, world_size
        # Shared memory: workers that persist see it change.
        self.place = torch.zeros(3, dtype=torch.int64, device="cpu").share_memory_()
        self.set_epoch(0)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)  # a copy's memory is not shared yet
        self.place.share_memory_()

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Call it before each epoch; start: how many batches each rank has used already."""
        epoch, start = operator.index(epoch), operator.index(start)
        if start < 0:
            raise ValueError(f"start must be at least 0, got {start!r}")
        check_ranks(self.rank, self.world_size)
        self.place[:2] = torch.tensor([epoch, start], device="cpu")
        self.iterations = 0

    def samples(self, epoch: int, shards: list[Any]) -> Iterator[Any]:
        for shard in shards:
            source = self.read(shard)
            if hasattr(source, "set_epoch"):
                source.set_epoch(epoch)
            yield from source

    def batches(self, epoch: int, reader: int, used: int) -> Iterator[list[Any]]:
        with own_streams():
            seed_streams(self.seed, epoch, "order")
            order = python_random.sample(self.shards, len(self.shards))
        stream = self.samples(epoch, order[reader :: self.readers])
        for number in itertools.count():
            with own_streams():
                seed_streams(self.seed, epoch, reader, number)
                with hidden_worker():
                    samples = list(itertools.islice(stream, self.batch_size))
                if not samples or (self.drop_last and len(samples) < self.batch_size):
                    return
                batch = self.make(samples) if number == 0 or number >= used else None
            yield [batch]

    def make(self, samples: list[Any]) -> Any:
        if self.transform is not None:
            samples = [self.transform(sample) for sample in samples]
        batch = default_convert(self.collate_fn(samples))  # before they are aligned
        if torch.utils.data.get_worker_info() is None:
            batch = aligned(batch)
        return batch

    def __iter__(self) -> Iterator[list[Any]]:
        epoch, start, checked = self.place.tolist()
        worker = torch.utils.data.get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        readers = range(self.rank, self.readers, self.world_size or 1)
        if mine == 0 and not checked:
            # Once in a training the first batch is made twice more, to compare them.
            self.place[2] = 1
            one, two = (next(self.batches(epoch, self.rank, 0), 0) for _ in range(2))
            if digest(one) != digest(two):
                raise RuntimeError(
                    "a batch made twice differs: seed what read, transform and collate_fn "
                    "draw, sort what they list, and let them keep no state"
                )
        streams = [
            self.batches(epoch, reader, math.ceil((start - turn) / len(readers)))
            for turn, reader in enumerate(readers)
        ][mine::workers]
        # All workers need equally many, or they would lose their turns.
        streams += [iter(())] * (math.ceil(len(readers) / workers) - len(streams))
        while True:
            ended = True
            for stream in streams:
                batch = next(stream, [])
                ended = ended and not batch
                yield batch
            if ended:
                return


class ShardLoader(torch.utils.data.DataLoader[Any]):
    """Load SeededShards. options: those of a DataLoader, without batch_size.

    All ranks have equally many batches: one that has no more repeats its first one.
    """

    def __init__(self, data: SeededShards, **options: Any) -> None:
        options = {"generator": torch.Generator(), **options}  # else torch's moves
        super().__init__(data, batch_size=None, **options)
        self.group: Any = None
        if (data.world_size or 1) > 1:  # on the CPU: no GPU has to wait for the others
            self.group = torch.distributed.new_group(backend="gloo")

    def __iter__(self) -> Any:
        data: Any = self.dataset
        epoch, start, _ = data.place.tolist()
        data.iterations += 1
        if data.iterations == 2:
            warnings.warn(f"epoch {epoch} again: call set_epoch", stacklevel=2)
        made = itertools.chain.from_iterable(super().__iter__())
        first = list(itertools.islice(made, 1))
        batches = itertools.islice(itertools.chain(first, made), start, None)
        if self.group is None:
            yield from batches
            return
        if not first:
            raise RuntimeError(f"rank {data.rank} has no batch: use fewer readers")
        while True:
            batch = list(itertools.islice(batches, 1))
            left = torch.tensor(len(batch), device="cpu")
            torch.distributed.all_reduce(left, group=self.group)
            if left == 0:
                return
            yield from batch or first


# data = SeededShards(files, read_file, seed=2020, batch_size=32)
# loader = ShardLoader(data, num_workers=4)
# before each epoch: data.set_epoch(epoch)
