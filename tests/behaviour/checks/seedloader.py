from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    DistributedSampler,
    RandomSampler,
    SequentialSampler,
    Subset,
    WeightedRandomSampler,
)

torch.set_num_threads(3)


class Images:
    """Each sample: its index, a draw from each library, and a mean that depends on the number of threads."""

    def __len__(self):
        return 20

    def __getitem__(self, index):
        image = torch.linspace(0, 1, 3 * 224 * 224).sin() * (index + 1)
        draws = [random.random(), np.random.random(), torch.rand(()).item(), image.mean().item()]
        return torch.tensor([index, *draws], dtype=torch.float64)


def batches(data, workers=0, **options):
    options = {"batch_size": 4, "collate_fn": data.collate, **options}
    loader = DataLoader(data, sampler=data, num_workers=workers, generator=torch.Generator(), **options)
    return [batch.tolist() for batch in loader]


def epochs(data, count=2, **options):
    found = []
    for epoch in range(count):
        data.set_epoch(epoch)
        found.append(batches(data, **options))
    return found


waiting = str(torch.cuda._lazy_seed_tracker.get_calls())
before, threads = states(), torch.get_num_threads()
reference = epochs(SeededDataset(Images(), seed=1))
assert states() == before, "the main process keeps its streams"
assert torch.get_num_threads() == threads == 3, "and its threads"
assert str(torch.cuda._lazy_seed_tracker.get_calls()) == waiting, "and its GPUs"
draw()
assert epochs(SeededDataset(Images(), seed=1), workers=2) == reference
assert epochs(SeededDataset(Images(), seed=2)) != reference
flat = [[sample for batch in epoch for sample in batch] for epoch in reference]
assert [sorted(int(sample[0]) for sample in epoch) for epoch in flat] == [list(range(20))] * 2
assert [sample[0] for sample in flat[0]] != [sample[0] for sample in flat[1]], "another order in each epoch"
by_index = [{sample[0]: sample for sample in epoch} for epoch in flat]
for column in (1, 2, 3):
    values = [sample[column] for epoch in flat for sample in epoch]
    assert len(set(values)) == 40, "each library draws anew for each sample and epoch"
    assert min(values) < 0.2 and max(values) > 0.8

# One sample for another number of workers, batch size, order: the key alone counts.
for options in ({"batch_size": 7}, {"batch_size": None}, {"workers": 2, "batch_size": None}):
    data = SeededDataset(Images(), seed=1, sampler=SequentialSampler(Images()))
    data.set_epoch(1)
    found = batches(data, **options)
    found = found if options["batch_size"] is None else [sample for batch in found for sample in batch]
    assert found == [by_index[1][index] for index in range(20)]
data.set_epoch(0)
assert [len(batch) for batch in DataLoader(data, batch_sampler=BatchSampler(data, 6, True))] == [6, 6, 6]
for dataset in (Subset(Images(), range(20)), ConcatDataset([Images()])):
    assert epochs(SeededDataset(dataset, seed=1), workers=1) == reference
ranks = [SeededDataset(Images(), 1, DistributedSampler(Images(), 2, rank)) for rank in range(2)]
shares = [epochs(data, batch_size=None) for data in ranks]
for epoch in (0, 1):
    union = sorted(shares[0][epoch] + shares[1][epoch])
    assert union == sorted(flat[epoch])
assert [s[0] for s in shares[0][0]] != [s[0] for s in shares[0][1]], "a sampler's own set_epoch is called"

# An index that comes again draws anew; the first time it draws what it always draws.
for sampler in (
    RandomSampler(Images(), replacement=True, num_samples=40),
    WeightedRandomSampler([1.0] * 20, 40),
):
    (again,) = epochs(SeededDataset(Images(), 1, sampler), count=1, batch_size=None)
    assert (again,) == tuple(epochs(SeededDataset(Images(), 1, sampler), count=1, batch_size=None, workers=2))
    assert len({tuple(sample) for sample in again}) == 40
    for sample in again:
        if sample[0] in by_index[0]:
            assert by_index[0].pop(sample[0]) == sample
    by_index[0] = {sample[0]: sample for sample in flat[0]}
data = SeededDataset(Images(), 1, RandomSampler(Images(), replacement=True, num_samples=40))
whole = list(data)
data.set_epoch(0, start=13)
assert list(data) == whole[13:], "on which time it is counts from the beginning of the epoch"

tensors = SeededDataset(Images(), 1, torch.tensor([3, 5, 3]).unbind())
assert list(tensors) == [(0, 3, 0), (0, 5, 0), (0, 3, 1)], "indices may be tensors"

# Resume in mid-epoch.
data = SeededDataset(Images(), seed=1)
data.set_epoch(1, start=8)
assert len(data) == 12
assert batches(data, workers=2) == reference[1][2:]
data.set_epoch(1, start=20)
assert batches(data) == []
for start in (-1, 21):
    assert raises(ValueError, f"start must be in [0, len(sampler)], got {start}", data.set_epoch, 0, start)


# What a batch draws.
def mix(samples):
    return torch.stack(samples).sum(0) * random.random() + np.random.random() + torch.rand(())


before = states()
mixed = epochs(SeededDataset(Images(), seed=1, collate_fn=mix))
assert states() == before
assert epochs(SeededDataset(Images(), seed=1, collate_fn=mix), workers=2) == mixed
firsts = {round(batch[0] % 1, 9) for epoch in mixed for batch in epoch}
assert len(firsts) == 10, "each batch draws anew"
data = SeededDataset(Images(), seed=1, collate_fn=lambda sample: sample * torch.rand(()))
single = epochs(data, batch_size=None)
assert epochs(data, batch_size=None, workers=1) == single
factors = {round(scaled[1] / sample[1], 6) for scaled, sample in zip(single[0], flat[0])}
assert len(factors) == 20, "each sample draws anew"


assert SeededDataset(Images(), seed=1).collate([torch.ones(1)]).tolist() == [[1]], "by hand, before any sample"


# Generators of the dataset's own.
class Own(Images):
    def __init__(self):
        self.rng = np.random.default_rng()

    def reseed(self, seed):
        self.rng = np.random.default_rng(seed)

    def __getitem__(self, index):
        return torch.tensor([index, self.rng.random()])


assert epochs(SeededDataset(Own(), seed=1)) != epochs(SeededDataset(Own(), seed=1)), "the control"
found = [Own(), Own()]
first, second = ([*epochs(SeededDataset(o, 1, reseed=o.reseed), workers=w)] for w, o in enumerate(found))
assert first == second
assert len({sample[1] for epoch in first for batch in epoch for sample in batch}) == 40

# What goes wrong is said.
data = SeededDataset(Images(), seed=1)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for workers in (0, 2, 0):
        iter(data)  # not begun: DataLoader does so
        batches(data, workers=workers)
    assert [str(warning.message) for warning in caught] == ["epoch 0 again: call set_epoch"]
    data.set_epoch(0)
    batches(data)
    assert len(caught) == 1
plain_loader = DataLoader(SeededDataset(Images(), seed=1), batch_size=2)
assert raises(TypeError, "no key: 0; give DataLoader this as sampler too", lambda: next(iter(plain_loader)))
assert raises(TypeError, "no key: (0, 1)", data.__getitem__, (0, 1))
for sampler in (
    RandomSampler(Images(), generator=torch.Generator()),
    WeightedRandomSampler([1], 1, generator=torch.Generator()),
):
    assert raises(
        ValueError, "the sampler has a generator of its own: make it without", SeededDataset, Images(), 1, sampler
    )


class Broken(Images):
    def __getitem__(self, index):
        draw()
        raise KeyError


before = states()
data = SeededDataset(Broken(), seed=1)
assert raises(KeyError, "", lambda: batches(data))
assert states() == before, "after an exception too"
assert torch.get_num_threads() == 3

streams_are_kept_apart(own_streams, seed_streams)
