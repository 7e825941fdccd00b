from torch.utils.data import DataLoader, IterableDataset

torch.set_num_threads(3)


class Stream(IterableDataset):
    """Draws while it is read."""

    def __iter__(self):
        for number in range(22):
            yield [number, random.random(), np.random.random(), torch.rand(()).item()]


def augment(sample):
    # A sum whose last bits depend on the number of threads.
    mean = (torch.linspace(0, 1, 3 * 224 * 224).sin() * (sample[0] + 1)).mean().item()
    return torch.tensor(
        [*sample, mean, random.random(), np.random.random(), torch.rand(()).item()], dtype=torch.float64
    )


def collate(samples):
    return torch.stack(samples) * random.random()


def epochs(workers, count=2, start=0, source=None, **options):
    options = {"seed": 1, "batch_size": 4, "transform": augment, "collate_fn": collate, **options}
    data = SeededIterable(Stream() if source is None else source, **options)
    loader = DataLoader(
        data, batch_size=None, num_workers=workers, persistent_workers=workers == 2, generator=torch.Generator()
    )
    found = []
    for epoch in range(count):
        data.set_epoch(epoch, start)
        found.append([batch.tolist() for batch in loader])
    return found


before = states()
reference = epochs(0)
assert states() == before, "the main process keeps its streams"
assert torch.get_num_threads() == 3
assert [len(batch) for batch in reference[0]] == [4, 4, 4, 4, 4, 2]
for workers in (1, 2, 3):
    draw()
    assert epochs(workers) == reference, workers
    assert epochs(workers, start=2) == [epoch[2:] for epoch in reference], workers
    assert epochs(workers, drop_last=True) == [epoch[:5] for epoch in reference], workers
assert epochs(0, seed=2) != reference
assert epochs(0, source=lambda: iter(Stream())) == reference
assert reference[0] != reference[1]
for column in range(1, 8):
    if column != 4:
        values = [s[column] for s in sum(epochs(0, collate_fn=torch.stack)[0], [])]
        assert len(set(values)) == 22, column
(plain_batches,) = epochs(0, count=1, transform=None, collate_fn=lambda samples: torch.tensor(samples))
assert [sample[0] for batch in plain_batches for sample in batch] == list(range(22))
defaults = SeededIterable([torch.tensor(number) for number in range(3)], 1, 2)
assert [batch.tolist() for batch in defaults] == [[0, 1], [2]]
assert list(SeededIterable([], 1, 2)) == []


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    data = SeededIterable(Stream(), 1, 4)
    for _ in range(3):
        list(data)
    assert [str(warning.message) for warning in caught] == ["epoch 0 again: call set_epoch"]
    data.set_epoch(0)
    list(data)
    assert len(caught) == 1


# Only the worker that makes a batch does its work.
def count_calls(sample):
    calls.append(sample)
    return augment(sample)


calls = []
data = SeededIterable(Stream(), 1, 4, transform=count_calls)
data.set_epoch(0, start=5)
assert len(list(data)) == 1
assert len(calls) == 2


# An order that is drawn where the stream begins.
class Shuffled(IterableDataset):
    def __iter__(self):
        return iter(random.sample(range(22), 22) + np.random.permutation(22).tolist() + torch.randperm(22).tolist())


def plain_stack(samples):
    return torch.tensor(samples)


shuffled = epochs(0, source=Shuffled(), transform=None, collate_fn=plain_stack)
assert epochs(2, source=Shuffled(), transform=None, collate_fn=plain_stack) == shuffled
assert shuffled[0] != shuffled[1]
streams_are_kept_apart(own_streams, seed_streams)


class Broken(IterableDataset):
    def __iter__(self):
        draw()
        raise KeyError
        yield


before = states()
assert raises(KeyError, "", lambda: list(SeededIterable(Broken(), 1, 2)))
assert states() == before
