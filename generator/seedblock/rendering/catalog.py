"""The snippets: abbreviation, title, description, form, fields. The code of each is in the template of its name."""

from collections.abc import Iterator

from seedblock.rendering.kinds import Choice, Expression, Integer, ModuleName
from seedblock.rendering.model import BLOCK, FILE, PASTE, USE, Entry, Field

SEED_VALUE = Field("seed_value", "2020", Integer(0, 2**32 - 1), "the seed of every random stream")
DETERMINISTIC = Field(
    "deterministic", "True", Choice(("True", "False")), "also use deterministic algorithms, or only set seeds"
)
DATASET = Field("dataset", "train_set", Expression(), "the dataset to load")
BATCH_SIZE = Field("batch_size", "32", Expression(), "samples per batch")
NUM_WORKERS = Field("num_workers", "4", Expression(), "number of DataLoader worker processes")
NAME = Field("loader_name", '"train"', Expression(), "the name of the loader: those of other names have other data")
MODEL = Field("model", "model", Expression(), "the torch.nn.Module")
MODULE = Field("module", "seeding", ModuleName(), "where seeding.py is, as the script imports it")

PASTED = (
    Entry(
        "seed",
        "Seed PyTorch",
        "Seed Python, NumPy and PyTorch on the CPU and every GPU, and pick cuDNN's deterministic algorithms",
        PASTE,
        (SEED_VALUE,),
    ),
    Entry(
        "seedall",
        "Seed everything",
        "seed_everything(seed): seed every library and device, and make PyTorch repeat bit for bit",
        PASTE,
        (SEED_VALUE, DETERMINISTIC),
    ),
    Entry(
        "seedhash",
        "Fix hash() and set order",
        "Start the script again with PYTHONHASHSEED: hash() of strings and the order of sets of them repeat",
        PASTE,
        (SEED_VALUE,),
    ),
)

USED = (
    Entry(
        "seedcheck",
        "Check a seeded loader",
        "check_loader(loader): is each sample the same for any number of workers, and if not, which and why",
        USE,
        (Field("loader", "loader", Expression(), "the loader to check"), MODULE),
    ),
    Entry(
        "seediter",
        "Seeded stream of batches",
        "SeededIterable: batches of a stream that are the same for any number of DataLoader workers",
        USE,
        (DATASET, SEED_VALUE, NAME, BATCH_SIZE, NUM_WORKERS, MODULE),
    ),
    Entry(
        "seedloader",
        "Seeded DataLoader",
        "seeded_loader(...): a DataLoader with the same data for any number of workers, each epoch and after a resume",
        USE,
        (DATASET, SEED_VALUE, NAME, BATCH_SIZE, NUM_WORKERS, MODULE),
    ),
    Entry(
        "seedprint",
        "Fingerprint of tensors",
        "fingerprint(...): a short digest of tensors, arrays and random streams, to compare two runs",
        USE,
        (MODEL, MODULE),
    ),
    Entry(
        "seedrank",
        "Seed for each rank",
        "rank_seed(seed): a seed for each process of a distributed training, for dropout and noise",
        USE,
        (SEED_VALUE, MODULE),
    ),
    Entry(
        "seedscope",
        "Seed scope",
        "seed_scope(seed): a block or function with randomness of its own, and none of it outside",
        USE,
        (
            SEED_VALUE,
            Field("inside", "validate(model)", Expression(), "the code that draws from the scope's own streams"),
            MODULE,
        ),
        surround="inside",
    ),
    Entry(
        "seedshards",
        "Seeded DataLoader of shards",
        "SeededShards: batches of sharded files that are the same for any number of DataLoader workers",
        USE,
        (
            Field("shards", "files", Expression(), "the shards in a fixed order, such as sorted file names"),
            Field("read", "read_file", Expression(), "a function that returns the samples of a shard"),
            SEED_VALUE,
            NAME,
            BATCH_SIZE,
            NUM_WORKERS,
            MODULE,
        ),
    ),
    Entry(
        "seedstate",
        "Save random state",
        "rng_state() and set_rng_state(): every random stream in a checkpoint, for an exact resume",
        USE,
        (MODEL, Field("path", '"checkpoint.pt"', Expression(), "the checkpoint file"), MODULE),
    ),
    Entry(
        "seedstream",
        "Named random streams",
        "Named random streams that depend on seed and name alone, for random, NumPy and PyTorch",
        USE,
        (SEED_VALUE, Field("name", '"shuffle"', Expression(), "the name of the stream"), MODULE),
    ),
)

# The uses that make sense with the module alone: the loaders that seedcheck checks are the module's.
WITHOUT_BLOCK = ("seedcheck",)

FILES = (
    Entry(
        "seedmodule",
        "Seeding module",
        "seeding.py, the module that the other snippets import from: a file beside your script",
        FILE,
        file=MODULE.default,
    ),
    Entry(
        "seedtrain",
        "Reproducible training script",
        "A training script that ends with the same bits for any number of workers, stops and resumes",
        FILE,
        (SEED_VALUE, DETERMINISTIC, MODULE),
    ),
)


def _blocks() -> Iterator[Entry]:
    """The functions that a use imports, in a block of their own."""
    for entry in USED:
        if entry.abbreviation not in WITHOUT_BLOCK:
            fields = tuple(field for field in entry.fields if field is not MODULE)
            yield Entry(f"{entry.abbreviation}_block", f"{entry.title} (block)", entry.description, BLOCK, fields)


CATALOG = tuple(sorted((*PASTED, *USED, *_blocks(), *FILES)))
