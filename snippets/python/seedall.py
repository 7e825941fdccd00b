import os
import random
import warnings

import numpy as np
import torch


def seed_everything(seed: int, deterministic: bool = True) -> int:
    """Seed random, NumPy and torch on every device; deterministic: same bits or an error.

    Call it before the model and the data are built. It holds for one machine with one set
    of versions, threads and DataLoader workers, and torch.compile either on or off. Out of
    its reach: default_rng(), generators and GPU kernels of other libraries, set order.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in [0, 2**32 - 1], got {seed!r}")
    seed = int(seed)  # random refuses NumPy's integers
    if deterministic and "CUBLAS_WORKSPACE_CONFIG" not in os.environ:
        if torch.cuda.is_initialized() and torch.__version__ < "2.10":
            raise RuntimeError("too late for cuBLAS: call seed_everything before CUDA")
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # for torch before 2.10
    random.seed(seed)
    np.random.seed([seed, 1])  # with seed alone torch on the CPU draws the same numbers
    torch.manual_seed(seed)  # every device; CUDA takes it when it starts
    if deterministic:
        if torch.backends.cudnn.benchmark:
            warnings.warn("cudnn.benchmark was on: what ran may vary", stacklevel=2)
        torch.backends.cudnn.benchmark = False  # it picks algorithms by timing them
        torch.backends.cudnn.deterministic = True  # implied below; some code reads it
        # Not warn_only: attention would keep a backward pass that varies.
        torch.use_deterministic_algorithms(True)
        # Filling new memory costs time, and no valid program reads it unwritten.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return seed


# seed_everything(2020, deterministic=True)  # True or False
