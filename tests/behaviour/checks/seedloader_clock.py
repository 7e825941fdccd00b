import copy

from torch.utils.data import BatchSampler, RandomSampler


class Images:
    """Each sample: its index, and a draw from each library."""

    def __init__(self, count=20):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return torch.tensor([index, random.random(), np.random.random(), torch.rand(()).item()], dtype=torch.float64)


def new(name="train", seed=1, data=None, **options):
    return seeded_loader(data or Images(), seed, name, **{"batch_size": 4, **options})


def samples(loader):
    return [tuple(sample) for batch in loader for sample in batch.tolist()]


def passes(loader, count):
    return [samples(loader) for _ in range(count)]


def all_apart(epochs):
    """No draw comes twice, in one epoch or in two."""
    drawn = [value for epoch in epochs for sample in epoch for value in sample[1:]]
    return len(set(drawn)) == len(drawn)


def start_over():
    assert seed_everything(5, deterministic=False) == 5


# Each pass is the next epoch.
reference = passes(new(), 4)
assert all_apart(reference)
assert len({tuple(index for index, *_ in epoch) for epoch in reference}) == 4
for workers in (0, 1, 2):
    start_over()
    assert passes(new(num_workers=workers), 4) == reference, workers
start_over()
assert passes(new(num_workers=2, persistent_workers=True), 4) == reference
start_over()
assert [samples(new()) for _ in range(4)] == reference, "of a loader that is made anew too"
start_over()
one, other = new(), new(batch_size=7)
assert [samples(one), samples(other), samples(one), samples(other)] == reference, "whichever loader makes it"
start_over()
asked_for_length = new()
assert len(asked_for_length) == 5
iter(asked_for_length.sampler), copy.copy(asked_for_length), copy.deepcopy(asked_for_length.dataset)
assert samples(asked_for_length) == reference[0], "what is not read is no pass"
start_over()
left = iter(new())
next(left)
del left
assert samples(new()) == reference[1], "an epoch that is left early is one"

# A data set that is not shuffled draws anew too: four views of each sample, for test-time augmentation.
start_over()
views = passes(new("test", shuffle=False), 4)
assert all_apart(views)
assert all([index for index, *_ in view] == list(range(20)) for view in views)

# set_epoch sets the next pass, and from there the clock goes on.
start_over()
loader = new()
loader.sampler.set_epoch(2)
assert passes(loader, 2) == reference[2:]
loader.sampler.set_epoch(1, 8)
assert len(loader) == 3
assert samples(loader) == reference[1][8:]
loader.sampler.set_epoch(3)
assert len(loader) == 5, "the start is of one pass"
assert samples(loader) == reference[3]
loader.sampler.set_epoch(0, 4)
assert samples(loader) == reference[0][4:]
start_over()
loader = new()
loader.sampler.set_epoch(1, 8)
found = [samples(loader), len(loader)]
assert [*found, samples(loader), len(loader)] == [reference[1][8:], 3, reference[2], 5], "then comes a whole one"
start_over()
by_batch = new(batch_size=1, batch_sampler=BatchSampler(RandomSampler(Images()), 4, False))
by_batch.batch_sampler.set_epoch(1, 2)
assert passes(by_batch, 2) == [reference[1][8:], reference[2]]

# In a sample, seed_everything is the loader's business: it sets no clock back.
start_over()


class SeedsItself(Images):
    def __getitem__(self, index):
        seed_everything(index, deterministic=False)
        return super().__getitem__(index)


for workers in (0, 2):
    loader = new("itself", data=SeedsItself(), num_workers=workers)
    before = dict(_CLOCKS), set(_BEGUN)
    assert len({epoch[0] for epoch in passes(loader, 3)}) == 3, "the order is of other epochs"
    assert {**before[0], (1, "itself"): 3 * (1 + (workers > 0))} == _CLOCKS
    assert before[1] < _BEGUN

# A pass in a sample does not depend on earlier ones: it moves no clock, and is not the second of its epoch.
start_over()
inner = new("inner", data=Images(4))


class Nested(Images):
    def __getitem__(self, index):
        whole = samples(inner)
        inner.sampler.set_epoch(index + 1)
        (again,) = inner
        return torch.cat([torch.tensor([index, *sum(whole, ())]), again.flatten()])


nested = passes(new("nested", data=Nested()), 2)
assert (1, "inner") not in _CLOCKS
start_over()
inner.generator = None  # torch cannot send one to a worker that does not fork
assert passes(new("nested", data=Nested(), num_workers=2), 2) == nested
assert [len({sample[1:17] for sample in epoch}) for epoch in nested] == [1, 1], "its first epoch, unless it is asked"
assert [len({sample[17:] for sample in epoch}) for epoch in nested] == [20, 20]

# One epoch twice is said, with both remedies, where it is not asked for.
start_over()
again = (
    "epoch 0 of 'train' again: the data are those of before. Give each loader its own name; "
    "call seed_everything once, before the training loop"
)
first, second = new(), new()
for loader in (first, second):
    loader.sampler.set_epoch(0)
assert warned(lambda: samples(first)) == []
assert warned(lambda: samples(second)) == [again], "a second loader"
assert warned(lambda: samples(second)) == [], "its next epoch is another one"
second.sampler.set_epoch(0)
assert warned(lambda: samples(second)) == [], "asked for by the same loader: to validate on the same data"
first.sampler.set_epoch(1)
assert warned(lambda: samples(first)) == [again.replace("epoch 0", "epoch 1")]
start_over()
validation = new("validation", shuffle=False)


def validate():
    validation.sampler.set_epoch(0)
    return samples(validation)


found = []
assert warned(lambda: found.extend(validate() for _ in range(3))) == []
assert found == [found[0]] * 3
start_over()
loader = new()


def seeds_in_its_loop():
    for _ in range(3):
        start_over()
        found.append(samples(loader))


found.clear()
assert warned(seeds_in_its_loop) == [again] * 2
assert found == [reference[0]] * 3, "the control: the data are those of before"
start_over()
assert warned(lambda: passes(new(), 2)) == [], "once before a training, as when a notebook's cells are run again"
for start in (1, 8):
    start_over()
    stopped, resumed = new(), new()
    assert warned(lambda: samples(stopped)) == []
    resumed.sampler.set_epoch(0, start)
    assert warned(lambda: samples(resumed)) == [], "what is left of an epoch is no second one"

# Other streams have nothing in common.
start_over()
loaders = [new(data=Images(200)), new("b", data=Images(200)), new(seed=2, data=Images(200)), new("1", data=Images(200))]
found = [passes(loader, 3) for loader in loaders]
assert all_apart([epoch for epochs in found for epoch in epochs])
for number, one in enumerate(found):
    for other in found[:number]:
        pairs = list(zip(sum(one, []), sum(other, []), strict=True))
        # Chance gives 3 of 600 with a standard deviation of 1.7.
        assert sum(a[0] == b[0] for a, b in pairs) < 18
generators = [loader.generator.initial_seed() for loader in loaders]
assert len(set(generators)) == 4
assert new(data=Images(200)).generator.initial_seed() == generators[0]
assert all(loader.generator is not torch.default_generator for loader in loaders)
of_ones_own = torch.Generator()
assert new("own", generator=of_ones_own).generator is of_ones_own
before = torch.get_rng_state().tolist()
samples(new("own", generator=of_ones_own))
samples(new("another"))
assert torch.get_rng_state().tolist() == before, "an epoch does not move torch's stream"

# A name is a text.
assert raises(TypeError, "name", seeded_loader, Images(), 1)
for name in ("", None, 1, b"train", ["train"]):
    text = f'name must be a text like "train", got {name!r}'
    assert raises(TypeError, text, seeded_loader, Images(), 1, name)
assert raises(TypeError, "integer", seeded_loader, Images(), "1", "train")
