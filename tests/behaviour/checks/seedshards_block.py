import seeding

torch.set_num_threads(3)
streams_are_kept_apart(_own_streams, None, None)
SIZES = [3, 9, 8, 1, 0, 14, 5]


def read(shard):
    """Draws while it is read, and sums what depends on the number of threads. Rows begin at odd addresses."""
    for number in range(SIZES[shard]):
        assert told_of() is None
        mean = (torch.linspace(0, 1, 70_000).sin() * (number + 1)).mean().item()
        yield np.array([0, shard, number, mean, random.random(), np.random.random(), torch.rand(()).item()])[1:]


def epochs(kind, loader_of, workers=0, read=read, name="train", places=(0, 1)):
    """The digest and the place of each batch of two epochs, or of those that set_epoch sets."""
    data = kind(range(7), read, seed=1, name=name, batch_size=4)
    loader = loader_of(data, num_workers=workers, persistent_workers=workers == 2)
    found = []
    for epoch in places:
        if epoch is not None:
            data.set_epoch(epoch)
        found.append([(seeding.fingerprint(batch), batch.data_ptr() % 64) for batch in loader])
    return found


def by_module(*arguments, **options):
    """As a script that is run anew: the module would warn that its data are those of before."""
    with seeding.seed_scope(0):
        seeding.seed_everything(0, deterministic=False)
    return epochs(seeding.SeededShards, seeding.ShardLoader, *arguments, **options)


for options in ({}, {"name": "valid"}, {"places": (None, None, 4, None, 0)}):
    module = by_module(**options)
    assert min(map(len, module)) > 9
    before = states()
    for workers in (0, 1, 2, 3):
        _EPOCHS.clear()
        assert epochs(SeededShards, ShardLoader, workers, **options) == module, (workers, options)
        assert states() == before
        assert torch.get_num_threads() == 3

# Each pass is the next epoch of its stream, whatever makes the loader.
_EPOCHS.clear()
made_anew = [epochs(SeededShards, ShardLoader, workers, places=(None,))[0] for workers in (0, 2, 1, 0)]
assert made_anew == by_module(places=(None,) * 4)
assert len({str(batches) for batches in made_anew}) == 4
(valid,) = epochs(SeededShards, ShardLoader, places=(None,), name="valid")
assert [valid] == by_module(places=(None,), name="valid")
assert not {digest for digest, _ in valid} & {digest for batches in made_anew for digest, _ in batches}

assert raises(TypeError, "batch_size", SeededShards, [], read, 1, 4), "a call from before there was a name"
needs_one_rank(lambda: SeededShards([], read, 1, "train", 4))
