"""The snippets: abbreviation, description, fields. The code of each is the template of the same name."""

from seedblock.kinds import Integer
from seedblock.model import Entry, Field

CATALOG = (
    Entry(
        "seed",
        "Seed Python, NumPy and PyTorch on the CPU and every GPU, and make cuDNN deterministic",
        (Field("seed_value", "2020", Integer(0, 2**32 - 1), "the seed of every random stream"),),
    ),
)
