# seedblock 0.2.0, MIT licence: for the top level of a script, below any `from __future__`
import hashlib
import os

import torch


def _rank_and_world_size() -> tuple[int, int]:
    """From the process group, or before there is one from torchrun, else (0, 1)."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def rank_seed(seed: int, rank: int | None = None) -> int:
    """Derive a seed for the streams that are to differ between ranks: dropout, noise.

    seed + rank would give (seed 0, rank 1) what (seed 1, rank 0) has. All pairs of
    a seed and a rank from 0 to 99 differ here; of n other pairs, two are equal with a
    chance of n**2 / 2**33. Build the model from seed itself: all ranks begin with equal
    weights.
    """
    rank = _rank_and_world_size()[0] if rank is None else rank
    digest = hashlib.sha256(f"{seed:d} {rank:d}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


# torch.manual_seed(rank_seed(2020))  # below the model: each rank's own dropout
