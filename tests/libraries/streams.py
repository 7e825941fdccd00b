"""The libraries that people stream data with: rows as those of `rows.py`, for SeededIterable and SeededShards.

In each, the samples are `{"number": number}` in 6 shards of 4.
"""

from tests.libraries.rows import Row

COMMON = """
def with_noise(sample):
    noise = [random.random(), np.random.random(), torch.rand(()).item()]
    return {"number": int(sample["number"]), "values": [float(sample["number"]), *noise]}

def values(batch):
    return torch.stack(batch["values"], 1)

def numbers(batch):
    return batch["number"].tolist()

def stream(source):
    global seeded, plain

    def seeded(workers):
        data = SeededIterable(source, seed=1, name="train", batch_size=4, transform=with_noise)
        return data.loader(num_workers=workers, persistent_workers=workers == 2)

    class Plain(torch.utils.data.IterableDataset):
        def __iter__(self):
            return map(with_noise, source() if callable(source) else source)

    def plain(workers):
        return torch.utils.data.DataLoader(Plain(), batch_size=4, num_workers=workers)

def shards(shards, read):
    global seeded, plain

    def seeded(workers):
        data = SeededShards(shards, read, seed=1, name="train", batch_size=4, readers=5, transform=with_noise)
        return ShardLoader(data, num_workers=workers, persistent_workers=workers == 2)

    class Plain(torch.utils.data.IterableDataset):
        def __iter__(self):
            worker = torch.utils.data.get_worker_info()
            for shard in shards[worker.id :: worker.num_workers] if worker else shards:
                yield from map(with_noise, read(shard))

    def plain(workers):
        return torch.utils.data.DataLoader(Plain(), batch_size=4, num_workers=workers)
"""

HUGGING_FACE = """
import datasets

def generate(firsts):
    for first in firsts:
        for number in range(first, first + 4):
            yield {"number": number}

data = datasets.IterableDataset.from_generator(generate, gen_kwargs={"firsts": list(range(0, SIZE, 4))})
"""

WEBDATASET = """
import io, tarfile, webdataset

urls = []
for first in range(0, SIZE, 4):
    urls.append(f"{first}.tar")
    with tarfile.open(urls[-1], "w") as tar:
        for number in range(first, first + 4):
            member, data = tarfile.TarInfo(f"{number}.txt"), str(number).encode()
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))

def samples(urls):
    return webdataset.WebDataset(urls, shardshuffle=False).map(lambda sample: {"number": sample["txt"]})
"""

STREAMS = [
    Row(
        "Hugging Face, streamed",
        ("datasets",),
        HUGGING_FACE + "stream(data.shuffle(seed=1, buffer_size=8))",
        COMMON,
    ),
    Row(
        "Hugging Face, in shards",
        ("datasets",),
        HUGGING_FACE
        + "from functools import partial\nshards(range(data.num_shards), partial(data.shard, data.num_shards))",
        COMMON,
    ),
    Row(
        "webdataset",
        ("webdataset",),
        WEBDATASET + "stream(samples(urls).shuffle(8, rng=random))",
        COMMON,
    ),
    Row(
        "webdataset, in shards",
        ("webdataset",),
        WEBDATASET + "stream(samples(urls)); split = plain; shards(urls, samples); plain = split",
        COMMON,
    ),
    Row(
        "torchdata, nodes",
        ("torchdata",),
        """
import torchdata.nodes

order = torchdata.nodes.SamplerWrapper(torch.utils.data.RandomSampler(range(SIZE)))
stream(torchdata.nodes.Loader(torchdata.nodes.Mapper(order, lambda number: {"number": number})))
""",
        COMMON,
    ),
]

# What SeededIterable cannot repeat, and is an error.
REFUSED = {
    "webdataset that shuffles without a seed": WEBDATASET + "stream(samples(urls).shuffle(8))",
    # One sample a shard: of few shards the first one may be the same in both epochs.
    "webdataset that counts its own epochs": WEBDATASET.replace("SIZE, 4", "SIZE").replace("first + 4", "first + 1")
    + "stream(webdataset.WebDataset(urls, shardshuffle=24, detshuffle=True).map(lambda sample: {'number': sample['txt']}))",
}
