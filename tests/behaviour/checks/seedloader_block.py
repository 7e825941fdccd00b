import copy

import seeding
from torch.utils.data import IterableDataset, Subset

torch.set_num_threads(3)
torch.use_deterministic_algorithms(True)
streams_are_kept_apart(_seeded, (1, 2), (1, 2))
wave = torch.linspace(0, 1, 3 * 224 * 224).sin()


class Images:
    """Each sample: its index, a draw from each library, and a mean that depends on the number of threads."""

    classes = ("cat", "dog")

    def __len__(self):
        return 20

    def __getitem__(self, index):
        draws = [random.random(), np.random.random(), torch.rand(()).item(), (wave * (index + 1)).mean().item()]
        return torch.tensor([index, *draws], dtype=torch.float64)


def mix(samples):
    return torch.stack(samples) * random.random() + np.random.random() + torch.rand(())


def view(samples):
    # It begins at an odd address, until it is copied.
    return torch.from_numpy(torch.stack(samples).numpy()[:, 1:])


def anew():
    """As in a new process: the first epoch of each stream comes next."""
    _EPOCHS.clear(), seeding._CLOCKS.clear(), seeding._BEGUN.clear()


def epochs(make, workers=0, **options):
    """The digest and the place of each batch of four passes: one, the next, one that is resumed, one of a new loader."""
    anew()
    options = {"batch_size": 4, "num_workers": workers, **options}
    loader, found = make(Images(), 1, "a", **options), []
    for place in ((), (), (5, 8), None):
        if place is None:
            loader = make(Images(), 1, "a", **options)
        elif place:
            loader.sampler.set_epoch(*place)
        length = len(loader)
        found.append([(seeding.fingerprint(batch), batch.data_ptr() % 64) for batch in loader])
        assert len(found[-1]) == length
    return found


for options in (
    {},
    {"shuffle": False},
    {"batch_size": 7, "drop_last": True},
    {"collate_fn": mix},
    {"collate_fn": view},
):
    module = epochs(seeding.seeded_loader, **options)
    assert len(set(sum(module, []))) == len(sum(module, []))
    before = states()
    for workers in (0, 1, 2):
        assert epochs(seeded_loader, workers, **options) == module, (workers, options)
        assert states() == before
        assert torch.get_num_threads() == 3
persistent = {"persistent_workers": True, "prefetch_factor": 5}
assert epochs(seeded_loader, 2, **persistent) == epochs(seeding.seeded_loader)
first = epochs(seeded_loader)
for seed, name in ((2, "a"), (1, "b")):
    other = seeded_loader(Images(), seed, name, batch_size=4)
    assert not {seeding.fingerprint(batch) for batch in other} & {digest for digest, _ in sum(first, [])}
other.sampler.set_epoch(3)
third = [seeding.fingerprint(batch) for batch in other]
other.sampler.set_epoch(np.int64(3))
assert [seeding.fingerprint(batch) for batch in other] == third
boxes = [{"box": torch.ones(2)}, {"box": torch.ones(2)}]
for batch in seeded_loader(boxes, 1, "boxes", batch_size=2, collate_fn=list):
    batch[0]["box"] /= 2
assert boxes[0]["box"].tolist() == boxes[1]["box"].tolist() == [1, 1], (
    "what is done to a batch leaves the dataset alone"
)

# As the plain dataset is.
data = seeded_loader(Images(), 1, "a").dataset
for one in (data, copy.copy(data), copy.deepcopy(data)):
    assert one.classes == ("cat", "dog") and one[7][0] == 7 and len(one) == 20
assert raises(AttributeError, "nothing", getattr, data, "nothing")
data.transform = "new"
assert data.dataset.transform == "new" and "transform" not in vars(data)
assert [sample[0] for sample in Subset(data, [3, 5])] == [3, 5]

# What is refused.
stream = type("Stream", (IterableDataset,), {"__iter__": lambda self: iter([1])})()
for shuffle in (True, False):
    assert raises((TypeError, AssertionError), "", lambda: seeded_loader(stream, 1, "a", shuffle=shuffle))
for options in ({"sampler": [1]}, {"batch_sampler": [[1]]}, {"generator": torch.Generator()}):
    text = "samplers, generators, ranks need seeding.py: `seedblock add`"
    assert raises(TypeError, text, lambda: seeded_loader(Images(), 1, "a", **options))
for generator in (np.random.default_rng(), np.random.RandomState(), random.Random(), torch.Generator()):
    held = Images()
    held.generator = generator
    assert raises(TypeError, text, seeded_loader, held, 1, "a")
assert raises(TypeError, "name", seeded_loader, Images(), 1)
assert raises(TypeError, "distributed", lambda: seeded_loader(Images(), 1, "a", distributed=True))
needs_one_rank(lambda: seeded_loader(Images(), 1, "a"))
