# seedblock 0.1.0, MIT licence. For the top of a script, not for the inside of a function.
import contextlib
import hashlib
import random as python_random  # leaves `random` to your own imports
from collections.abc import Iterator
from copy import deepcopy
from operator import itemgetter
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


class _SeededSampler(torch_data.Sampler[Any]):
    def __init__(self, dataset: Any, shuffle: bool, seed: int) -> None:
        kind = torch_data.RandomSampler if shuffle else torch_data.SequentialSampler
        self.order, self.seed, self.epoch, self.start = kind(dataset), seed, 0, 0

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        self.epoch, self.start = epoch, start  # start: samples already used

    def __len__(self) -> int:
        return len(self.order) - self.start

    def __iter__(self) -> Iterator[Any]:
        epoch, start = self.epoch, self.start
        with _own_streams(self.seed, epoch, "order"):
            order = list(self.order)
        yield from [("key", self.seed, epoch, index, 0) for index in order[start:]]


class _SeededDataset(torch_data.Dataset[Any]):
    def __init__(self, dataset: Any, collate_fn: Any) -> None:
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
            with _own_streams(*key):
                samples.append(self.dataset[key[3]])
        with _own_streams(*keys[0], "collate"):
            batch = self.collate_fn(samples)
        return [batch if torch_data.get_worker_info() else deepcopy(batch)]  # aligned


def seeded_loader(
    dataset: Any, seed: int, shuffle: Any = True, collate_fn: Any = None, **options: Any
) -> Any:
    """Return a DataLoader whose data are the same bits for any number of workers.
    Each pass has the same data until loader.sampler.set_epoch(epoch) is called."""
    several = torch.distributed.is_available() and torch.distributed.is_initialized()
    if several or options.keys() & {"sampler", "batch_sampler"}:
        raise TypeError("several ranks and samplers need seeding.py: `seedblock add`")
    data = _SeededDataset(dataset, collate_fn or torch_data.default_collate)
    options["sampler"] = _SeededSampler(dataset, shuffle, seed)  # an error for a stream
    options["generator"] = torch.Generator()  # else each epoch moves torch's stream
    return torch_data.DataLoader(data, collate_fn=itemgetter(0), **options)


# loader = seeded_loader(train_set, seed=2020, batch_size=32, num_workers=4)
# before each epoch: loader.sampler.set_epoch(epoch)
