import collections
import contextlib
import copy
import itertools
import os
import sys
import threading

from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    random_split,
)

torch.set_num_threads(3)
wave = torch.linspace(0, 1, 3 * 224 * 224).sin()


class Images:
    """Each sample: its index, a draw from each library, and a mean that depends on the number of threads."""

    classes = ("cat", "dog")

    def __len__(self):
        return 20

    def __getitem__(self, index):
        image = wave * (index + 1)
        draws = [random.random(), np.random.random(), torch.rand(()).item(), image.mean().item()]
        return torch.tensor([index, *draws], dtype=torch.float64)


def epochs(dataset, seed=1, name="a", count=2, workers=0, **options):
    """Return the batches of each epoch as lists."""
    anew()
    loader = seeded_loader(dataset, seed, name, **{"batch_size": 4, "num_workers": workers, **options})
    return [batches(loader, epoch) for epoch in range(count)]


def batches(loader, epoch=None, start=0):
    if epoch is not None:
        (loader.batch_sampler if loader.sampler is None else keys_of(loader)).set_epoch(epoch, start)
    return [plain(batch) for batch in loader]


def keys_of(loader):
    return next(s for s in (loader.sampler, loader.batch_sampler) if hasattr(s, "set_epoch"))


waiting = str(torch.cuda._lazy_seed_tracker.get_calls())
before = states()
reference = epochs(Images())
assert states() == before, "the main process keeps its streams"
assert torch.get_num_threads() == 3, "and its threads"
assert str(torch.cuda._lazy_seed_tracker.get_calls()) == waiting, "and its GPUs"
draw()
assert epochs(Images(), workers=2) == reference
assert epochs(Images(), shuffle=True) == reference
for same in (np.int64(1), torch.tensor(1), True):
    assert epochs(Images(), seed=same) == reference
assert epochs(Images(), seed=2) != reference
assert epochs(Images(), name="b") != reference
flat = [[sample for batch in epoch for sample in batch] for epoch in reference]
assert [sorted(int(sample[0]) for sample in epoch) for epoch in flat] == [list(range(20))] * 2
assert [sample[0] for sample in flat[0]] != [sample[0] for sample in flat[1]], "another order in each epoch"
by_index = [{sample[0]: sample for sample in epoch} for epoch in flat]
for column in (1, 2, 3):
    values = [sample[column] for epoch in flat for sample in epoch]
    assert len(set(values)) == 40, "each library draws anew for each sample and epoch"
    assert min(values) < 0.2 and max(values) > 0.8

# One sample for another number of workers, batch size, order: the key alone counts.
in_order = [by_index[1][index] for index in range(20)]
for options in ({"batch_size": 7}, {"batch_size": None}, {"num_workers": 2, "batch_size": None}):
    anew()
    found = batches(seeded_loader(Images(), 1, "a", shuffle=False, **options), 1)
    assert (found if options["batch_size"] is None else sum(found, [])) == in_order
for dataset in (Subset(Images(), range(20)), ConcatDataset([Images()])):
    assert epochs(dataset, workers=1) == reference
ranks = [epochs(Images(), sampler=DistributedSampler(Images(), 2, rank), batch_size=None) for rank in range(2)]
for epoch in (0, 1):
    assert sorted(ranks[0][epoch] + ranks[1][epoch]) == sorted(flat[epoch])
assert [s[0] for s in ranks[0][0]] != [s[0] for s in ranks[0][1]], "a sampler's own set_epoch is called"
own = DistributedSampler(Images(), 2, 0)
assert isinstance(seeded_loader(Images(), 1, "a", sampler=own).sampler, DistributedSampler), "Lightning leaves it alone"
assert not isinstance(seeded_loader(Images(), 1, "a").sampler, DistributedSampler), "Lightning deals it out"

# An index that comes again draws anew; the first time it draws what it always draws.
for sampler in (
    RandomSampler(Images(), replacement=True, num_samples=40),
    RandomSampler(Images(), num_samples=40),
    WeightedRandomSampler([1.0] * 20, 40),
    [*range(20), *range(20)],
    torch.arange(40).remainder(20).unbind(),
):
    (again,) = epochs(Images(), sampler=sampler, count=1, batch_size=None)
    assert (again,) == tuple(epochs(Images(), sampler=sampler, count=1, batch_size=None, workers=2))
    assert len({tuple(sample) for sample in again}) == 40
    for sample in again:
        if sample[0] in by_index[0]:
            assert by_index[0].pop(sample[0]) == sample
    by_index[0] = {sample[0]: sample for sample in flat[0]}
anew()
sampler = _SeededSampler([3, 5, 3, 3], 1, "a", False)
whole = [("key", 1, "a", 0, index, repeat) for index, repeat in ((3, 0), (5, 0), (3, 1), (3, 2))]
assert list(sampler) == whole
sampler.set_epoch(0, start=2)
assert list(sampler) == whole[2:], "on which time it is counts from the beginning of the epoch"


class Late:
    """A sampler that draws while it goes on."""

    def __len__(self):
        return 20

    def __iter__(self):
        for _ in range(20):
            yield random.randrange(20)


before = states()
late = epochs(Images(), sampler=Late())
assert states() == before
draw()
assert epochs(Images(), sampler=Late(), workers=2) == late
assert late[0] != late[1]
within = BatchSampler(Late(), 4, True)
drawn = epochs(Images(), batch_sampler=within, batch_size=1)
assert epochs(Images(), batch_sampler=within, batch_size=1) == drawn
assert drawn[0] != drawn[1]

# Resume in mid-epoch.
anew()
loader = seeded_loader(Images(), 1, "a", batch_size=4, num_workers=2)
assert batches(loader, 1, start=8) == reference[1][2:]
assert len(loader) == 3
assert len(loader.dataset) == 20, "as of the plain dataset"
assert batches(loader, 1, start=20) == []
for start in (-1, 21):
    assert raises(ValueError, f"start must be in [0, 20], got {start}", loader.sampler.set_epoch, 0, start)
for wrong in ((1.0, 0), ("1", 0), (0, 1.0)):
    assert raises(TypeError, "integer", loader.sampler.set_epoch, *wrong)
assert raises(TypeError, "integer", seeded_loader, Images(), 1.0, "a")
without_length = _SeededSampler(iter([4]), 1, "length", False)
without_length.set_epoch(0)
assert list(without_length) == [("key", 1, "length", 0, 4, 0)]


# Batch samplers: lists of indices, of any length.
class Buckets:
    """Its batches are of another number in each epoch."""

    def __init__(self):
        self.epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return 3 + self.epoch

    def __iter__(self):
        yield [3, 5]
        yield np.array([7])
        for _ in range(1 + self.epoch):
            yield random.sample(range(20), 3)


buckets = epochs(Images(), batch_sampler=Buckets(), batch_size=1)
assert [[len(batch) for batch in epoch] for epoch in buckets] == [[2, 1, 3], [2, 1, 3, 3]]
assert buckets[0][0] == [by_index[0][3], by_index[0][5]]
for workers in (1, 2):
    assert epochs(Images(), batch_sampler=Buckets(), batch_size=1, workers=workers) == buckets
anew()
loader = seeded_loader(Images(), 1, "a", batch_sampler=Buckets())
loader.batch_sampler.set_epoch(1, start=2)
assert [plain(batch) for batch in loader] == buckets[1][2:]
loader.batch_sampler.set_epoch(1, start=4)
assert list(loader) == []
sixes = seeded_loader(Images(), 1, "sixes", batch_sampler=BatchSampler(range(20), 6, True))
assert [len(batch) for batch in sixes] == [6, 6, 6]
dealt = BatchSampler(DistributedSampler(Images(), 2, 0), 5, False)
orders = epochs(Images(), batch_sampler=dealt, batch_size=1)
assert [len(batch) for batch in orders[0]] == [5, 5]
assert [s[0] for s in orders[0][0]] != [s[0] for s in orders[1][0]], "of a sampler inside too"
wrong = seeded_loader(Images(), 1, "wrong", batch_sampler=[(1, 2), (3, 4)])
assert raises(TypeError, "a batch sampler must give lists of indices", lambda: list(wrong))


# What a batch draws.
def mix(samples):
    return torch.stack(samples).sum(0) * random.random() + np.random.random() + torch.rand(())


before = states()
mixed = epochs(Images(), collate_fn=mix)
assert states() == before
assert epochs(Images(), collate_fn=mix, workers=2) == mixed
firsts = {round(batch[0] % 1, 9) for epoch in mixed for batch in epoch}
assert len(firsts) == 10, "each batch draws anew"
scale = lambda sample: sample * torch.rand(())
single = epochs(Images(), collate_fn=scale, batch_size=None)
assert epochs(Images(), collate_fn=scale, batch_size=None, workers=1) == single
factors = {round(scaled[1] / sample[1], 6) for scaled, sample in zip(single[0], flat[0])}
assert len(factors) == 20, "each sample draws anew"


# Seeded once a batch.
class Rows(Images):
    def __getitems__(self, indices):
        return list(torch.cat([torch.tensor(indices)[:, None], torch.rand(len(indices), 2)], 1) + random.random())

    def __getitem__(self, index):
        return torch.tensor(index) + torch.rand(2)


class Bulk(Images):
    def __getitem__(self, index):
        return torch.tensor(index)[:, None] + torch.rand(len(index), 1) / 2


for dataset, options in (
    (Rows(), {"batched": True}),
    (Images(), {"batched": True}),
    (Images(), {"batched": True, "batch_size": None}),
    (Bulk(), {"sampler": BatchSampler(RandomSampler(Images()), 4, False), "batch_size": None}),
):
    found = epochs(dataset, **options)
    draw()
    assert epochs(dataset, workers=2, **options) == found
    samples = sum(sum(found, []), []) if options.get("batch_size", 1) or "sampler" in options else sum(found, [])
    assert len({tuple(sample) for sample in samples}) == 40
assert [len(batch) for batch in found[0]] == [4] * 5
assert epochs(Rows()) != epochs(Rows(), batched=True)
assert epochs(Images(), batched=True) != reference


# A generator that nothing here holds, as a library's.
hidden = types.ModuleType("hidden")


def reseed(seed):
    assert 0 <= seed < 2**31, "as OpenCV takes it"
    hidden.rng = np.random.default_rng(seed)


class Hidden(Images):
    def __getitem__(self, index):
        return {"deep": [torch.tensor([index, hidden.rng.random()])], "text": "a"}


class HiddenArrays(Images):
    def __getitem__(self, index):
        return hidden.rng.random(3)


def collate(samples):
    return torch.stack([sample["deep"][0] for sample in samples]) + hidden.rng.random()


text = (
    "a sample made twice differs: has a library a generator of its own? "
    "Pass reseed=, a function that seeds it; check_loader(loader) says more"
)
for dataset in (Hidden(), HiddenArrays()):
    for options in ({}, {"batched": True}):
        anew()
        reseed(0)
        loader = seeded_loader(dataset, 1, "a", batch_size=5, **options)
        assert warned(lambda: list(loader)) == [text]
        assert warned(lambda: list(loader)) == [], "said once"
for options in ({}, {"batched": True}, {"batch_size": 1}):
    first, second = (epochs(Hidden(), reseed=reseed, collate_fn=collate, workers=w, **options) for w in (0, 1))
    assert first == second
assert len({sample[1] for epoch in first for batch in epoch for sample in batch}) == 40
tries = collections.Counter()


class Counted(Images):
    def __getitem__(self, index):
        tries[index] += 1
        return {
            1: {"nan": torch.tensor([1, float("nan")]).bfloat16(), "no": draw, "z": torch.tensor([1j, 2]).conj()},
            2: "text",
        }


flips = itertools.cycle((True, False))


class OneOrTwo(Images):
    def __getitem__(self, index):
        part = [index + 1000]
        return [part, part if next(flips) else [index + 1000]]


assert warned(lambda: list(seeded_loader(OneOrTwo(), 1, "parts", collate_fn=list))) == [], "of one object or of two"
anew()
loader = seeded_loader(Counted(), 1, "a", batch_size=10, collate_fn=len)
assert list(loader) == [10, 10]
assert sorted(tries.values()) == [1] * 10 + [2] * 6 + [4] * 4, (
    "a batch is made once for nothing, four samples twice more"
)
list(loader)
assert sum(tries.values()) == 58
shared = seeded_loader(Images(), 1, "shared", batch_size=10, num_workers=1)
list(shared)
search = shared.dataset._search
assert search.known.tolist() == [True, True], "a worker's trial is enough"
for one in (copy.deepcopy(shared.dataset), copy.copy(shared.dataset)):
    assert one[3][0] == 3
    assert one._search.known.is_shared()


# A tensor in the main process begins where one from a worker does.
torch.sparse.check_sparse_tensor_invariants.disable()  # else a warning


class Arrays(Images):
    def __getitem__(self, index):
        return np.arange(7, dtype=np.float32) + index


def views(samples):
    array = np.stack(samples)
    whole = torch.from_numpy(array[:, 1:])
    return {
        "view": whole,
        "deep": [types.SimpleNamespace(tensor=whole[:, 1:])],
        "expanded": torch.from_numpy(array[0, 1:]).expand(3, 6),
        "transposed": torch.from_numpy(array[:, 1:]).T[1:],
        "empty": torch.from_numpy(array[:, 1:])[:0],
        "sparse": torch.eye(2).to_sparse(),
        "none": None,
    }


def seen(batch):
    deep = batch.pop("deep")[0].tensor
    tensors = [batch[name] for name in ("view", "expanded", "transposed", "empty")] + [deep]
    return [(t.tolist(), t.stride(), t.data_ptr() % 64 if t.numel() else 0) for t in tensors]


def placed(**options):
    anew()
    loader = seeded_loader(Arrays(), 1, "a", batch_size=4, collate_fn=views, **options)
    return [seen(batch) for batch in loader]


assert placed() == placed(num_workers=1)
assert {view[2] for batch in placed() for view in batch} == {0}, "a view is copied alone, aligned"
assert {seen(views([Arrays()[0]] * 4))[0][2] for _ in range(9)} != {0}, "the control"
not_copied = (number for number in range(3))
one = seeded_loader([0], 1, "one", collate_fn=lambda samples: not_copied)
assert list(one) == [not_copied], "nothing can copy it"

# As the plain dataset is.
data = seeded_loader(Images(), 1, "a").dataset
assert data.classes == ("cat", "dog") and data[7][0] == 7 and len(data) == 20
assert raises(AttributeError, "nothing", getattr, data, "nothing")
data.transform = "new"
assert data._dataset.transform == "new" and "transform" not in vars(data)
data._batched = True
assert "_batched" not in vars(data._dataset), "what is its own stays its own"
first, second = random_split(data, [15, 5])
assert len(first) == 15 and len([sample for sample in second]) == 5
assert sorted(s[0] for batch in epochs(first, count=1)[0] for s in batch) == sorted(first.indices)
assert seeded_loader(TensorDataset(torch.arange(4.0)), 1, "a").dataset[[1, 2]][0].tolist() == [1, 2]

# What goes wrong is said.


def too_late(workers):
    anew()
    loader = seeded_loader(Images(), 1, "a", num_workers=workers, prefetch_factor=2 if workers else None)
    running = iter(loader)
    for _ in range(3):
        next(running)
    loader.sampler.set_epoch(1)
    list(running)
    loader.sampler.set_epoch(2)
    list(loader)


for workers in (0, 2):
    assert warned(lambda: too_late(workers)) == ["set_epoch(1) is too late for this epoch 0"]


loader = seeded_loader(Images(), 1, "overridden")


def overridden():
    loader.sampler.set_epoch(3, 5)
    loader.sampler.set_epoch(3, 0)
    loader.sampler.set_epoch(2)
    for epoch in range(2, 5):
        loader.sampler.set_epoch(epoch)
    list(loader)
    loader.sampler.set_epoch(0)


lost = [
    "set_epoch(3, 5) has no effect: set_epoch(3, 0) follows",
    "set_epoch(3, 0) has no effect: set_epoch(2, 0) follows",
]
assert warned(overridden) == lost
for options in ({}, {"collate_fn": list}):
    seeded = seeded_loader(Rows(), 1, "a", **options)
    forgotten = DataLoader(seeded.dataset, 4, shuffle=True, collate_fn=seeded.collate_fn)
    found = []
    said = warned(lambda: found.extend(forgotten))
    assert set(said) == {"not seeded: the loader must be that of seeded_loader"}
    assert [len(batch) for batch in found] == [4] * 5
for batch_size in (4, None):
    seeded = seeded_loader(Rows(), 1, f"a {batch_size}", batch_size=batch_size, collate_fn=lambda _: random.random())
    list(seeded)
    forgotten = DataLoader(seeded.dataset, batch_size, collate_fn=seeded.collate_fn)
    found = []
    warned(lambda: found.extend(forgotten))
    assert len(set(found)) == len(forgotten), "not the same draws for each batch"
for options in (
    {"shuffle": True, "sampler": [1]},
    {"shuffle": True, "batch_sampler": [[1]]},
    {"sampler": [1], "batch_sampler": [[1]]},
):
    text = "pass only one of shuffle, sampler and batch_sampler"
    assert raises(ValueError, text, lambda: seeded_loader(Images(), 1, "a", **options))
assert len(seeded_loader(Images(), 1, "a", sampler=[1], shuffle=False)) == 1, "as DataLoader takes it"
assert raises(TypeError, "positional", seeded_loader, Images(), 1, "a", True)
text = "the sampler gives shares already: omit distributed"
for options in ({"sampler": own}, {"batch_sampler": BatchSampler(own, 2, False)}):
    assert raises(ValueError, text, lambda: seeded_loader(Images(), 1, "a", distributed=True, **options))
text = "an IterableDataset has no indices: use SeededIterable"
stream = type("Stream", (IterableDataset,), {"__iter__": lambda self: iter([1])})()
assert raises(TypeError, text, seeded_loader, stream, 1, "a")
text = "the repr of an index has an address, which varies"
assert raises(TypeError, text, lambda: list(seeded_loader(Images(), 1, "address", sampler=[object()])))


class Loader(DataLoader):
    pass


assert type(seeded_loader(Images(), 1, "a", loader_class=Loader)) is Loader

# A state, as torchdata's loader keeps it.
sampler = _SeededSampler(range(20), 1, "state", False)
sampler.set_epoch(4)
running = iter(sampler)
head = [next(running) for _ in range(6)]
state = sampler.state_dict()
assert state == {"epoch": 4, "start": 6}
other = _SeededSampler(range(20), 1, "state", False)
other.load_state_dict(state)
assert other.state_dict() == state
assert head + list(other) == head + list(running)
assert [key[3] for key in other] == [5] * 20, "then comes the next epoch"


class Broken(Images):
    def __getitem__(self, index):
        draw()
        raise KeyError


before = states()
assert raises(KeyError, "", lambda: epochs(Broken()))
assert states() == before, "after an exception too"
assert torch.get_num_threads() == 3

# Streams of their own.
streams_are_kept_apart(lambda *key: _own_streams((), *key), None, None, in_worker=False)
with _own_streams(()):
    assert 0 <= _seed_streams((), 1, 2) == _seed_streams((), 1, 2) < 2**31
    assert len({_seed_streams((), 1, number) >> 30 for number in range(50)}) == 2, "each of 31 bits is used"
    assert _seed_streams((), 1, 2) != _seed_streams((), 1, "2")
worker = torch.utils.data._utils.worker
worker._worker_info = types.SimpleNamespace(id=0, num_workers=1, worker_method="thread")
with contextlib.ExitStack() as stack:
    text = "threads share random streams: use worker processes"
    assert raises(RuntimeError, text, stack.enter_context, _own_streams(()))
worker._worker_info = None


def in_a_thread():
    thread = threading.Thread(target=lambda: list(seeded_loader(range(2), 1, "thread")))
    thread.start()
    thread.join()


assert set(warned(in_a_thread)) == {"not in the main thread: what other threads draw changes these data"}

# Several ranks: the samples are those of one, and each rank has equally many.
os.environ.pop("RANK", None), os.environ.pop("WORLD_SIZE", None)
anew()
alone = seeded_loader(Images(), 1, "a", distributed=True, batch_size=4)
assert batches(alone, 1) == reference[1]
assert isinstance(alone.sampler, DistributedSampler), "Lightning leaves it alone"
for count in (0, 1, 2, 3, 12, 13):
    anew()
    whole = list(_SeededSampler(range(count), 1, "a", False))
    for world_size in (1, 2, 3, 5):
        os.environ["WORLD_SIZE"] = str(world_size)
        together = []
        for rank in range(world_size):
            # The rank is asked for when it is needed: a process group may start later.
            anew()
            sampler = _SeededShare(range(count), 1, "a", True)
            os.environ["RANK"] = str(rank)
            share = list(sampler)
            assert len(share) == len(sampler) == -(-count // world_size)
            for start in range(len(share) + 1):
                sampler.set_epoch(0, start)
                assert list(sampler) == share[start:], "resumed, it goes on as it would have"
                assert len(sampler) == len(share[start:])
            text = f"start must be in [0, {len(share)}], got {len(share) + 1}"
            assert raises(ValueError, text, sampler.set_epoch, 0, len(share) + 1)
            together += share
        assert set(together) == set(whole)
        assert len(together) - count < world_size
state = types.SimpleNamespace(is_initialized=lambda: True)
for prepared in (False, True):
    state.is_initialized = lambda: prepared
    sys.modules["accelerate.state"] = state
    said = ["accelerate gives shares itself: leave distributed=True out"] * prepared
    assert warned(lambda: list(_SeededShare(range(9), 1, "accelerate", True))) == said
