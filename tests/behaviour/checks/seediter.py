import multiprocessing
import os

import torch.distributed
from torch.utils.data import IterableDataset, get_worker_info

torch.set_num_threads(3)
os.environ.pop("WORLD_SIZE", None)


class Stream(IterableDataset):
    """Draws while it is read."""

    def __iter__(self):
        for number in range(22):
            yield [number, random.random(), np.random.random(), torch.rand(()).item()]


def augment(sample):
    # A sum whose last bits depend on the number of threads.
    mean = (torch.linspace(0, 1, 70_000).sin() * (sample[0] + 1)).mean().item()
    return torch.tensor(
        [*sample, mean, random.random(), np.random.random(), torch.rand(()).item()], dtype=torch.float64
    )


def collate(samples):
    return torch.stack(samples) * random.random()


def stream(source=None, **options):
    options = {"seed": 1, "name": "train", "batch_size": 4, "transform": augment, "collate_fn": collate, **options}
    return SeededIterable(Stream() if source is None else source, **options)


def passes(loader, count=1):
    return [[batch.tolist() for batch in loader] for _ in range(count)]


def epochs(workers, count=2, start=0, source=None, **options):
    """The first epochs, all of which are resumed if start is given."""
    from_the_start()
    data = stream(source, **options)
    loader = data.loader(num_workers=workers, persistent_workers=workers > 1)
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
assert [len(batch) for batch in reference[0]] == [4, 4, 4, 4, 4, 2]
for workers in (1, 2, 3):
    draw()
    before = states()
    assert epochs(workers) == reference, workers
    assert states() == before
assert epochs(3, start=2) == [epoch[2:] for epoch in reference]
assert epochs(2, drop_last=True) == [epoch[:5] for epoch in reference]
assert epochs(0, source=lambda: iter(Stream())) == reference
assert reference[0] != reference[1]
for column in range(1, 8):
    if column != 4:
        values = [s[column] for s in sum(epochs(0, collate_fn=torch.stack)[0], [])]
        assert len(set(values)) == 22, column
(plain_batches,) = epochs(0, count=1, transform=None, collate_fn=lambda samples: torch.tensor(samples))
assert [sample[0] for batch in plain_batches for sample in batch] == list(range(22))
defaults = SeededIterable([torch.tensor(number) for number in range(3)], 1, "defaults", 2)
assert [batch.tolist() for batch in defaults] == [[0, 1], [2]]
assert list(SeededIterable([], 1, "empty", 2)) == []
own = torch.Generator()
loader = SeededIterable([], 1, "empty", 2).loader(prefetch_factor=3, num_workers=1, generator=own)
assert (loader.prefetch_factor, loader.generator) == (3, own)


# Streams of other seeds and names have nothing in common, nor have two epochs of one.
def drawn(**options):
    """What is drawn in the order, the source, and in transform, in two epochs."""
    found = torch.tensor(sum(sum(epochs(0, collate_fn=torch.stack, **options), []), []))
    return set(found[:, [1, 2, 3, 5, 6, 7]].flatten().tolist())


every = [drawn(), drawn(name="valid"), drawn(seed=2), drawn(seed=2, name="valid"), drawn(name="Train")]
assert [len(one) for one in every] == [2 * 22 * 6] * 5
assert len(set.union(*every)) == 5 * 2 * 22 * 6


# Only the worker that makes a batch does its work. The first batch of a training is made three times more: once to find
# the generators that it makes, and twice to compare.
def count_calls(sample):
    calls.append(sample[0])
    return augment(sample)


calls = []
data = stream(name="calls", transform=count_calls)
for epoch in range(2):
    data.set_epoch(epoch, start=5)
    assert len(list(data)) == 1
assert calls == [*[0, 1, 2, 3] * 3, 20, 21, 20, 21]


# In workers, all of them find, one compares, and later ones know that there is nothing to find.
def count_shared(sample):
    shared_calls[sample[0]] += 1
    return augment(sample)


shared_calls = torch.zeros(22, dtype=torch.int64).share_memory_()
loader = stream(name="shared", transform=count_shared).loader(num_workers=1)
list(loader)
assert shared_calls.tolist() == [4] * 4 + [1] * 18
list(loader)
assert shared_calls.tolist() == [5] * 4 + [2] * 18


# An order that is drawn where the stream begins.
class Shuffled(IterableDataset):
    def __iter__(self):
        return iter(random.sample(range(22), 22) + np.random.permutation(22).tolist() + torch.randperm(22).tolist())


def plain_stack(samples):
    return torch.tensor(samples)


shuffled = epochs(0, source=Shuffled(), transform=None, collate_fn=plain_stack)
assert epochs(2, source=Shuffled(), transform=None, collate_fn=plain_stack) == shuffled
assert shuffled[0] != shuffled[1]


class Broken(IterableDataset):
    def __iter__(self):
        draw()
        raise KeyError
        yield


before = states()
assert raises(KeyError, "", lambda: list(SeededIterable(Broken(), 1, "broken", 2)))
assert states() == before


# Sources that split themselves by worker lose no samples.
class Split(Stream):
    def __iter__(self):
        worker = get_worker_info()
        return itertools.islice(
            super().__iter__(), worker.id if worker else 0, None, worker.num_workers if worker else 1
        )


class SplitWhenAsked(Split):
    def __iter__(self):
        yield from super().__iter__()


def split_twice(sample):
    assert told_of() is None
    return augment(sample)


class BrokenInAWorker(Stream):
    def __iter__(self):
        try:
            raise KeyError
        finally:
            seen.append(told_of())
        yield


for source in (Split(), SplitWhenAsked(), lambda: Split()):
    assert epochs(0, source=source) == epochs(2, source=source) == reference
assert epochs(2, transform=split_twice) == reference
worker = torch.utils.data._utils.worker
worker._worker_info, seen = types.SimpleNamespace(id=0, num_workers=2), []
assert raises(KeyError, "", lambda: list(SeededIterable(BrokenInAWorker(), 1, "broken in a worker", 2)))
assert seen == [None]
assert get_worker_info().num_workers == 2
worker._worker_info = None


# The epoch reaches the source, also in workers that persist, and is the same in all of them.
class Epochs(IterableDataset):
    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        return iter([[number, self.epoch, 0, 0] for number in range(22)])


class SharedEpochs(Epochs):
    """As Hugging Face's: where two workers set it at once, it is wrong."""

    def __init__(self):
        self.shared = torch.zeros(1, dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch):
        assert not multiprocessing.current_process().daemon or epoch == self.shared
        self.shared[0] = epoch

    def __iter__(self):
        return iter([[number, self.shared.item(), 0, 0] for number in range(22)])


plain_epochs = {"transform": None, "collate_fn": plain_stack}
numbers = [[[number, epoch, 0, 0] for number in range(22)] for epoch in range(2)]
for source in (Epochs, SharedEpochs, lambda: Epochs):
    for workers in (0, 1, 2):
        found = epochs(workers, source=source(), **plain_epochs)
        assert [sum(epoch, []) for epoch in found] == numbers, (source, workers)


# What differs where it is read again is an error.
class Different(IterableDataset):
    """From a number of samples on, unlike in the reading before."""

    def __init__(self, kind, first=0, count=40):
        self.kind, self.first, self.count, self.readings = kind, first, count, 0

    def __iter__(self):
        self.readings += 1
        reading = self.readings
        samples = [number + reading * (number >= self.first) for number in range(self.count)]
        return iter([self.kind(sample) for sample in samples])


def read_twice(source, **options):
    from_the_start()
    data = SeededIterable(source, 1, "twice", 4, collate_fn=list, **options)
    for _ in range(2):
        data.set_epoch(3)
        list(data)


kinds = [int, str, np.array, torch.tensor, lambda n: torch.tensor(n).bfloat16(), lambda n: {"a": [np.full((2, 3), n)]}]
for kind in kinds:
    for first in (0, 3, 7, 33):
        assert raises(RuntimeError, "epoch 3 has other data when read again: seed", read_twice, Different(kind, first))
read_twice(Different(int, 40)), read_twice(Different(lambda n: lambda: n)), read_twice(lambda: iter(range(9)))
shrinking = iter([13, 13, 13, 13, 12])
assert raises(RuntimeError, "epoch 3 has other data", read_twice, lambda: iter(range(next(shrinking))))
generator = iter(range(99))
remedy = "seed what is drawn, sort what is listed"
assert raises(RuntimeError, remedy, read_twice, lambda: generator), "it is used up"
data = SeededIterable(range(22), 1, "changed", 4)
for epoch in (0, 1, 0):
    data.set_epoch(epoch)
    list(data)
    data.source = range(epoch, 22)  # it is compared within an epoch only
data.set_epoch(0)
assert raises(RuntimeError, "epoch 0 has other data", list, data)


class ByProcess(IterableDataset):
    def __iter__(self):
        return iter([os.getpid()] * 22)


assert raises(RuntimeError, "epoch 0 has other data", lambda: epochs(2, source=ByProcess(), **plain_epochs))

# What is refused.
for source in (iter([1]), (number for number in range(3)), map(int, [])):
    assert raises(TypeError, "can be read once only: pass what makes it", SeededIterable, source, 1, "train", 4)
for size in (0, -1):
    assert raises(ValueError, f"batch_size must be at least 1, got {size}", SeededIterable, [], 1, "train", size)
for name in ("", None, 4, b"train"):
    assert raises(TypeError, f'name must be a text like "train", got {name!r}', SeededIterable, [], 1, name, 4)
assert raises(TypeError, "batch_size", SeededIterable, [], 1, 4), "a call from before there was a name"

# Numbers that are equal give equal streams.
for one in (True, np.int64(1), torch.tensor(1)):
    assert epochs(0, seed=one) == reference
data = SeededIterable([], 1, "train", 4)
for wrong in ((1.0,), ("1",), (0, 1.0)):
    assert raises(TypeError, "", data.set_epoch, *wrong)
assert raises(TypeError, "", SeededIterable, [], 1.0, "train", 4)
assert raises(ValueError, "start must be at least 0, got -1", data.set_epoch, 0, -1)

# Tensors begin where one from a worker would: the sums of a product depend on it.
net = torch.nn.Linear(100, 1)
arrays = np.random.standard_normal((64, 101)).astype(np.float32)


def views(samples):
    whole = torch.from_numpy(np.stack(samples))
    return [np.stack(samples)[:, 1:], whole[:, 1:], whole.T[1:], torch.from_numpy(np.stack(samples)[:, 1:])[:, :99]]


def addresses(workers):
    from_the_start()
    loader = SeededIterable(arrays, 1, "views", 5, collate_fn=views).loader(num_workers=workers)
    return [(part.stride(), fingerprint(part), part.data_ptr() % 64) for batch in loader for part in batch]


assert addresses(0) == addresses(1)


# Batches are copies: what a loop writes into them does not reach the source.
def written_to(workers):
    from_the_start()
    samples = [torch.full((3,), float(number)) for number in range(9)]
    loader = SeededIterable(samples, 1, "written to", 2, collate_fn=list).loader(num_workers=workers)
    found = []
    for _ in range(2):
        for batch in loader:
            found.append([sample.tolist() for sample in batch])
            for sample in batch:
                sample.mul_(0).sub_(1)
    return found


assert written_to(0) == written_to(2)
assert written_to(0)[5:] == written_to(0)[:5]


# Several ranks: together they have all samples; without a word they would have all of them each.
def with_noise(sample):
    return [sample[0], random.random()]


for world_size, drop_last in ((1, False), (2, True), (3, False), (5, False), (5, True)):
    shares = []
    for rank in range(world_size):
        options = {"rank": rank, "world_size": world_size, "drop_last": drop_last}
        options = {**options, "transform": with_noise, "collate_fn": plain_stack}
        (batches,) = epochs(0, 1, **options)
        assert epochs(0, 1, 2, **options)[0] == batches[2:]
        shares.append(batches)
    assert epochs(2, 1, **options)[0] == batches
    assert len({len(batches) for batches in shares}) == 1, "all have equally many batches"
    together = [sample for batches in shares for batch in batches for sample in batch]
    kept = 22 // (4 * world_size) * 4 * world_size if drop_last else 22
    assert {number for number, _ in together} == set(range(kept))
    assert len(together) < kept + world_size
    assert len({draw for _, draw in together}) == len(together), "each draws its own"
for rank, world_size in ((-1, None), (1, None), (2, 2)):
    options = {"rank": rank, "world_size": world_size}
    text = f"no rank {rank} of {world_size or 1}"
    assert raises(ValueError, text, lambda: SeededIterable([], 1, "train", 4, **options))
silent = SeededIterable([], 1, "silent", 4)
os.environ["WORLD_SIZE"] = "2"
text = "each rank would get all batches: pass rank and world_size; where accelerate deals them out, pass rank=0, world_"
for function, arguments in (
    (SeededIterable, ([], 1, "train", 4)),
    (silent.set_epoch, (0,)),
    (list, (silent,)),
    (list, (silent.loader(),)),
):
    assert raises(RuntimeError, text, function, *arguments)
SeededIterable([], 1, "train", 4, world_size=1)
torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
# The process group knows better than the environment.
silent.set_epoch(0), SeededIterable([], 1, "train", 4), list(silent.loader())
