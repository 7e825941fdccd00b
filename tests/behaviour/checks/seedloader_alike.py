import functools
import io
import itertools
import logging
import multiprocessing
import sqlite3
import tempfile

from torch.utils.data import BatchSampler, ConcatDataset, RandomSampler, Subset, SubsetRandomSampler

METHODS = multiprocessing.get_all_start_methods()


def epochs(dataset, workers=0, count=2, **options):
    """The batches of each pass, as lists."""
    anew()
    loader = seeded_loader(dataset, 1, "train", **{"batch_size": 4, "num_workers": workers, **options})
    return [[plain(batch) for batch in loader] for _ in range(count)]


def flat(parts):
    return [value for part in parts for value in flat(part)] if isinstance(parts, list) else [parts]


class Numbers:
    """Its samples are what a function gives for their index."""

    def __init__(self, sample, count=16):
        self.sample, self.count = sample, count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return self.sample(index)


# Of each library: how a generator is made (of a seed, or of none), what it draws, and its state.
GENERATORS = {
    "NumPy's": (np.random.default_rng, lambda g: g.random(), lambda g: g.bit_generator.state),
    "NumPy's with another algorithm": (
        lambda *seed: np.random.Generator(np.random.Philox(*seed)),
        lambda g: g.random(),
        lambda g: str(g.bit_generator.state),
    ),
    "NumPy's older": (np.random.RandomState, lambda g: g.random_sample(), lambda g: str(g.get_state())),
    "Python's": (random.Random, lambda g: g.random(), lambda g: g.getstate()),
    "torch's": (
        lambda *seed: torch.Generator().manual_seed(seed[0]) if seed else fresh(torch.Generator()),
        lambda g: torch.rand((), generator=g, dtype=torch.float64).item(),
        lambda g: g.get_state().tolist(),
    ),
}


def fresh(generator):
    generator.seed()
    return generator


class Holder:
    """Has a generator of its own, as a transform or a data set has."""

    def __init__(self, generator, number):
        self.generator, self.number = generator, number

    def __len__(self):
        return 16

    def __getitem__(self, index):
        return self.number(self.generator)

    def __call__(self, samples):
        return [self.number(self.generator) for _ in samples]


class Slots:
    __slots__ = ("generator", "number")

    def __init__(self, generator, number):
        self.generator, self.number = generator, number

    def __call__(self, index):
        return self.number(self.generator)


class Lazy:
    """Makes its generator when it is first called."""

    def __init__(self, make, number):
        self.make, self.number, self.generator = make, number, None

    def __call__(self, samples):
        if self.generator is None:
            self.generator = self.make()
        return (
            [self.number(self.generator) for _ in samples] if isinstance(samples, list) else self.number(self.generator)
        )


def deep(generator, number):
    transforms = {"train": [(len, Holder(generator, number))]}
    return lambda index: transforms["train"][0][1][index]


def in_a_class(generator, number):
    kind = type("Kind", (Numbers,), {"generator": generator, "__getitem__": lambda self, index: number(self.generator)})
    return {"dataset": type("Derived", (kind,), {})(None)}


def in_a_global(drawn):
    def made(generator, number):
        names = {"a_global": generator, "number": number, "sum": sum, "range": range}
        return {"dataset": Numbers(types.FunctionType(drawn.__code__, names))}

    return made


def draws_of_a_global(index):
    return number(a_global)


def draws_of_a_global_within(index):
    return sum(number(a_global) for _ in range(2))


def among_many(generator, number):
    dataset = Holder(None, number)
    dataset.generator, dataset.paths = generator, [(str(i), [i]) for i in range(60_000)]
    return {"dataset": dataset}


def in_a_long_list(generator, number):
    many = [None] * 300 + [generator]
    return {"dataset": Numbers(lambda index: number(many[300]))}


def by_default(generator, number):
    return {"dataset": Numbers(lambda index, generator=generator: number(generator))}


def by_keyword(generator, number):
    return {"dataset": Numbers(lambda index, *, generator=generator: number(generator))}


def in_a_method(kind):
    """A class whose sample is drawn by a static method or a method of the class."""

    def made(generator, number):
        def drawn(*_):
            return number(generator)

        methods = {"drawn": kind(drawn), "__getitem__": lambda self, index: self.drawn()}
        return {"dataset": type("Kind", (Numbers,), methods)(None)}

    return made


PLACES = {
    "a data set": lambda g, number: {"dataset": Holder(g, number)},
    "a data set in others": lambda g, number: {"dataset": ConcatDataset([Subset(Holder(g, number), range(16))])},
    "a data set seeded once a batch": lambda g, number: {"dataset": Holder(g, number), "batched": True},
    "a collate function": lambda g, number: {"dataset": Numbers(float), "collate_fn": Holder(g, number)},
    "a method": lambda g, number: {"dataset": Numbers(float), "collate_fn": Holder(g, number).__call__},
    "one sample at a time": lambda g, number: {"dataset": Holder(g, number), "batch_size": None},
    "a closure": lambda g, number: {"dataset": Numbers(lambda index: number(g))},
    "a partial": lambda g, number: {"dataset": Numbers(functools.partial(lambda g, index: number(g), g))},
    "a default": by_default,
    "a default of a keyword": by_keyword,
    "deep in a closure": lambda g, number: {"dataset": Numbers(deep(g, number))},
    "slots": lambda g, number: {"dataset": Numbers(Slots(g, number))},
    "a class": in_a_class,
    "a static method": in_a_method(staticmethod),
    "a method of a class": in_a_method(classmethod),
    "a global": in_a_global(draws_of_a_global),
    "a global in a generator expression": in_a_global(draws_of_a_global_within),
    "a large data set": among_many,
    "a long list": in_a_long_list,
}


for (kind, (make, number, state)), (place, options) in itertools.product(GENERATORS.items(), PLACES.items()):
    if kind != "NumPy's" and place != "a data set":
        continue  # whose it is does not matter for where it is found
    third = make(3)  # not "generator": a global of an attribute's name counts as used
    before, streams = state(third), states()
    found = epochs(**options(third, number))
    assert state(third) == before, (kind, place, "it is given back")
    assert states() == streams
    assert len(set(flat(found))) == 32, (kind, place, "each sample draws anew, in each epoch")
    assert epochs(**options(make(), number)) == found, (kind, place, "seeded by its owner or not")
    # To a worker that does not fork torch cannot send a torch.Generator, with its plain DataLoader neither.
    workers = 2 if kind != "torch's" or multiprocessing.get_start_method() == "fork" else 0
    assert epochs(**options(make(4), number), workers=workers, persistent_workers=workers > 0) == found, (kind, place)

# The search ends, and finds what is held twice once.
make, number, state = GENERATORS["NumPy's"]
one, other = make(), make()
ring = [one, {"a": one, "b": other}]
ring.append(ring)
assert [id(generator) for generator in _generators(ring, other)] == [id(other), id(one)], "the nearest first"
many = [[types.SimpleNamespace() for _ in range(900)] for _ in range(150)]
assert len(list(_held(many))) < 50_000, "of 135,000 parts"
assert _generators(one, apart=one) == []


# One that is made at the first call, where it would differ between workers.
def seeded_by_worker():
    """As a collator with a seed does it."""
    return make(42 + (told_of() or (0,))[0])


for maker in (make, seeded_by_worker):
    for options in (
        lambda lazy: {"dataset": Numbers(lazy)},
        lambda lazy: {"dataset": Numbers(float), "collate_fn": lazy},
        lambda lazy: {"dataset": Numbers(lazy), "batch_size": None},
    ):
        found = epochs(**options(Lazy(maker, number)))
        assert len(set(flat(found))) == 32
        for workers in (0, 1, 2):
            assert epochs(**options(Lazy(maker, number)), workers=workers) == found
calls = torch.zeros(1, dtype=torch.int64).share_memory_()


def counted(index):
    calls.add_(1)
    return index


epochs(Numbers(counted, 20), workers=1)
assert calls.item() == 20 + 4 + 2 * 4 + 20, "the first batch is made once for nothing and compared, by one worker once"
(said,) = warned(lambda: epochs(Holder(random.SystemRandom(), lambda generator: generator.random())))
assert said.startswith("a sample made twice differs"), "the control: one that cannot be seeded"

assert _digest(lambda: None) == 0 != _digest(None), "what cannot be pickled"
rings = [[1], [1], [2]]
for ring in rings:
    ring.append(ring)
first, same, other = map(_digest, rings)
assert 0 != first == same != other, "what holds itself"

# What a sampler's generator draws.


class Shuffled:
    """A sampler with a generator of its own."""

    def __init__(self, generator, permuted, epoch=None):
        self.generator, self.permuted = generator, permuted

    def __len__(self):
        return 16

    def __iter__(self):
        yield from self.permuted(self.generator)


class LazySampler(Shuffled):
    def __iter__(self):
        if callable(self.generator):
            self.generator = self.generator()
        yield from self.permuted(self.generator)


def by_numpy(generator):
    return generator.permutation(16).tolist()


def by_choice(generator):
    return (generator.randrange(16) for _ in range(16))


numbers = Numbers(float)
SAMPLERS = {
    "NumPy's": (make, lambda g: {"sampler": Shuffled(g, by_numpy)}),
    "NumPy's, made late": (lambda *seed: lambda: make(*seed), lambda g: {"sampler": LazySampler(g, by_numpy)}),
    "Python's": (random.Random, lambda g: {"sampler": Shuffled(g, lambda g: g.sample(range(16), 16))}),
    "Python's, as it goes on": (random.Random, lambda g: {"sampler": Shuffled(g, by_choice)}),
    "torch's": (GENERATORS["torch's"][0], lambda g: {"sampler": RandomSampler(numbers, generator=g)}),
    "a subset's": (GENERATORS["torch's"][0], lambda g: {"sampler": SubsetRandomSampler(range(16), generator=g)}),
    "a batch sampler's": (
        GENERATORS["torch's"][0],
        lambda g: {"batch_sampler": BatchSampler(RandomSampler(numbers, generator=g), 4, False), "batch_size": 1},
    ),
}
for name, (maker, options) in SAMPLERS.items():
    found = epochs(numbers, count=3, **options(maker(3)))
    assert len({str(epoch) for epoch in found}) == 3, (name, "another order in each epoch")
    for workers in (0, 2):
        assert epochs(numbers, count=3, workers=workers, **options(maker())) == found, (name, "seeded or not")
    anew()
    resumed = seeded_loader(numbers, 1, "train", **{"batch_size": 4, **options(maker(3))})
    keys = resumed.sampler if "sampler" in options(maker(3)) else resumed.batch_sampler
    keys.set_epoch(1, 8 if keys is resumed.sampler else 2)
    assert [[plain(batch) for batch in resumed] for _ in range(2)] == [found[1][2:], found[2]], (name, "resumed")
generator = make(3)
before = state(generator)
epochs(numbers, sampler=Shuffled(generator, by_numpy))
assert state(generator) == before


# A sampler is read only as far as it is asked for.
class Endless:
    """As trainers that count iterations have it; it notes how far it is read."""

    def __init__(self):
        self.read = 0

    def __iter__(self):
        for self.read in itertools.count(1):
            yield random.randrange(16)


def first_batches(workers, start=0, count=30):
    anew()
    endless = Endless()
    loader = seeded_loader(
        Numbers(lambda index: index + random.random()), 1, "train", sampler=endless, batch_size=4, num_workers=workers
    )
    loader.sampler.set_epoch(0, start)
    running = iter(loader)
    found = [next(running).tolist()]
    assert endless.read < 64, "batches come at once"
    found += [next(running).tolist() for _ in range(count - 1)]
    assert endless.read < 600
    return found


endless = first_batches(0)
assert first_batches(2) == endless
assert len(set(flat(endless))) == 120
for start in (4, 40):
    assert first_batches(0, start, 5) == endless[start // 4 :][:5], "resumed too"


class EndlessBatches(Endless):
    def __iter__(self):
        for self.read in itertools.count(1):
            yield random.sample(range(16), 3)


batches = EndlessBatches()
anew()
running = iter(seeded_loader(numbers, 1, "train", batch_sampler=batches))
assert len(next(running)) == 3
assert batches.read < 8

# A data set is told of no other worker, and gets a seed of the key.


def told(index):
    info = torch.utils.data.get_worker_info()
    assert info.dataset.sample is told
    assert 0 <= info.seed < 2**31
    return [info.id, info.num_workers, info.seed]


def told_in_collate(samples):
    info = torch.utils.data.get_worker_info()
    return [[*sample, info.id, info.num_workers, info.seed] for sample in samples]


for options in ({"collate_fn": told_in_collate}, {"collate_fn": told_in_collate, "batched": True}):
    found = epochs(Numbers(told), **options)
    for workers in (1, 2):
        assert epochs(Numbers(told), workers, **options) == found
    by_sample = [sample for epoch in found for batch in epoch for sample in batch]
    assert {(*sample[:2], *sample[3:5]) for sample in by_sample} == {(0, 1, 0, 1)}
    assert len({sample[5] for sample in by_sample}) == 8, "another seed for each batch"
    assert len({sample[2] for sample in by_sample}) == (8 if "batched" in options else 32)
seeds = []
for seed, name in ((1, "a"), (1, "b"), (2, "a")):
    anew()
    seeds += sum((batch[2].tolist() for batch in seeded_loader(Numbers(told), seed, name)), [])
assert len(set(seeds)) == 48, "a seed depends on seed and name"
assert told_of() is None

# What is done to a batch leaves the data set alone, without workers as with them.


class Boxes:
    def __init__(self):
        self.boxes = [torch.full((2,), 64.0) for _ in range(8)]

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return {"boxes": self.boxes[index], "names": ["a"]}


def scaled(**options):
    anew()
    data = Boxes()
    loader = seeded_loader(data, 1, "boxes", **options)
    seen = []
    for batch in itertools.chain(loader, loader):
        for sample in batch if isinstance(batch, list) else [batch]:
            seen.append(sample["boxes"].max().item())
            sample["boxes"] /= 64
            sample["names"].append("b")
    assert {box.max().item() for box in data.boxes} == {64.0}
    return seen


for options in (
    {"collate_fn": list, "batch_size": 2},
    {"batch_size": 2},
    {"batch_size": None},
    {"collate_fn": lambda b: b[0]},
):
    for workers in (0, 2):
        assert set(scaled(num_workers=workers, **options)) == {64.0}, options


# An attribute that is set for each epoch.
class Curriculum(Numbers):
    level = 0
    options = types.SimpleNamespace(size=1)

    def __init__(self):
        super().__init__(None)
        self.settings = {"crop": 5, "fill": float("nan")}

    def __getitem__(self, index):
        return index + self.level * random.random() + self.settings["crop"]


def set_it(loader, data, epoch):
    data.level = epoch


def set_it_through_the_loader(loader, data, epoch):
    loader.dataset.level = epoch


def set_it_within(loader, data, epoch):
    loader.dataset.settings["crop"] = epoch


def curriculum(change, first=0, **options):
    anew()
    data = Curriculum()
    loader = seeded_loader(data, 1, "train", batch_size=4, **options)
    found = []
    for epoch in range(2):
        if epoch >= first:
            change(loader, data, epoch)
        found.append([batch.tolist() for batch in loader])
    return found


PERSISTENT = {"num_workers": 1, "persistent_workers": True}
for change in (set_it, set_it_through_the_loader, set_it_within):
    for first in (0, 1):
        found = curriculum(change, first)
        assert curriculum(change, first, num_workers=2) == found
        names = ["Curriculum.settings['crop']" if change is set_it_within else "Curriculum.level"]
        text = f"{names} changed, but workers that persist do not see it: leave persistent_workers out"
        assert raises(RuntimeError, text, lambda: curriculum(change, first, **PERSISTENT))
assert curriculum(lambda *_: None, **PERSISTENT) == curriculum(lambda *_: None)


class Collator:
    """Its method may not use what else it holds, as that of a trainer."""

    step = 0

    def collate(self, samples):
        return samples


collator = Collator()
anew()
loader = seeded_loader(numbers, 1, "train", collate_fn=collator.collate, **PERSISTENT)
assert warned(lambda: list(loader)) == []
collator.step = 1
assert warned(lambda: list(loader)) == ["['method.step'] changed, but workers that persist do not see it"]

# A generator that is another one by the next pass, of the same epoch too, as for a validation.
replaced = Holder(np.random.default_rng(1), lambda g: g.random())
anew()
loader = seeded_loader(replaced, 1, "valid", batch_size=4)
found = []
for seed in (1, 5):
    replaced.generator = np.random.default_rng(seed)
    loader.sampler.set_epoch(0)
    found.append([batch.tolist() for batch in loader])
assert found[0] == found[1]

# Without workers nobody has chosen how they start.
by_default = multiprocessing.get_start_method()
multiprocessing.set_start_method(None, force=True)
list(loader)
assert multiprocessing.get_start_method(allow_none=True) is None
multiprocessing.set_start_method(by_default, force=True)
anew()
loader = seeded_loader(numbers, 1, "train", batch_size=4, num_workers=2)
iterator = iter(loader)
keys = loader.sampler
assert keys.look.passes == 1

# An open file that forked workers would share.


class Files(Numbers):
    def __init__(self, **files):
        super().__init__(float)
        vars(self).update(files)


def loaded(dataset, workers=1, method="fork", passes=2, **options):
    anew()
    context = {"multiprocessing_context": multiprocessing.get_context(method)} if workers else {}
    loader = seeded_loader(dataset, 1, "train", num_workers=workers, **context, **options)
    return warned(lambda: [list(loader) for _ in range(passes)])


def is_open(name):
    return f"{name} is open, and workers move its place: open it in __getitem__, in each process"


with tempfile.TemporaryFile() as file, tempfile.TemporaryFile("w+") as text, tempfile.TemporaryFile() as closed:
    closed.close()
    held = {
        "Files.file": Files(file=file),
        "Files.text": Files(text=text),
        "Files.deep['a'].file": Files(deep={"a": types.SimpleNamespace(file=file)}),
        "Files.table": Files(table=sqlite3.connect(":memory:")),
    }
    harmless = Files(memory=io.BytesIO(b"a"), text=io.StringIO("a"), closed=closed, log=logging.getLogger("a"))
    for name, data in held.items():
        if "fork" in METHODS:
            assert (said := loaded(data)) == [is_open(name)], (said, "said once")
            by_default = multiprocessing.get_start_method(), multiprocessing.set_start_method("fork", force=True)
            assert warned(lambda: list(seeded_loader(data, 1, "by default", num_workers=1))) == [is_open(name)]
            multiprocessing.set_start_method(by_default[0], force=True)
            anew()
        assert loaded(data, workers=0) == []
    if "fork" in METHODS:
        assert loaded(numbers, collate_fn=functools.partial(lambda file, samples: samples, file)) == [
            is_open("partial")
        ]
        assert loaded(harmless) == []

# An update of batch-norm statistics is a pass as any other.
net = torch.nn.BatchNorm1d(1)
anew()
rows = Numbers(lambda index: torch.tensor([index + random.random()]))
for workers in (0, 2):
    loader = seeded_loader(rows, 1, f"train {workers}", batch_size=4, num_workers=workers)

    def trained():
        for epoch in range(3):
            loader.sampler.set_epoch(epoch)
            for batch in loader:
                net(batch)
            torch.optim.swa_utils.update_bn(loader, net)

    assert warned(trained) == []

# A GPU's streams are seeded and given back where they are in use; a worker has no other use of them.
calls = stand_ins()
with _own_streams((), 1):
    pass
names = [(name, verb) for name, verb, _ in calls]
assert names[:2] == [("cuda", "manual_seed"), ("xpu", "manual_seed")]
assert names[2:] == [("cuda", "set_rng_state"), ("xpu", "set_rng_state"), ("mps", "set_rng_state")]
assert len({value for _, verb, value in calls if verb == "manual_seed"}) == 1
worker = torch.utils.data._utils.worker
worker._worker_info = types.SimpleNamespace(id=0, num_workers=1)
calls.clear()
with _own_streams((), 1):
    pass
assert [verb for _, verb, _ in calls] == ["manual_seed"] * 2
