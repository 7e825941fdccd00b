# seedblock 0.2.0, MIT licence: for the top level of a script, below any `from __future__`
import contextlib
import hashlib
import itertools
import os
import random as python_random  # leaves `random` to your own imports
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils import data as torch_data

_EPOCHS: dict[Any, int] = {}  # of each stream (seed, name): its next epoch


@contextlib.contextmanager
def _own_streams(*key: object) -> Iterator[None]:
    digest = hashlib.shake_128(repr(key).encode()).digest(12)
    python, numpy, cpu = np.frombuffer(digest, "<u4").tolist()
    pool = torch_data._utils.worker  # private; get_worker_info() reads it
    with contextlib.ExitStack() as after:
        after.callback(setattr, pool, "_worker_info", pool._worker_info)
        after.callback(python_random.setstate, python_random.getstate())
        after.callback(np.random.set_state, np.random.get_state())
        after.callback(torch.set_rng_state, torch.get_rng_state())
        after.callback(torch.set_num_threads, torch.get_num_threads())
        pool._worker_info = None  # so that a source gives all, in the same order
        python_random.seed(python)
        np.random.seed(numpy)
        torch.default_generator.manual_seed(cpu)
        torch.set_num_threads(1)  # sums of floats depend on it
        yield


class SeededShards(torch_data.IterableDataset[Any]):
    """Batches that are the same for any number of workers. It seeds the global streams, not
    default_rng(). shards: a sorted list. read: returns the samples of a shard."""

    def __init__(
        self, shards: Any, read: Any, seed: int, name: str, batch_size: int
    ) -> None:
        ranks = torch.distributed.is_available() and torch.distributed.is_initialized()
        if ranks or int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise TypeError("several ranks need seeding.py: `seedblock add`")
        self.shards, self.read = shards, read
        self.stream, self.batch_size = (int(seed), name), batch_size
        self.epoch = torch.tensor([0], device="cpu").share_memory_()  # workers read it

    def set_epoch(self, epoch: int) -> None:
        _EPOCHS[self.stream] = epoch

    def batches(self, epoch: int, reader: int) -> Iterator[list[Any]]:
        with _own_streams(*self.stream, epoch, "order"):
            order = python_random.sample(self.shards, len(self.shards))
        stream = (sample for shard in order[reader::8] for sample in self.read(shard))
        for number in itertools.count():
            with _own_streams(*self.stream, epoch, reader, number):
                samples = list(itertools.islice(stream, self.batch_size))
                if not samples:
                    return
                batch = torch_data.default_collate(samples)
            yield [batch]

    def __iter__(self) -> Iterator[list[Any]]:
        epoch = int(self.epoch)
        worker = torch_data.get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        streams = [self.batches(epoch, n) for n in range(mine, 8, workers)]
        # All workers need equally many, or they would lose their turns.
        streams += [iter(())] * (-(-8 // workers) - len(streams))
        while any(row := [next(stream, []) for stream in streams]):
            yield from row


class ShardLoader(torch_data.DataLoader[Any]):
    def __init__(self, data: SeededShards, **options: Any) -> None:
        own = torch.Generator()  # else each epoch would move torch's stream
        super().__init__(data, batch_size=None, generator=own, **options)

    def __iter__(self) -> Any:
        data: Any = self.dataset
        data.epoch[0] = epoch = _EPOCHS.get(data.stream, 0)
        _EPOCHS[data.stream] = epoch + 1
        yield from itertools.chain.from_iterable(super().__iter__())


# data = SeededShards(files, read_file, seed=2020, name="train", batch_size=32)
# loader = ShardLoader(data, num_workers=4)
