# seedblock 0.1.0, MIT licence: for the top level of a script, below any `from __future__`
import contextlib
import hashlib
import os
import random as python_random  # leaves `random` to your own imports
from collections.abc import Iterator
from copy import deepcopy
from operator import itemgetter
from typing import Any

import numpy as np
import torch
from torch.utils import data as torch_data


@contextlib.contextmanager
def _seeded(*key: object) -> Iterator[None]:
    digest = hashlib.blake2b(" ".join(map(str, key)).encode(), digest_size=16).digest()
    python, numpy, cpu, _ = np.frombuffer(digest, "<u4").tolist()
    with contextlib.ExitStack() as after:
        after.callback(python_random.setstate, python_random.getstate())
        after.callback(np.random.set_state, np.random.get_state())
        after.callback(torch.set_rng_state, torch.get_rng_state())
        after.callback(torch.set_num_threads, torch.get_num_threads())
        python_random.seed(python)
        np.random.seed(numpy)
        torch.default_generator.manual_seed(cpu)
        torch.set_num_threads(1)  # sums of floats depend on it
        yield


class _SeededSampler(torch_data.Sampler[Any]):
    def __init__(self, dataset: Any, shuffle: bool, seed: int) -> None:
        in_order = shuffle is False
        kind = torch_data.SequentialSampler if in_order else torch_data.RandomSampler
        self.order, self.seed, self.epoch, self.start = kind(dataset), seed, 0, 0

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        self.epoch, self.start = epoch, start  # start: samples already used

    def __len__(self) -> int:
        return len(self.order) - self.start

    def __iter__(self) -> Iterator[Any]:
        with _seeded(self.seed, self.epoch, "order"):
            order = list(self.order)[self.start :]
        yield from [("key", self.seed, self.epoch, index, 0) for index in order]


class _SeededDataset(torch_data.ConcatDataset[Any]):  # it has len() and [index]
    def __init__(self, dataset: Any, collate_fn: Any) -> None:
        super().__init__([dataset])  # an error for a stream
        self.collate_fn, self.dataset = collate_fn, dataset

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy asks before there is a dataset
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(vars(self).get("dataset", self), name, value)

    def __getitems__(self, keys: list[Any]) -> Any:
        samples = []
        for key in keys:
            with _seeded(*key):
                samples.append(self.dataset[key[3]])
        with _seeded(*keys[0], "collate"):
            batch = self.collate_fn(samples)
        return [batch if torch_data.get_worker_info() else deepcopy(batch)]  # aligned


def seeded_loader(
    dataset: Any, seed: int, shuffle: Any = True, collate_fn: Any = None, **options: Any
) -> Any:
    """Return a DataLoader whose data are the same bits for any number of workers.
    Each pass has the same data until loader.sampler.set_epoch(epoch) is called."""
    ranks = torch.distributed.is_available() and torch.distributed.is_initialized()
    if ranks or int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise TypeError("several ranks need seeding.py: `seedblock add`")
    if options.keys() & {"sampler", "batch_sampler", "generator"}:
        raise TypeError("samplers and generators need seeding.py: `seedblock add`")
    data = _SeededDataset(dataset, collate_fn or torch_data.default_collate)
    options["sampler"] = _SeededSampler(dataset, shuffle, seed)
    options["generator"] = torch.Generator()  # else each epoch moves torch's stream
    return torch_data.DataLoader(data, collate_fn=itemgetter(0), **options)


# loader = seeded_loader(train_set, seed=2020, batch_size=32, num_workers=4)
# before each epoch: loader.sampler.set_epoch(epoch)
