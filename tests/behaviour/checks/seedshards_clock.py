"""Which epoch a pass over a SeededShards is."""

import copy
import os
import pickle
import sys
import time
from unittest import mock

from torch.utils.data import DataLoader

os.environ.pop("WORLD_SIZE", None)
SIZES = [3, 9, 8, 1, 0, 14, 5]


def read(shard):
    """Draws while it is read."""
    for number in range(SIZES[shard]):
        yield [shard * 100 + number, random.random(), np.random.random(), torch.rand(()).item()]


def collate(samples):
    return torch.tensor(samples, dtype=torch.float64) * random.random()


def sharded(shards=range(7), **options):
    options = {"seed": 1, "name": "train", "batch_size": 4, "readers": 3, "collate_fn": collate, **options}
    return SeededShards(shards, read, **options)


def passes(loader, count=1):
    return [[batch.tolist() for batch in loader] for _ in range(count)]


# Each pass is the next epoch, whatever loads it: the same loader, one that is made anew, with other workers.
four = passes(ShardLoader(sharded()), 4)
reference = four[:2]
assert len({str(epoch) for epoch in four}) == 4
from_the_start()
assert [passes(ShardLoader(sharded(), num_workers=workers))[0] for workers in (0, 2, 1, 0)] == four
from_the_start()
data = sharded()
loaders = [
    ShardLoader(data, num_workers=2, persistent_workers=True),
    ShardLoader(data),
    itertools.chain.from_iterable(data),
]
assert sum(map(passes, loaders), []) == four[:3], "the readers' batches are in lists of one or none"
from_the_start()
two = ShardLoader(sharded()), ShardLoader(sharded(name="valid"))
assert [passes(two[0])[0], *passes(two[1], 2), passes(two[0])[0]][::3] == reference, "each stream has its own clock"

# A pass that is broken off is one too; so are two at once, although workers of the first begin late.
from_the_start()
loader = ShardLoader(sharded())
next(iter(loader))
assert passes(loader) == [four[1]]


def late(worker):
    if worker == 1:
        time.sleep(1)


def strict(worker):
    warnings.simplefilter("error")


from_the_start()
loader = ShardLoader(sharded(), num_workers=2, worker_init_fn=late)
at_once = [(one.tolist(), other.tolist()) for one, other in zip(loader, loader)]
assert at_once == list(zip(*reference))

# set_epoch sets the next pass only, and start of that one only.
for workers in (0, 2):
    from_the_start()
    data = sharded()
    loader = ShardLoader(data, num_workers=workers)
    data.set_epoch(2, 3)
    assert passes(loader, 2) == [four[2][3:], four[3]]
    data.set_epoch(1, 2)
    assert passes(loader) == [four[1][2:]]

# The same epoch once more is no mistake where the loader is asked for it, or goes on within it.
from_the_start()
data = sharded()
for start in (0, 0, 2):
    data.set_epoch(0, start)
    assert passes(ShardLoader(data, num_workers=start)) == [four[0][start:]]
resumed = sharded()
resumed.set_epoch(0, 4)
assert passes(ShardLoader(resumed)) == [four[0][4:]]

# By another stream of that name, or without being asked for, it is.
again = "epoch 0 of 'train' again: the data are those of before. Give each loader its own name; call seed_everything "
for workers in (0, 1):
    from_the_start()
    list(ShardLoader(sharded()))
    other = sharded([1])
    other.set_epoch(0)
    assert raises(UserWarning, again, list, ShardLoader(other, num_workers=workers))

# seed_everything sets every clock back, so that the cells of a notebook can be run again. In a loop it is a mistake.
with seed_scope(0):
    for _ in range(2):
        seed_everything(3, deterministic=False)
        loader = ShardLoader(sharded())
        assert [passes(loader)[0], passes(ShardLoader(sharded()))[0]] == reference
    seed_everything(3, deterministic=False)
    assert raises(UserWarning, again, list, loader)


# A DataLoader of torch's cannot move the clock if it has workers: then set_epoch must.
def flat(batches):
    return [batch.tolist() for few in batches for batch in few]


for persistent in (False, True):
    from_the_start()
    data = sharded()
    options = {"batch_size": None, "num_workers": 2, "persistent_workers": persistent, "worker_init_fn": strict}
    loader = DataLoader(data, **options)
    assert flat(loader) == four[0]
    assert raises(UserWarning, "epoch 0 again: use its loader, or call set_epoch", list, loader)
    from_the_start()
    data = sharded()
    loader = DataLoader(data, **options)
    for epoch in (0, 1, 3, 1):
        data.set_epoch(epoch)
        assert flat(loader) == four[epoch]


# A copy goes on where its stream is, and reaches its workers that persist; so does one from a pickle.
def by_pickle(data):
    here = types.SimpleNamespace(**globals())
    with mock.patch.dict(sys.modules, {"block": here, "check": here}):
        return pickle.loads(pickle.dumps(data))


for copied in (copy.copy, copy.deepcopy, by_pickle):
    from_the_start()
    data = copied(sharded())
    assert data.place.is_shared()
    assert passes(ShardLoader(data, num_workers=2)) == reference[:1]
    data = copied(data)
    assert passes(ShardLoader(data)) == reference[1:]
    from_the_start()
    assert passes(ShardLoader(copied(sharded()), num_workers=1, persistent_workers=True), 2) == reference
