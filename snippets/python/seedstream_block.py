# seedblock 0.2.0, MIT licence: for the top level of a script, below any `from __future__`
import hashlib
import random as python_random  # leaves `random` to your own imports

import numpy as np
import torch


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in [0, 2**32 - 1], got {seed!r}")
    return int(seed)  # random.seed() takes no NumPy integer


def _stream_seed(seed: int, name: str) -> int:
    """Derive 64 bits from seed and name alone: other draws do not matter."""
    text = f"{_checked_seed(seed)} {name}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def python_stream(seed: int, name: str) -> python_random.Random:
    return python_random.Random(_stream_seed(seed, name))


def numpy_stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng(_stream_seed(seed, name))


def torch_stream(seed: int, name: str, device: str = "cpu") -> torch.Generator:
    # The CPU uses 32 bits: two of 1,000 names give one stream with a chance of 1 in 8,600.
    return torch.Generator(device).manual_seed(_stream_seed(seed, name))


# generator = torch_stream(2020, "shuffle")  # of a DataLoader, for example
