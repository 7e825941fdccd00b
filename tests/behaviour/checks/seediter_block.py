import multiprocessing

import seeding
from torch.utils.data import IterableDataset

torch.set_num_threads(3)
streams_are_kept_apart(_own_streams, None, None)


class Stream(IterableDataset):
    """Draws while it is opened and read, and knows the epoch."""

    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        assert told_of() is None
        return self.read(draw()[0][1])

    def read(self, first):
        for number in range(22):
            yield [number, first, self.epoch, random.random(), np.random.random(), torch.rand(()).item()]


class SharedEpoch(Stream):
    """As Hugging Face's: where two workers set it at once, it is wrong."""

    def __init__(self):
        self.shared = torch.zeros(1, dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch):
        assert not multiprocessing.current_process().daemon or epoch == self.shared
        self.shared[0] = self.epoch = epoch


def augment(sample):
    assert told_of() is None
    mean = (torch.linspace(0, 1, 70_000).sin() * (sample[0] + 1)).mean().item()
    draws = [random.random(), np.random.random(), torch.rand(()).item()]
    return torch.tensor([*sample, mean, *draws], dtype=torch.float64)


def epochs(kind, workers=0, source=Stream, name="train", places=((0, 0), (1, 3)), **options):
    """The digest and the place of each batch: a whole epoch, then one that is resumed."""
    data = kind(source(), 1, name, 4, **options)
    loader = data.loader(num_workers=workers, persistent_workers=workers == 2)
    found = []
    for place in places:
        if place:
            data.set_epoch(*place)
        found.append([(seeding.fingerprint(batch), batch.data_ptr() % 64) for batch in loader])
    return found


def numbers():
    return map(torch.tensor, range(22))


def seeded_anew(kind, *arguments, **options):
    """As a script that is run anew: the module would warn that its data are those of before."""
    with seeding.seed_scope(0):
        seeding.seed_everything(0, deterministic=False)
    return epochs(kind, *arguments, **options)


for options in (
    {"transform": augment},
    {"transform": augment, "name": "valid"},
    {"transform": augment, "places": (None, None, (2, 4), None, (0, 0))},
    {"transform": augment, "source": SharedEpoch},
    {"transform": augment, "source": lambda: Stream},
    {"source": lambda: numbers},
):
    module = seeded_anew(seeding.SeededIterable, **options)
    assert [len(batches) for batches in module[:2]] == [6, 6 if "places" in options else 3]
    before = states()
    for workers in (0, 1, 2):
        _EPOCHS.clear()
        assert epochs(SeededIterable, workers, **options) == module, (workers, options)
        assert states() == before
        assert torch.get_num_threads() == 3

# Each pass is the next epoch of its stream, whatever makes the loader.
_EPOCHS.clear()
made_anew = [epochs(SeededIterable, workers, places=(None,), transform=augment)[0] for workers in (0, 2, 1, 0)]
assert made_anew == seeded_anew(seeding.SeededIterable, places=(None,) * 4, transform=augment)
assert len({str(batches) for batches in made_anew}) == 4
valid = epochs(SeededIterable, places=(None,), name="valid", transform=augment)[0]
assert valid == seeded_anew(seeding.SeededIterable, places=(None,), name="valid", transform=augment)[0]
assert not {digest for digest, _ in valid} & {digest for batches in made_anew for digest, _ in batches}

assert raises(TypeError, "can be read once only: pass what makes it", SeededIterable, iter([]), 1, "train", 4)
assert raises(TypeError, "batch_size", SeededIterable, [], 1, 4), "a call from before there was a name"
needs_one_rank(lambda: SeededIterable([], 1, "train", 4))
