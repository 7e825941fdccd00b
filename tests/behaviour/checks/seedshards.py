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


def sharded(shards=range(7), read=read, **options):
    options = {"seed": 1, "name": "train", "batch_size": 4, "readers": 3, "transform": augment, **options}
    return SeededShards(shards, read, **{"collate_fn": collate, **options})


def passes(loader, count=1):
    return [[batch.tolist() for batch in loader] for _ in range(count)]


def epochs(workers, count=2, start=0, *given, **options):
    """The first epochs, all of which are resumed if start is given."""
    from_the_start()
    data = sharded(*given, **options)
    loader = ShardLoader(data, num_workers=workers, persistent_workers=workers > 1)
    found = []
    for epoch in range(count):
        if start:
            data.set_epoch(epoch, start)
        found += passes(loader)
    return found


before = states()
reference = epochs(0)
assert states() == before, "the main process keeps its streams"
assert torch.get_num_threads() == 3
for workers in (1, 2, 4):
    draw()
    before = states()
    assert epochs(workers) == reference, workers
    assert states() == before
for start in (1, 5, 10, 20):
    assert epochs(0, start=start) == [epoch[start:] for epoch in reference], start
assert epochs(2, start=5) == [epoch[5:] for epoch in reference]
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
for shards in ([], [4]):
    assert list(ShardLoader(SeededShards(shards, read, 1, f"empty {shards}", 4))) == []
assert passes(ShardLoader(SeededShards([torch.arange(3)], list, 1, "defaults", 2))) == [[[0, 1], [2]]]
own = torch.Generator()
loader = ShardLoader(SeededShards([], read, 1, "options", 4), prefetch_factor=3, num_workers=1, generator=own)
assert (loader.prefetch_factor, loader.generator) == (3, own)


# Streams of other seeds and names have nothing in common, nor have two epochs of one.
def drawn(**options):
    """What is drawn in read and in transform, in two epochs."""
    found = torch.tensor(sum(sum(epochs(0, collate_fn=torch.stack, **options), []), []))
    return set(found[:, [1, 2, 3, 5, 6, 7]].flatten().tolist())


ways = [drawn(), drawn(name="valid"), drawn(seed=2), drawn(seed=2, name="valid"), drawn(name="Train")]
assert [len(one) for one in ways] == [2 * 40 * 6] * 5
assert len(set.union(*ways)) == 5 * 2 * 40 * 6


# The readers take turns.
def one_kind(shard):
    return [[shard]] * 8


(batches,) = epochs(0, 1, 0, range(3), one_kind, **numbers_only)
assert sorted(batches[:3]) == [[0] * 4, [1] * 4, [2] * 4]
assert batches[3:] == batches[:3]
assert epochs(2, 1, 0, range(3), one_kind, **numbers_only) == [batches]


# No work is done for batches that are used already, but for the first of each reader.
def count_calls(sample):
    calls.append(sample[0])
    return torch.tensor(sample[0])


def read_many(shard):
    return [[number] for number in range(40)]


calls = []
data = SeededShards([0], read_many, 1, "calls", 4, transform=count_calls, readers=1)
data.set_epoch(0, start=8)
assert passes(ShardLoader(data)) == [[[32, 33, 34, 35], [36, 37, 38, 39]]]
assert calls == [*list(range(4)) * 4, *range(32, 40)], "once more to find generators, and twice to compare"
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
assert raises(KeyError, "", lambda: list(SeededShards([1], read_broken, 1, "broken", 2)))
assert seen == [None]
assert get_worker_info().num_workers == 2
worker._worker_info = None


# Generators that read, transform and collate_fn hold are found and seeded, also where the first call makes them.
def generators():
    cpu = torch.Generator()
    cpu.seed()
    return [np.random.default_rng(), np.random.RandomState(), random.Random(), cpu]


class Own:
    def __init__(self, made):
        self.made = made

    def __call__(self, *_):
        self.made = self.made or generators()
        numpy, legacy, python, cpu = self.made
        torchs = torch.rand((), generator=cpu, dtype=torch.float64).item()
        return torch.tensor([numpy.random(), legacy.random(), python.random(), torchs], dtype=torch.float64)


class OwnRead(Own):
    def __call__(self, shard):
        draw_one = super().__call__
        return (draw_one() for _ in range(SIZES[shard]))


def own_states(made):
    numpy, legacy, python, cpu = made
    return [numpy.bit_generator.state, str(legacy.get_state()), python.getstate(), cpu.get_state().tolist()]


# To a worker that does not fork torch cannot send a torch.Generator, with its plain DataLoader neither.
SENT = 2 if multiprocessing.get_start_method() == "fork" else 0
HOLDERS = {
    "read": lambda made: {"read": OwnRead(made), "transform": None, "collate_fn": torch.stack},
    "transform": lambda made: {"transform": Own(made), "collate_fn": torch.stack},
    "collate_fn": lambda made: {"transform": None, "collate_fn": Own(made)},
}
for name, options in HOLDERS.items():
    made = generators()
    held = own_states(made)
    found = epochs(0, **options(made))
    assert own_states(made) == held, (name, "they are given back")
    rows = [row for epoch in found for batch in epoch for row in (batch if name != "collate_fn" else [batch])]
    assert len(set(sum(rows, []))) == 4 * len(rows)
    assert len(rows) == (len(sum(found, [])) if name == "collate_fn" else 80)
    for workers in (0, 1, 2):
        assert epochs(min(workers, SENT), **options(generators())) == found, (name, workers)
        assert epochs(workers, **options(None)) == found, (name, workers, "made at the first call")

# One that is hidden is an error.
hidden = random.SystemRandom()
remedy = "epoch 0 has other data when read again: seed what is drawn, sort what is listed"
for kind in (float, str, np.array, torch.tensor):
    for options in (
        {"read": lambda shard: [hidden.random()]},
        {"read": read, "transform": lambda sample: hidden.random()},
    ):
        from_the_start()
        data = SeededShards(
            [1],
            seed=1,
            name="hidden",
            batch_size=4,
            collate_fn=lambda samples, kind=kind: [*map(kind, samples)],
            **options,
        )
        assert raises(RuntimeError, remedy, list, ShardLoader(data))
list(ShardLoader(SeededShards([1], read, 1, "cannot be digested", 4, collate_fn=lambda samples: lambda: samples)))

# What is refused.
for shards in ({1, 2}, iter([1]), "ab".__iter__()):
    assert raises(
        TypeError, f"shards must be a list, in a fixed order, got {shards!r}", SeededShards, shards, read, 1, "train", 4
    )
for size in (0, -1):
    assert raises(ValueError, f"batch_size must be at least 1, got {size}", SeededShards, [1], read, 1, "train", size)
for readers, world_size in ((0, None), (2, 3)):
    text = f"readers must be at least world_size, got {readers}"
    assert raises(ValueError, text, lambda: SeededShards([1], read, 1, "train", 4, readers, world_size=world_size))
for name in ("", None, 4, b"train"):
    assert raises(TypeError, f'name must be a text like "train", got {name!r}', SeededShards, [], read, 1, name, 4)
assert raises(TypeError, "batch_size", SeededShards, [], read, 1, 4), "a call from before there was a name"

# Numbers that are equal give equal streams.
for one in (True, np.int64(1), torch.tensor(1)):
    assert epochs(0, seed=one) == reference
data = SeededShards([], read, 1, "train", 4)
for wrong in ((1.0,), ("1",), (0, 1.0)):
    assert raises(TypeError, "", data.set_epoch, *wrong)
assert raises(TypeError, "", SeededShards, [], read, 1.0, "train", 4)
assert raises(ValueError, "start must be at least 0, got -1", data.set_epoch, 0, -1)

# Tensors begin where one from a worker would: the sums of a product depend on it.
arrays = np.random.standard_normal((64, 101)).astype(np.float32)


def read_rows(shard):
    return arrays


def views(samples):
    whole = torch.from_numpy(np.stack(samples))
    return [np.stack(samples)[:, 1:], whole[:, 1:], whole.T[1:], torch.from_numpy(np.stack(samples)[:, 1:])[:, :99]]


def addresses(workers):
    from_the_start()
    data = SeededShards([0], read_rows, 1, "views", 5, collate_fn=views)
    loader = ShardLoader(data, num_workers=workers)
    return [(part.stride(), fingerprint(part), part.data_ptr() % 64) for batch in loader for part in batch]


assert addresses(0) == addresses(1)


# Batches are copies: what a loop writes into them does not reach the shards.
def written_to(workers):
    from_the_start()
    kept = {shard: [torch.full((3,), float(shard * 10 + number)) for number in range(5)] for shard in range(3)}
    loader = ShardLoader(SeededShards(range(3), kept.get, 1, "written to", 2, collate_fn=list), num_workers=workers)
    found = []
    for _ in range(2):
        found.append([])
        for batch in loader:
            found[-1] += [sample.tolist() for sample in batch]
            for sample in batch:
                sample.mul_(0).sub_(1)
    return found


assert written_to(0) == written_to(2)
assert sorted(written_to(0)[0]) == sorted(written_to(0)[1])

# Several ranks.
for rank, world_size in ((-1, None), (1, None), (2, 2)):
    options = {"rank": rank, "world_size": world_size}
    text = f"no rank {rank} of {world_size or 1}"
    assert raises(ValueError, text, lambda: SeededShards([], read, 1, "train", 4, **options))
silent = SeededShards([], read, 1, "silent", 4)
os.environ["WORLD_SIZE"] = "2"
text = "each rank would get all batches: pass rank and world_size; where accelerate deals them out, pass rank=0, world_"
for function, arguments in (
    (SeededShards, ([], read, 1, "train", 4)),
    (silent.set_epoch, (0,)),
    (list, (silent,)),
    (list, (ShardLoader(silent),)),
):
    assert raises(RuntimeError, text, function, *arguments)
SeededShards([], read, 1, "train", 4, world_size=1)


def run_rank(rank, folder, sender):
    """Send three epochs, one of them resumed late; then what happens if a rank has nothing."""
    start_by(multiprocessing.get_start_method())
    store, limit = torch.distributed.FileStore(f"{folder}/store", 2), datetime.timedelta(seconds=20)
    torch.distributed.init_process_group("gloo", store=store, rank=rank, world_size=2, timeout=limit)
    silenced = raises(RuntimeError, "each rank would get all batches", silent.set_epoch, 0)
    options = {"rank": rank, "world_size": 2, "readers": 3}
    found = [epochs(0, 2, **options), epochs(1, 2, **options), epochs(0, 2, 9, **options), epochs(1, 2, 9, **options)]
    empty = SeededShards([1], read, 1, "empty", 4, readers=2, rank=rank, world_size=2)
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
