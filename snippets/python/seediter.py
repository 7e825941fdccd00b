import contextlib
import hashlib
import io
import itertools
import operator
import os
import pickle
import random as python_random
import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
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


class SeededIterable(torch.utils.data.IterableDataset[Any]):
    """Batches of a stream that are the same for any number of workers.

    Every worker reads the whole stream; each batch is made by one worker: it alone calls
    transform on the samples and collate_fn on the batch. What random, NumPy and torch on
    the CPU draw depends on seed, epoch, rank and the number of the batch. source: an
    iterable that can be read again, an IterableDataset for example, or a function that
    returns one; if it has set_epoch, that is called. Other samples in another worker, or
    when the source is read again, are an error. Several ranks have equally many batches,
    and together all samples; if there are fewer at the end than ranks, one is repeated.
    """

    def __init__(
        self,
        source: Iterable[Any] | Callable[[], Iterable[Any]],
        seed: int,
        batch_size: int,
        transform: Callable[[Any], Any] | None = None,
        collate_fn: Callable[[list[Any]], Any] = default_collate,
        drop_last: bool = False,
        rank: int = 0,
        world_size: int | None = None,
    ) -> None:
        if isinstance(source, Iterator):
            raise TypeError(f"{source!r} can be read once only: pass what makes it")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size!r}")
        self.source, self.batch_size = source, batch_size
        self.seed = int(operator.index(seed))
        self.transform, self.collate_fn = transform, collate_fn
        self.drop_last, self.rank, self.world_size = drop_last, rank, world_size
        # Shared memory: workers that persist see it change.
        self.place = torch.zeros(3, dtype=torch.int64, device="cpu").share_memory_()
        self.digests = torch.zeros(64, dtype=torch.int64, device="cpu").share_memory_()
        self.set_epoch(0)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)  # a copy's memory is not shared yet
        self.place.share_memory_()
        self.digests.share_memory_()

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Call it before each epoch; start: how many of its batches are used already."""
        epoch, start = operator.index(epoch), operator.index(start)
        if start < 0:
            raise ValueError(f"start must be at least 0, got {start!r}")
        check_ranks(self.rank, self.world_size)
        self.place.copy_(torch.tensor([epoch, start, 0], device="cpu"))
        if hasattr(self.source, "set_epoch") and not callable(self.source):
            self.source.set_epoch(epoch)

    def open(self, epoch: int) -> Iterator[Any]:
        seed_streams(self.seed, epoch, "order")
        with hidden_worker():
            source = self.source() if callable(self.source) else self.source
            if hasattr(source, "set_epoch"):
                source.set_epoch(epoch)  # again, as workers that persist have a copy
            return iter(source)

    def read(self, stream: Iterator[Any], epoch: int, number: int) -> list[Any]:
        seed_streams(self.seed, epoch, number)
        size = self.batch_size * (self.world_size or 1)
        with hidden_worker():
            samples = list(itertools.islice(stream, size))
        if self.drop_last and len(samples) < size:
            samples = []
        if not samples:
            self.compare(epoch, 62, number)
        elif number & (number - 1) == 0:  # of few batches, as it takes time
            self.compare(epoch, number.bit_length(), samples)
        return samples

    def make(self, samples: list[Any], epoch: int, number: int) -> Any:
        seed_streams(self.seed, epoch, number, self.rank)
        samples = samples[self.rank :: self.world_size or 1] or samples[:1]
        if self.transform is not None:
            samples = [self.transform(sample) for sample in samples]
        batch = default_convert(self.collate_fn(samples))  # before they are aligned
        if torch.utils.data.get_worker_info() is None:
            batch = aligned(batch)
        if number == 0:
            self.compare(epoch, 63, batch)
        return batch

    def compare(self, epoch: int, slot: int, found: Any) -> None:
        """Compare with what any worker had in this epoch."""
        mark, known = (epoch + 1 << 32) + digest(found), self.digests[slot].item()
        if known >> 32 == epoch + 1 and known != mark:
            raise RuntimeError(
                f"epoch {epoch} has other data when it is read again: seed what the source "
                "and transform draw, sort what they list, and let them keep no state"
            )
        self.digests[slot] = mark

    def __iter__(self) -> Iterator[Any]:
        epoch, start, iterations = self.place.tolist()
        worker = torch.utils.data.get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        if mine == 0:
            self.place[2] += 1
            if iterations == 1:
                warnings.warn(f"epoch {epoch} again: call set_epoch", stacklevel=2)
        with own_streams():
            if mine == 0 and not self.digests[0]:
                # Once in a training the first batch is made twice, to compare them.
                first = self.read(self.open(epoch), epoch, 0)
                if first:
                    self.make(first, epoch, 0)
            stream = self.open(epoch)
        for number in itertools.count():
            with own_streams():
                samples = self.read(stream, epoch, number)
                if not samples:
                    return
                if number < start or (number - start) % workers != mine:
                    continue
                batch = self.make(samples, epoch, number)
            yield batch


# data = SeededIterable(train_set, seed=2020, batch_size=32)
# loader = torch.utils.data.DataLoader(
#     data, batch_size=None, num_workers=4, generator=torch.Generator()
# )  # before each epoch: data.set_epoch(epoch)
