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


def epochs(make, workers=0, **options):
    """The digest and the place of each batch: a whole epoch, then one that is resumed."""
    loader = make(Images(), 1, **{"batch_size": 4, "num_workers": workers, **options})
    found = []
    for epoch, start in ((0, 0), (1, 8)):
        loader.sampler.set_epoch(epoch, start)
        found.append([(seeding.fingerprint(batch), batch.data_ptr() % 64) for batch in loader])
        assert len(found[-1]) == len(loader)
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

# As the plain dataset is.
data = seeded_loader(Images(), 1).dataset
for one in (data, copy.copy(data), copy.deepcopy(data)):
    assert one.classes == ("cat", "dog") and one[7][0] == 7 and len(one) == 20
assert raises(AttributeError, "nothing", getattr, data, "nothing")
data.transform = "new"
assert data.dataset.transform == "new" and "transform" not in vars(data)
assert [sample[0] for sample in Subset(data, [3, 5])] == [3, 5]

# What is refused.
stream = type("Stream", (IterableDataset,), {"__iter__": lambda self: iter([1])})()
for shuffle in (True, False):
    assert raises((TypeError, AssertionError), "", seeded_loader, stream, 1, shuffle)
for options in ({"sampler": [1]}, {"batch_sampler": [[1]]}, {"generator": torch.Generator()}):
    text = "samplers and generators need seeding.py: `seedblock add`"
    assert raises(TypeError, text, lambda: seeded_loader(Images(), 1, **options))
assert raises(TypeError, "distributed", lambda: seeded_loader(Images(), 1, distributed=True))
needs_one_rank(lambda: seeded_loader(Images(), 1))
