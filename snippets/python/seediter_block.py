# seedblock 0.1.0, MIT licence. For the top of a script, not for the inside of a function.
import contextlib
import hashlib
import itertools
import random as python_random  # leaves `random` to your own imports
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch.utils import data as torch_data


@contextlib.contextmanager
def _own_streams(*key: object) -> Iterator[None]:
    """Work as in any worker: on streams that key seeds, one thread, told of no worker."""
    digest = hashlib.blake2b(" ".join(map(str, key)).encode(), digest_size=16).digest()
    python, numpy, cpu, _ = np.frombuffer(digest, "<u4").tolist()
    worker = torch_data._utils.worker  # private; get_worker_info reads it
    with contextlib.ExitStack() as after:
        after.callback(setattr, worker, "_worker_info", worker._worker_info)
        after.callback(python_random.setstate, python_random.getstate())
        after.callback(np.random.set_state, np.random.get_state())
        after.callback(torch.set_rng_state, torch.get_rng_state())
        after.callback(torch.set_num_threads, torch.get_num_threads())
        worker._worker_info = None
        python_random.seed(python)
        np.random.seed(numpy)
        torch.default_generator.manual_seed(cpu)
        torch.set_num_threads(1)  # sums of floats depend on it
        yield


class SeededIterable(torch_data.IterableDataset[Any]):
    """Batches of a stream that are the same for any number of workers.

    source: an iterable that can be read again, or a function that returns one. Each worker
    reads all of it. seeding.py's raises an error if it gives other data when read again.
    """

    def __init__(
        self,
        source: Any,
        seed: int,
        batch_size: int,
        transform: Any = None,
        collate_fn: Any = torch_data.default_collate,
    ) -> None:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            raise TypeError("several ranks need seeding.py: `seedblock add`")
        self.source, self.seed, self.batch_size = source, seed, batch_size
        self.transform, self.collate_fn = transform, collate_fn
        # Epoch and start. Shared memory, as running workers read it.
        self.place = torch.zeros(2, dtype=torch.int64, device="cpu").share_memory_()

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Call it before each epoch; start: how many of its batches are used already."""
        self.place.copy_(torch.tensor([epoch, start], device="cpu"))

    def loader(self, **options: Any) -> Any:
        own = torch.Generator()  # else each epoch would move torch's stream
        return torch_data.DataLoader(self, batch_size=None, generator=own, **options)

    def __iter__(self) -> Iterator[Any]:
        epoch, start = self.place.tolist()
        worker = torch_data.get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        with _own_streams(self.seed, epoch, "order"):
            source = self.source() if callable(self.source) else self.source
            if hasattr(source, "set_epoch"):
                source.set_epoch(epoch)
            stream = iter(source)
        for number in itertools.count():
            with _own_streams(self.seed, epoch, number):
                samples = list(itertools.islice(stream, self.batch_size))
            if not samples:
                return
            if number < start or (number - start) % workers != mine:
                continue
            with _own_streams(self.seed, epoch, number, 0):
                if self.transform is not None:
                    samples = list(map(self.transform, samples))
                batch = torch_data.default_convert(self.collate_fn(samples))
            yield batch if worker else deepcopy(batch)  # aligned, as from a worker


# data = SeededIterable(train_set, seed=2020, batch_size=32)
# loader = data.loader(num_workers=4)
# before each epoch: data.set_epoch(epoch)
