import hashlib
import itertools
import math
import os
from collections.abc import Iterator
from typing import Any

import torch.distributed as dist
from torch.utils.data import Sampler


def rank_and_world_size() -> tuple[int, int]:
    """From the process group, or before there is one from torchrun; else a single process."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


class RankSampler(Sampler[Any]):
    """This rank's share of the keys of a SeededDataset: together the ranks have them all.

    The samples and their augmentations are the same for any number of ranks. So that all
    ranks have equally many, the last ones may repeat keys from the epoch's beginning.
    """

    def __init__(self, data: Any) -> None:
        self.data, self.start = data, 0
        self.rank, self.world_size = rank_and_world_size()

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """start: how many samples all ranks together have used already."""
        self.data.set_epoch(epoch)
        self.start = start

    def __len__(self) -> int:
        return math.ceil(max(0, len(self.data) - self.start) / self.world_size)

    def __iter__(self) -> Iterator[Any]:
        keys = iter(self.data)
        first = list(itertools.islice(keys, self.world_size))
        keys = itertools.chain(first, keys, itertools.cycle(first))
        end = self.start + len(self) * self.world_size
        yield from itertools.islice(keys, self.start + self.rank, end, self.world_size)


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


# seed = rank_seed(2020)  # for torch.manual_seed, below the model: for its dropout
