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


class SeededIterable(torch_data.IterableDataset[Any]):
    """Batches that are the same for any number of workers. It seeds the global streams, not
    default_rng(). source: an iterable or a function that returns one; all workers read."""

    def __init__(
        self, source: Any, seed: int, name: str, batch_size: int, transform: Any = None
    ) -> None:
        ranks = torch.distributed.is_available() and torch.distributed.is_initialized()
        if ranks or int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise TypeError("several ranks need seeding.py: `seedblock add`")
        if isinstance(source, Iterator):
            raise TypeError(f"{source!r} can be read once only: pass what makes it")
        self.source, self.stream = source, (int(seed), name)
        self.transform = transform or torch_data.default_convert
        self.batch_size, self.start = batch_size, 0
        self.place = torch.tensor([0, 0], device="cpu").share_memory_()  # epoch, start

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        _EPOCHS[self.stream], self.start = epoch, start  # start: batches already used

    def loader(self, **more: Any) -> Any:  # its own generator: torch's stays in place
        return _StreamLoader(self, batch_size=None, generator=torch.Generator(), **more)

    def __iter__(self) -> Iterator[Any]:
        epoch, start = self.place.tolist()
        worker = torch_data.get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        with _own_streams(*self.stream, epoch, "order"):
            source = self.source() if callable(self.source) else self.source
            if hasattr(source, "set_epoch"):
                source.set_epoch(epoch)
            stream = iter(source)
        for number in itertools.count():
            with _own_streams(*self.stream, epoch, number):
                samples = list(itertools.islice(stream, self.batch_size))
            if not samples:
                return
            if number >= start and (number - start) % workers == mine:
                with _own_streams(*self.stream, epoch, number, 0):
                    batch = torch_data.default_collate([*map(self.transform, samples)])
                yield batch


class _StreamLoader(torch_data.DataLoader[Any]):
    def __iter__(self) -> Any:
        data: Any = self.dataset
        data.place[:] = torch.tensor([_EPOCHS.get(data.stream, 0), data.start])
        _EPOCHS[data.stream], data.start = int(data.place[0]) + 1, 0
        if hasattr(data.source, "set_epoch") and not callable(data.source):
            data.source.set_epoch(int(data.place[0]))  # or two workers might race
        yield from super().__iter__()


# data = SeededIterable(train_set, seed=2020, name="train", batch_size=32)
# loader = data.loader(num_workers=4)
