import hashlib
import itertools
import math
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import torch.distributed as dist
import torch.utils.data


def rank_and_world_size() -> tuple[int, int]:
    """From the process group, or before there is one from torchrun; else a single process."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


class RankSampler(torch.utils.data.DistributedSampler[Any]):
    """This process's share of what a SeededSampler gives; all ranks together have it all.

    The samples and their augmentations are the same for any number of ranks. So that all
    ranks have equally many, the last ones may repeat some from the epoch's beginning.
    It is a DistributedSampler for Lightning's sake, which would deal out any other again.
    """

    def __init__(self, keys: Any) -> None:
        self.keys, self.start = keys, 0

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """start: how many samples this rank has used already."""
        self.start = 0
        if not 0 <= start <= len(self):
            raise ValueError(f"start must be in [0, {len(self)}], got {start!r}")
        self.keys.set_epoch(epoch)
        self.start = start

    def __len__(self) -> int:
        _, world_size = rank_and_world_size()
        return math.ceil(len(self.keys) / world_size) - self.start

    def __iter__(self) -> Iterator[Any]:
        rank, world_size = rank_and_world_size()
        accelerate = sys.modules.get("accelerate.state")
        if accelerate is not None and accelerate.is_initialized():
            warnings.warn("accelerate deals out itself: leave RankSampler out")
        end = (self.start + len(self)) * world_size
        keys = iter(self.keys)
        first = list(itertools.islice(keys, world_size))
        keys = itertools.chain(first, keys, itertools.cycle(first))
        first_own = self.start * world_size + rank
        yield from itertools.islice(keys, first_own, end, world_size)


def rank_seed(seed: int, rank: int | None = None) -> int:
    """Derive a seed for the streams that are to differ between ranks: dropout, noise.

    seed + rank would give (seed 0, rank 1) what (seed 1, rank 0) has. Here no two of the
    seeds and ranks from 0 to 99 are equal; beyond, two of n pairs are with a chance of
    n**2 / 2**33. Build the model from seed itself: all ranks begin with equal weights.
    """
    if rank is None:
        rank, _ = rank_and_world_size()
    digest = hashlib.sha256(f"{seed:d} {rank:d}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


# torch.manual_seed(rank_seed(2020))  # below the model: another dropout on each rank
