# seedblock 0.2.0, MIT licence: for the top level of a script, below any `from __future__`
import contextlib
import hashlib
import os
import random as python_random  # leaves `random` to your own imports
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch.utils import data as torch_data

_EPOCHS: dict[Any, int] = {}  # of each stream (seed, name): its next epoch


@contextlib.contextmanager
def _seeded(*key: object) -> Any:
    digest = hashlib.shake_128(repr(key).encode()).digest(12)
    python, numpy, cpu = np.frombuffer(digest, "<u4").tolist()
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


class _KeySampler(torch_data.Sampler[Any]):
    def __init__(self, dataset: Any, shuffle: bool, seed: int, name: str) -> None:
        kind = torch_data.RandomSampler if shuffle else torch_data.SequentialSampler
        self.order, self.stream, self.start = kind(dataset), (int(seed), name), 0

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        _EPOCHS[self.stream], self.start = int(epoch), start  # start: samples used

    def __len__(self) -> int:
        return len(self.order) - self.start

    def __iter__(self) -> Any:
        epoch, start = _EPOCHS.get(self.stream, 0), self.start
        _EPOCHS[self.stream], self.start = epoch + 1, 0
        with _seeded(*self.stream, epoch, "order", 0):
            order = list(self.order)[start:]
        yield from [("key", *self.stream, epoch, index, 0) for index in order]


class _SeededDataset(torch_data.ConcatDataset[Any]):  # it has len() and [index]
    def __init__(self, dataset: Any, collate_fn: Any) -> None:
        super().__init__([dataset])  # an error for a stream
        self.collate_fn = collate_fn or torch_data.default_collate
        self.dataset = dataset

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
                samples.append(self.dataset[key[4]])
        with _seeded(*keys[0], "collate"):
            return self.collate_fn(samples)


def seeded_loader(dataset: Any, seed: int, name: str, **options: Any) -> Any:
    """Return a DataLoader whose data are the same bits for any number of workers, if no
    transform has a generator of its own. shuffle: True unless you pass False. Each pass
    is the next epoch; loader.sampler.set_epoch(epoch, start) sets it."""
    ranks = torch.distributed.is_available() and torch.distributed.is_initialized()
    own = options.keys() & {"sampler", "batch_sampler", "generator"}
    held = {type(part).__name__ for part in getattr(dataset, "__dict__", {}).values()}
    own |= {"Generator", "Random", "RandomState"} & held
    if own or ranks or int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise TypeError("samplers, generators, ranks need seeding.py: `seedblock add`")
    data = _SeededDataset(dataset, options.pop("collate_fn", None))
    options["sampler"] = _KeySampler(dataset, options.pop("shuffle", True), seed, name)
    options["generator"] = torch.Generator()  # else each epoch moves torch's stream
    return torch_data.DataLoader(data, collate_fn=deepcopy, **options)  # as workers do


# loader = seeded_loader(train_set, seed=2020, name="train", batch_size=32, num_workers=4)
