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


def view(samples):
    # It begins at an odd address, until it is copied.
    return (torch.stack(samples).numpy() * random.random())[:, 1:]


def epochs(kind, workers=0, source=Stream, **options):
    """The digest and the place of each batch: a whole epoch, then one that is resumed."""
    data = kind(source(), 1, 4, **options)
    loader = data.loader(num_workers=workers, persistent_workers=workers == 2)
    found = []
    for epoch, start in ((0, 0), (1, 3)):
        data.set_epoch(epoch, start)
        found.append([(seeding.fingerprint(batch), batch.data_ptr() % 64) for batch in loader])
    return found


def numbers():
    return map(torch.tensor, range(22))


made = {"transform": augment, "collate_fn": view}
for options in (made, {"source": SharedEpoch, **made}, {"source": lambda: Stream, **made}, {"source": lambda: numbers}):
    module = epochs(seeding.SeededIterable, **options)
    assert [len(batches) for batches in module] == [6, 3]
    before = states()
    for workers in (0, 1, 2):
        assert epochs(SeededIterable, workers, **options) == module, (workers, options)
        assert states() == before
        assert torch.get_num_threads() == 3

assert raises(TypeError, "can be read once only: pass what makes it", SeededIterable, iter([]), 1, 4)
needs_one_rank(lambda: SeededIterable([], 1, 4))
