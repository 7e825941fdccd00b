"""A script beside seeding.py: what users have reported of data loaders, each report as a function that trains or loads.

`reports.py WORKERS LOADING` prints what each function has seen. LOADING: "seeded", or "plain" for PyTorch's own loader.
"""

import hashlib
import itertools
import json
import multiprocessing
import sys
import tempfile
import warnings

import numpy as np
import torch
from seeding import seed_everything, seeded_loader
from torch.utils.data import DataLoader, Dataset, Sampler, get_worker_info

WORKERS, SEEDED = int(sys.argv[1]), sys.argv[2] == "seeded"
warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors
warnings.filterwarnings("ignore", "This process .* is multi-threaded")  # Python 3.12, at a fork for a worker


def load(dataset, name="train", **options):
    options = {"batch_size": 4, "num_workers": WORKERS, **options}
    return seeded_loader(dataset, seed=2020, name=name, **options) if SEEDED else DataLoader(dataset, **options)


def digest(tensors):
    return hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in tensors)).hexdigest()[:16]


class Noisy(Dataset):
    """Each sample: what its index is worth, and noise."""

    def __init__(self, count=16, start=0):
        self.count, self.start, self.level = count, start, 1

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return torch.tensor([self.start + index, self.level, torch.rand(()).item()])


class Exact(Noisy):
    def __getitem__(self, index):
        return torch.full((8,), float(index))


def views_of_a_test_set():
    """Four passes without a shuffle, whose spread is the uncertainty."""
    loader = load(Noisy(), shuffle=False)
    views = torch.stack([torch.cat(list(loader)) for _ in range(4)])
    return {"data": digest([views]), "spread": views[:, :, 2].std(0).min().item()}


def unpaired_images(*names):
    """Two data sets, two loaders, zipped: how many pairs share an index, or a crop."""
    ones, others = (load(Noisy(200, start), name, shuffle=True) for name, start in zip(names, (0, 1000), strict=True))
    pairs = []
    for epoch in range(3):
        for loader in (ones, others) if SEEDED else ():
            loader.sampler.set_epoch(epoch)
        pairs += list(zip(ones, others, strict=True))
    one, other = (torch.cat(batches) for batches in zip(*pairs, strict=True))
    same = one == other - torch.tensor([1000, 0, 0])
    return {"data": digest([one, other]), "indices": int(same[:, 0].sum()), "crops": int(same[:, 2].sum())}


def two_names():
    return unpaired_images("photos", "paintings")


def one_name():
    """The control: one stream twice, of which the loader warns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = unpaired_images("images", "images")
    return {**found, "said": sorted({str(w.message) for w in caught if "of 'images'" in str(w.message)})}


def curriculum(through_the_loader=False, **options):
    """An attribute of the data set is set for each epoch."""
    data, batches = Noisy(), []
    loader = load(data, **options)
    for level in (1, 2, 3):
        (loader.dataset if through_the_loader else data).level = level
        try:
            batches.append(torch.cat(list(loader)))
        except RuntimeError as error:
            return {"error": str(error)}
    return {"data": digest(batches), "levels": [batch[:, 1].unique().tolist() for batch in batches]}


def curriculum_through_the_loader():
    return curriculum(through_the_loader=True)


def curriculum_of_workers_that_persist():
    return curriculum(persistent_workers=WORKERS > 0)


class Endless(Sampler):
    """As trainers that count iterations have it."""

    def __iter__(self):
        generator = torch.Generator().manual_seed(0)
        while True:
            yield from torch.randperm(16, generator=generator).tolist()


def endless_sampler():
    return {"data": digest(itertools.islice(load(Noisy(), sampler=Endless()), 10))}


class Masked:
    """A collator with a seed of its own, for each worker another one."""

    def __init__(self):
        self.generator = None

    def __call__(self, samples):
        if self.generator is None:
            worker = get_worker_info()
            self.generator = torch.Generator().manual_seed(42 + (worker.id if worker else 0))
        rows = torch.stack(samples)
        return torch.where(torch.rand(rows.shape, generator=self.generator) < 0.15, -1.0, rows)


def collator_with_a_seed():
    loader = load(Exact(32), collate_fn=Masked())
    return {"data": digest([torch.cat(list(loader)) for _ in range(2)])}


class Boxes(Dataset):
    def __init__(self):
        self.boxes = [torch.arange(4.0) + index for index in range(16)]

    def __len__(self):
        return 16

    def __getitem__(self, index):
        return {"boxes": self.boxes[index]}


def boxes_scaled_in_place():
    """What the loop does to a batch: does the next epoch see it?"""
    loader, largest = load(Boxes(), collate_fn=list), []
    for _ in range(3):
        targets = list(itertools.chain(*loader))
        largest.append(max(target["boxes"].max().item() for target in targets))
        for target in targets:
            target["boxes"] /= 64
    return {"largest": largest}


class Balanced(Sampler):
    """A sampler with a generator of its own, which nobody has seeded."""

    def __init__(self):
        self.rng = np.random.default_rng()

    def __len__(self):
        return 16

    def __iter__(self):
        yield from self.rng.permutation(16).tolist()


def sampler_without_a_seed():
    """Two epochs, and the second in a training that was resumed there."""
    loader = load(Noisy(), sampler=Balanced())
    whole = [digest(loader) for _ in range(2)]
    resumed = load(Noisy(), sampler=Balanced())
    if SEEDED:
        seed_everything(2020)
        resumed.sampler.set_epoch(1)
    return {"data": whole, "resumed": digest(resumed)}


class Rows(Dataset):
    """Reads from a file that it has opened once."""

    def __init__(self, file):
        self.file = file

    def __len__(self):
        return 64

    def __getitem__(self, index):
        self.file.seek(8 * index)
        return index, torch.frombuffer(bytearray(self.file.read(8)), dtype=torch.int64)


def open_file():
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    options = {"multiprocessing_context": "fork"} if WORKERS and can_fork else {"num_workers": 0}
    with tempfile.TemporaryFile(buffering=0) as file, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        file.write(torch.arange(64).numpy().tobytes())
        batches = list(load(Rows(file), **options))
    wrong = sum((indices[:, None] != rows).sum().item() for indices, rows in batches)
    said = [str(w.message) for w in caught if "is open" in str(w.message)]
    return {"said": said, "wrong": "any" if "multiprocessing_context" in options else wrong}


REPORTS = (
    views_of_a_test_set,
    two_names,
    one_name,
    curriculum,
    curriculum_through_the_loader,
    curriculum_of_workers_that_persist,
    endless_sampler,
    collator_with_a_seed,
    boxes_scaled_in_place,
    sampler_without_a_seed,
    open_file,
)

if __name__ == "__main__":
    found = {}
    for report in REPORTS:
        seed_everything(2020)
        found[report.__name__] = report()
    print(json.dumps(found))
