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


def epochs(kind, loader_of, workers=0, read=read, **options):
    """The digest and the place of each batch of two epochs."""
    data = kind(range(7), read, seed=1, batch_size=4, **options)
    loader = loader_of(data, num_workers=workers, persistent_workers=workers == 2)
    found = []
    for epoch in range(2):
        data.set_epoch(epoch)
        found.append([(seeding.fingerprint(batch), batch.data_ptr() % 64) for batch in loader])
    return found


for options in ({}, {"readers": 3}, {"readers": 9}):
    module = epochs(seeding.SeededShards, seeding.ShardLoader, **options)
    assert min(map(len, module)) > 9
    before = states()
    for workers in (0, 1, 2, 4):
        assert epochs(SeededShards, ShardLoader, workers, **options) == module, (workers, options)
        assert states() == before
        assert torch.get_num_threads() == 3
needs_one_rank(lambda: SeededShards([], read, 1, 4))
