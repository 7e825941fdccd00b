"""The snippets: abbreviation, title, description, fields. The code of each is in the template of the same name."""

from seedblock.rendering.kinds import Choice, Expression, Integer
from seedblock.rendering.model import Entry, Field

SEED_VALUE = Field("seed_value", "2020", Integer(0, 2**32 - 1), "the seed of every random stream")
DETERMINISTIC = Field(
    "deterministic", "True", Choice(("True", "False")), "also use deterministic algorithms, or only set seeds"
)
DATASET = Field("dataset", "train_set", Expression(), "the dataset to load")
BATCH_SIZE = Field("batch_size", "32", Expression(), "samples per batch")
NUM_WORKERS = Field("num_workers", "4", Expression(), "number of DataLoader worker processes")
MODEL = Field("model", "model", Expression(), "the torch.nn.Module")

CATALOG = (
    Entry(
        "seed",
        "Seed PyTorch",
        "Seed Python, NumPy and PyTorch on the CPU and every GPU, and pick cuDNN's deterministic algorithms",
        (SEED_VALUE,),
    ),
    Entry(
        "seedall",
        "Seed everything",
        "seed_everything(seed): seed every library and device, and make PyTorch repeat bit for bit",
        (SEED_VALUE, DETERMINISTIC),
    ),
    Entry(
        "seedhash",
        "Fix hash() and set order",
        "Start the script again with PYTHONHASHSEED: hash() of strings and the order of sets of them repeat",
        (SEED_VALUE,),
    ),
    Entry(
        "seediter",
        "Seeded stream of batches",
        "SeededIterable: batches of a stream that are the same for any number of DataLoader workers",
        (DATASET, SEED_VALUE, BATCH_SIZE, NUM_WORKERS),
    ),
    Entry(
        "seedloader",
        "Seeded DataLoader",
        "seeded_loader(...): a DataLoader with the same data for any number of workers, each epoch and after a resume",
        (DATASET, SEED_VALUE, BATCH_SIZE, NUM_WORKERS),
    ),
    Entry(
        "seedprint",
        "Fingerprint of tensors",
        "fingerprint(...): a short digest of tensors, arrays and random streams, to compare two runs",
        (MODEL,),
    ),
    Entry(
        "seedrank",
        "Seed for each rank",
        "rank_seed and RankSampler: a seed and a share of the data for each process of a distributed training",
        (SEED_VALUE,),
    ),
    Entry(
        "seedscope",
        "Seed scope",
        "seed_scope(seed): a block or function with randomness of its own, and none of it outside",
        (
            SEED_VALUE,
            Field("inside", "validate(model)", Expression(), "the code that draws from the scope's own streams"),
        ),
        surround="inside",
    ),
    Entry(
        "seedshards",
        "Seeded DataLoader of shards",
        "SeededShards: batches of sharded files, each read once, the same for any number of workers and ranks",
        (
            Field("shards", "files", Expression(), "the shards in a fixed order, such as sorted file names"),
            Field("read", "read_file", Expression(), "a function that returns the samples of a shard"),
            SEED_VALUE,
            BATCH_SIZE,
            NUM_WORKERS,
        ),
    ),
    Entry(
        "seedstate",
        "Save random state",
        "rng_state() and set_rng_state(): every random stream in a checkpoint, for an exact resume",
        (MODEL, Field("path", '"checkpoint.pt"', Expression(), "the checkpoint file")),
    ),
    Entry(
        "seedstream",
        "Named random streams",
        "Named random streams that depend on seed and name alone, for random, NumPy and PyTorch",
        (SEED_VALUE, Field("name", '"shuffle"', Expression(), "the name of the stream")),
    ),
    Entry(
        "seedtrain",
        "Reproducible training script",
        "A training script that ends with the same bits for any number of workers, stops and resumes",
        (SEED_VALUE, DETERMINISTIC),
        whole_file=True,
    ),
)
