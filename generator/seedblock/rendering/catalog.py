"""The snippets: abbreviation, description, fields. The code of each is the template of the same name."""

from seedblock.rendering.kinds import Choice, Integer
from seedblock.rendering.model import Entry, Field

SEED_VALUE = Field("seed_value", "2020", Integer(0, 2**32 - 1), "the seed of every random stream")
DETERMINISTIC = Field("deterministic", "True", Choice(("True", "False")), "deterministic algorithms too, or seeds only")

CATALOG = (
    Entry(
        "seed",
        "Seed Python, NumPy and PyTorch on the CPU and every GPU, and pick cuDNN's deterministic algorithms",
        (SEED_VALUE,),
    ),
    Entry(
        "seedall",
        "seed_everything(seed): seed every library and device, and make PyTorch repeat bit for bit",
        (DETERMINISTIC,),
    ),
    Entry(
        "seedhash",
        "Start the script once more with PYTHONHASHSEED, so that hash() and the order of sets repeat",
        (SEED_VALUE,),
    ),
    Entry("seediter", "SeededIterable: batches of a stream that are the same for any number of DataLoader workers"),
    Entry("seedloader", "SeededDataset: the same samples, batches and order for any number of DataLoader workers"),
    Entry("seedprint", "fingerprint(...): a short digest of tensors, arrays and random streams, to compare two runs"),
    Entry(
        "seedrank", "rank_seed and RankSampler: seeds and shares of the data for each process of a distributed training"
    ),
    Entry("seedscope", "seed_scope(seed): a block or function with randomness of its own, and none of it outside"),
    Entry("seedstate", "rng_state() and set_rng_state(): every random stream in a checkpoint, for an exact resume"),
    Entry("seedstream", "Named random streams that depend on seed and name alone, for random, NumPy and PyTorch"),
    Entry(
        "seedtrain",
        "A training script that ends with the same bits for any number of workers, stops and resumes",
        (DETERMINISTIC, SEED_VALUE),
    ),
)
