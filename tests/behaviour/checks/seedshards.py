import copy
import datetime
import multiprocessing
import os
import tempfile

import torch.distributed
from torch.utils.data import get_worker_info

from tests.support.forked import start_by

torch.set_num_threads(3)
os.environ.pop("WORLD_SIZE", None)
SIZES = [3, 9, 8, 1, 0, 14, 5]


def read(shard):
    """Draws while it is read."""
    for number in range(SIZES[shard]):
        yield [shard * 100 + number, random.random(), np.random.random(), torch.rand(()).item()]


def augment(sample):
    # A sum whose last bits depend on the number of threads.
    mean = (torch.linspace(0, 1, 70_000).sin() * (sample[0] + 1)).mean().item()
    draws = [random.random(), np.random.random(), torch.rand(()).item()]
    return torch.tensor([*sample, mean, *draws], dtype=torch.float64)


def collate(samples):
    return torch.stack(samples) * random.random()


def collate_numbers(samples):
    return torch.tensor([sample[0] for sample in samples])


def epochs(workers, count=2, start=0, shards=range(7), read=read, **options):
    options = {"seed": 1, "batch_size": 4, "readers": 3, "transform": augment, "collate_fn": collate, **options}
    data = SeededShards(shards, read, **options)
    loader = ShardLoader(data, num_workers=workers, persistent_workers=workers == 2)
    found = []
    for epoch in range(count):
        data.set_epoch(epoch, start)
        found.append([batch.tolist() for batch in loader])
    return found


before = states()
reference = epochs(0)
assert states() == before, "the main process keeps its streams"
assert torch.get_num_threads() == 3
for workers in (1, 2, 4):
    draw()
    assert epochs(workers) == reference, workers
for start in (1, 5, 10, 20):
    assert epochs(0, start=start) == [epoch[start:] for epoch in reference], start
assert epochs(2, start=5) == [epoch[5:] for epoch in reference]
assert epochs(0, seed=2) != reference
numbers_only = {"transform": None, "collate_fn": collate_numbers}
numbers = epochs(0, **numbers_only)
every = sorted(shard * 100 + number for shard in range(7) for number in range(SIZES[shard]))
for epoch in numbers:
    assert sorted(sum(epoch, [])) == every, "each sample once"
    assert max(map(len, epoch)) == 4
assert numbers[0] != numbers[1]
whole = [[batch for batch in epoch if len(batch) == 4] for epoch in numbers]
assert epochs(0, drop_last=True, **numbers_only) == whole != numbers
assert numbers != epochs(0, **numbers_only, readers=2) == epochs(2, **numbers_only, readers=2)
for column in (1, 2, 3, 5, 6, 7):
    values = [sample[column] for epoch in epochs(0, collate_fn=torch.stack) for sample in sum(epoch, [])]
    assert len(set(values)) == 80, column
assert list(ShardLoader(SeededShards([], read, 1, 4))) == list(ShardLoader(SeededShards([4], read, 1, 4))) == []
assert [batch.tolist() for batch in ShardLoader(SeededShards([torch.arange(3)], list, 1, 2))] == [[0, 1], [2]]
assert ShardLoader(SeededShards([], read, 1, 4), prefetch_factor=3, num_workers=1).prefetch_factor == 3


# The readers take turns.
def one_kind(shard):
    return [[shard]] * 8


(batches,) = epochs(0, 1, shards=range(3), read=one_kind, **numbers_only)
assert sorted(batches[:3]) == [[0] * 4, [1] * 4, [2] * 4]
assert batches[3:] == batches[:3]
assert epochs(2, 1, shards=range(3), read=one_kind, **numbers_only) == [batches]


# No work is done for batches that are used already, but for the first of each reader.
def count_calls(sample):
    calls.append(sample[0])
    return torch.tensor(sample[0])


def read_many(shard):
    return [[number] for number in range(40)]


calls = []
data = SeededShards([0], read_many, 1, 4, transform=count_calls, readers=1)
data.set_epoch(0, start=8)
assert [batch.tolist() for batch in ShardLoader(data)] == [[32, 33, 34, 35], [36, 37, 38, 39]]
assert calls == [*range(4), *range(4), *range(4), *range(32, 40)], "the first is made twice more, to compare"
calls.clear()
data.set_epoch(1, start=8)
list(ShardLoader(data))
assert calls == [*range(4), *range(32, 40)]


# What splits itself by worker loses nothing.
def read_split(shard):
    worker = get_worker_info()
    return itertools.islice(read(shard), worker.id if worker else 0, None, worker.num_workers if worker else 1)


def split_twice(sample):
    assert told_of() is None
    return augment(sample)


def read_broken(shard):
    try:
        raise KeyError
    finally:
        seen.append(told_of())
    yield


assert epochs(2, read=read_split) == reference
assert epochs(2, transform=split_twice) == reference
worker = torch.utils.data._utils.worker
worker._worker_info, seen = types.SimpleNamespace(id=0, num_workers=2), []
assert raises(KeyError, "", lambda: list(SeededShards([1], read_broken, 1, 2)))
assert seen == [None]
assert get_worker_info().num_workers == 2
worker._worker_info = None


# The epoch reaches workers that persist, those of a copy too.
data = copy.deepcopy(SeededShards(range(7), read, 1, 4, 3, transform=augment, collate_fn=collate))
loader = ShardLoader(data, num_workers=1, persistent_workers=True)
for epoch in range(2):
    data.set_epoch(epoch)
    assert [batch.tolist() for batch in loader] == reference[epoch]

# What draws from elsewhere is an error.
own = np.random.default_rng()
remedy = "epoch 0 has other data when read again: seed what is drawn, sort what is listed"
for kind in (float, str, np.array, torch.tensor):
    for options in ({"read": lambda shard: [own.random()]}, {"read": read, "transform": lambda sample: own.random()}):
        data = SeededShards(
            [1], seed=1, batch_size=4, collate_fn=lambda samples, kind=kind: [kind(s) for s in samples], **options
        )
        assert raises(RuntimeError, remedy, list, ShardLoader(data))
list(ShardLoader(SeededShards([1], read, 1, 4, collate_fn=lambda samples: lambda: samples)))

# What is refused, and warned of.
for shards in ({1, 2}, iter([1]), "ab".__iter__()):
    assert raises(
        TypeError, f"shards must be a list, in a fixed order, got {shards!r}", SeededShards, shards, read, 1, 4
    )
for size in (0, -1):
    assert raises(ValueError, f"batch_size must be at least 1, got {size}", SeededShards, [1], read, 1, size)
for readers, world_size in ((0, None), (2, 3)):
    text = f"readers must be at least world_size, got {readers}"
    assert raises(ValueError, text, lambda: SeededShards([1], read, 1, 4, readers, world_size=world_size))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    loader = ShardLoader(SeededShards([0], read, 1, 4, collate_fn=list))
    for _ in range(3):
        list(loader)
    assert [str(warning.message) for warning in caught] == ["epoch 0 again: call set_epoch"]
    loader.dataset.set_epoch(0)
    list(loader)
    assert len(caught) == 1

# Numbers that are equal give equal streams.
for one in (True, np.int64(1), torch.tensor(1)):
    assert epochs(0, seed=one) == reference
data = SeededShards([], read, 1, 4)
for wrong in ((1.0,), ("1",), (0, 1.0)):
    assert raises(TypeError, "", data.set_epoch, *wrong)
assert raises(TypeError, "", SeededShards, [], read, 1.0, 4)
assert raises(ValueError, "start must be at least 0, got -1", data.set_epoch, 0, -1)

# Tensors begin where one from a worker would: the sums of a product depend on it.
arrays = np.random.standard_normal((64, 101)).astype(np.float32)


def read_rows(shard):
    return arrays


def views(samples):
    whole = torch.from_numpy(np.stack(samples))
    return [np.stack(samples)[:, 1:], whole[:, 1:], whole.T[1:], torch.from_numpy(np.stack(samples)[:, 1:])[:, :99]]


def addresses(workers):
    data = SeededShards([0], read_rows, 1, 5, collate_fn=views)
    loader = ShardLoader(data, num_workers=workers)
    return [(part.stride(), fingerprint(part), part.data_ptr() % 64) for batch in loader for part in batch]


assert addresses(0) == addresses(1)

# Several ranks.
for rank, world_size in ((-1, None), (1, None), (2, 2)):
    options = {"rank": rank, "world_size": world_size}
    assert raises(ValueError, f"no rank {rank} of {world_size or 1}", lambda: SeededShards([], read, 1, 4, **options))
silent = SeededShards([], read, 1, 4)
os.environ["WORLD_SIZE"] = "2"
text = "each rank would get all batches: pass rank and world_size; where accelerate deals them out, pass rank=0, world_"
for function, arguments in ((SeededShards, ([], read, 1, 4)), (silent.set_epoch, (0,))):
    assert raises(RuntimeError, text, function, *arguments)
SeededShards([], read, 1, 4, world_size=1)


def run_rank(rank, folder, sender):
    """Send three epochs, one of them resumed late; then what happens if a rank has nothing."""
    start_by(multiprocessing.get_start_method())
    store, limit = torch.distributed.FileStore(f"{folder}/store", 2), datetime.timedelta(seconds=20)
    torch.distributed.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=limit)
    silenced = raises(RuntimeError, "each rank would get all batches", silent.set_epoch, 0)
    options = {"rank": rank, "world_size": 2, "readers": 3}
    found = [epochs(0, 2, **options), epochs(1, 2, **options), epochs(0, 2, 9, **options), epochs(1, 2, 9, **options)]
    empty = SeededShards([1], read, 1, 4, readers=2, rank=rank, world_size=2)
    error = ""
    try:
        loader = ShardLoader(empty)
        if next(iter(empty)) == []:
            empty.set_epoch(0)
            next(iter(loader))
    except RuntimeError as caught:
        error = str(caught)
    torch.distributed.barrier()  # if one rank exits while the other is connecting, the other fails
    sender.send((silenced, found, error))


with tempfile.TemporaryDirectory() as folder:
    del os.environ["WORLD_SIZE"]
    pipes = [multiprocessing.Pipe(duplex=False) for _ in range(2)]
    ranks = [
        multiprocessing.Process(target=run_rank, args=(rank, folder, pipes[rank][1]), daemon=False) for rank in range(2)
    ]
    try:
        for process in ranks:
            process.start()
        for _, sender in pipes:
            sender.close()
        results = [receiver.recv() if receiver.poll(90) else "no result" for receiver, _ in pipes]
    finally:
        for process in ranks:
            process.kill()
            process.join()
(first_silenced, first, first_error), (second_silenced, second, second_error) = results
assert first_silenced
assert second_silenced
assert sorted([first_error, second_error]) == ["", f"rank {int(bool(second_error))} has no batch: use fewer readers"]
for shares in (first, second):
    assert shares[0] == shares[1], "for any number of workers"
    assert shares[2] == shares[3] == [epoch[9:] for epoch in shares[0]], "resumed"
for epoch, one, other in zip(reference, first[0], second[0]):
    assert len(one) == len(other), "equally many"
    assert {str(batch) for batch in [*one, *other]} == {str(batch) for batch in epoch}, "together all"
    own_batches = len({str(batch) for batch in one}), len({str(batch) for batch in other})
    assert max(own_batches) == len(one)
    assert min(own_batches) < len(one), "one had fewer"
    assert [share[0] for share in (one, other) if str(share).count(str(share[0])) > 1], "and repeats its first"
