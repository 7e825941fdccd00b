"""Which epoch a pass over a SeededIterable is."""

import copy
import os
import pickle
import sys
import time
from unittest import mock

from torch.utils.data import DataLoader, IterableDataset

os.environ.pop("WORLD_SIZE", None)


class Stream(IterableDataset):
    """Draws while it is read."""

    def __iter__(self):
        for number in range(22):
            yield [number, random.random(), np.random.random(), torch.rand(()).item()]


def augment(sample):
    return torch.tensor([*sample, random.random(), np.random.random(), torch.rand(()).item()], dtype=torch.float64)


def collate(samples):
    return torch.stack(samples) * random.random()


def stream(source=None, **options):
    options = {"seed": 1, "name": "train", "batch_size": 4, "transform": augment, "collate_fn": collate, **options}
    return SeededIterable(Stream() if source is None else source, **options)


def passes(loader, count=1):
    return [[batch.tolist() for batch in loader] for _ in range(count)]


# Each pass is the next epoch, whatever loads it: the same loader, one that is made anew, with other workers.
four = passes(stream().loader(), 4)
reference = four[:2]
assert len({str(epoch) for epoch in four}) == 4
from_the_start()
assert [passes(stream().loader(num_workers=workers))[0] for workers in (0, 2, 1, 0)] == four
from_the_start()
data = stream()
loaders = [data.loader(num_workers=1, persistent_workers=True), data.loader(), data, DataLoader(data, batch_size=None)]
assert sum(map(passes, loaders), []) == four
from_the_start()
two = stream().loader(), stream(name="valid").loader()
assert [passes(two[0])[0], *passes(two[1], 2), passes(two[0])[0]][::3] == reference, "each stream has its own clock"

# A pass that is broken off is one too; so are two at once, although workers of the first begin late.
from_the_start()
loader = stream().loader()
next(iter(loader))
assert passes(loader) == [four[1]]


def late(worker):
    if worker == 1:
        time.sleep(1)


def strict(worker):
    warnings.simplefilter("error")


from_the_start()
loader = stream().loader(num_workers=2, worker_init_fn=late)
at_once = [(one.tolist(), other.tolist()) for one, other in zip(loader, loader)]
assert at_once == list(zip(*reference))

# set_epoch sets the next pass only, and start of that one only.
from_the_start()
data = stream()
loader = data.loader()
data.set_epoch(2, 3)
assert passes(loader, 2) == [four[2][3:], four[3]]
data.set_epoch(1)
fifth = passes(stream().loader())
assert passes(loader) == [four[1]], "it waits for the next pass of this loader"
from_the_start()
assert passes(stream().loader(), 5)[4:] == fifth, "until then the clock goes on"

# The same epoch once more is no mistake where the loader is asked for it, or goes on within it.
from_the_start()
data = stream()
for start in (0, 0, 2):
    data.set_epoch(0, start)
    assert passes(data.loader(num_workers=start)) == [four[0][start:]]
resumed = stream()
resumed.set_epoch(0, 4)
assert passes(resumed) == [four[0][4:]]


# A generator that is another one by the next pass is seeded too.
class Drawn:
    def __call__(self, sample):
        return self.generator.random()


drawn, found = Drawn(), []
valid = stream(range(9), name="valid", transform=drawn, collate_fn=torch.tensor)
for seed in (1, 5):
    drawn.generator = np.random.default_rng(seed)
    valid.set_epoch(0)
    found += passes(valid)
assert found[0] == found[1]

# By another stream of that name, or without being asked for, it is.
again = "epoch 0 of 'train' again: the data are those of before. Give each loader its own name; call seed_everything "
for make in (stream, lambda: stream(range(9), transform=None, collate_fn=torch.tensor)):
    from_the_start()
    list(stream())
    other = make()
    other.set_epoch(0)
    assert raises(UserWarning, again, list, other)
    other = make()
    other.set_epoch(0)
    assert raises(UserWarning, again, list, other.loader(num_workers=1))
from_the_start()
first, second = stream(), stream()
list(first), list(second), list(first)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    second.set_epoch(1)
    list(second)
    assert caught == []
    list(first)
    assert [str(warning.message)[:24] for warning in caught] == ["epoch 2 of 'train' again"]

# seed_everything sets every clock back, so that the cells of a notebook can be run again. In a loop it is a mistake.
with seed_scope(0):
    for _ in range(2):
        seed_everything(3, deterministic=False)
        loader = stream().loader()
        assert [passes(loader)[0], passes(stream().loader())[0]] == reference
    seed_everything(3, deterministic=False)
    assert raises(UserWarning, again, list, loader)

# A DataLoader of torch's cannot move the clock if it has workers: then set_epoch must.
once_more = "epoch 0 again: use its loader, or call set_epoch"
for persistent in (False, True):
    from_the_start()
    data = stream()
    options = {"batch_size": None, "num_workers": 2, "persistent_workers": persistent, "worker_init_fn": strict}
    loader = DataLoader(data, **options)
    assert passes(loader) == four[:1]
    assert raises(UserWarning, once_more, list, loader)
    from_the_start()
    data = stream()
    loader = DataLoader(data, **options)
    for epoch, start in ((0, 0), (1, 0), (3, 2), (1, 0)):
        data.set_epoch(epoch, start)
        assert passes(loader) == [four[epoch][start:]]
    assert passes(data.loader(), 2) == four[1:3], "the clock goes on from there"


# A copy goes on where its stream is, and reaches its workers that persist; so does one from a pickle.
def by_pickle(data):
    here = types.SimpleNamespace(**globals())
    with mock.patch.dict(sys.modules, {"block": here, "check": here}):
        return pickle.loads(pickle.dumps(data))


class Epochs(IterableDataset):
    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        return iter([[number, self.epoch] for number in range(22)])


class Random(IterableDataset):
    """It holds a generator."""

    def __init__(self, generator):
        self.generator = generator

    def __iter__(self):
        for _ in range(22):
            yield [self.generator.random()]


plain_epochs = {"transform": None, "collate_fn": torch.tensor}
numbers = [[[number, epoch] for number in range(22)] for epoch in range(2)]
own = passes(stream(Random(random.Random()), name="own"))
for copied in (copy.copy, copy.deepcopy, by_pickle):
    from_the_start()
    data = copied(stream(Epochs(), **plain_epochs))
    assert data.digests.is_shared()
    assert data.place.is_shared()
    assert [sum(epoch, []) for epoch in passes(data.loader(num_workers=2))] == numbers[:1]
    data = copied(data)
    assert [sum(epoch, []) for epoch in passes(data.loader())] == numbers[1:]
    from_the_start()
    loader = copied(stream(Epochs(), **plain_epochs)).loader(num_workers=1, persistent_workers=True)
    assert [sum(epoch, []) for epoch in passes(loader, 2)] == numbers
    assert passes(copied(stream(Random(random.Random()), name="own")).loader(num_workers=1)) == own
