# seedblock 0.1.0, MIT licence: for the top level of a script, below any `from __future__`
import contextlib
import hashlib
import itertools
import os
import random as python_random  # leaves `random` to your own imports
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch.utils import data as torch_data


@contextlib.contextmanager
def _own_streams(*key: object) -> Iterator[None]:
    digest = hashlib.blake2b(" ".join(map(str, key)).encode(), digest_size=16).digest()
    python, numpy, cpu, _ = np.frombuffer(digest, "<u4").tolist()
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
    """Batches of sharded data that are the same for any number of workers.

    shards: a list, in a fixed order. read: a function that returns the samples of one.
    """

    def __init__(
        self, shards: Any, read: Any, seed: int, batch_size: int, readers: int = 8
    ) -> None:
        ranks = torch.distributed.is_available() and torch.distributed.is_initialized()
        if ranks or int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise TypeError("several ranks need seeding.py: `seedblock add`")
        self.shards, self.read, self.readers = shards, read, readers
        self.seed, self.batch_size = seed, batch_size
        self.epoch = torch.tensor([0], device="cpu").share_memory_()  # workers read it

    def set_epoch(self, epoch: int) -> None:
        self.epoch[0] = epoch

    def batches(self, epoch: int, reader: int) -> Iterator[list[Any]]:
        with _own_streams(self.seed, epoch, "order"):
            order = python_random.sample(self.shards, len(self.shards))
        own = order[reader :: self.readers]
        stream = (sample for shard in own for sample in self.read(shard))
        for number in itertools.count():
            with _own_streams(self.seed, epoch, reader, number):
                samples = list(itertools.islice(stream, self.batch_size))
                if not samples:
                    return
                batch = torch_data.default_collate(samples)
            yield [batch if torch_data.get_worker_info() else deepcopy(batch)]

    def __iter__(self) -> Iterator[list[Any]]:
        epoch = int(self.epoch)
        worker = torch_data.get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        streams = [self.batches(epoch, n) for n in range(mine, self.readers, workers)]
        # All workers need equally many, or they would lose their turns.
        streams += [iter(())] * (-(-self.readers // workers) - len(streams))
        while any(row := [next(stream, []) for stream in streams]):
            yield from row


class ShardLoader(torch_data.DataLoader[Any]):
    def __init__(self, data: SeededShards, **options: Any) -> None:
        own = torch.Generator()  # else each epoch would move torch's stream
        super().__init__(data, batch_size=None, generator=own, **options)

    def __iter__(self) -> Any:
        return itertools.chain.from_iterable(super().__iter__())


# data = SeededShards(files, read_file, seed=2020, batch_size=32)
# loader = ShardLoader(data, num_workers=4)
# before each epoch: data.set_epoch(epoch)
