# Put this above everything that draws; in a function, above its first use of torch or np.
import os
import random as python_random  # leaves `random` to your own imports
import warnings

import numpy as np
import torch


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in [0, 2**32 - 1], got {seed!r}")
    return int(seed)  # random.seed() takes no NumPy integer


def seed_everything(seed: int, deterministic: bool = True) -> int:
    """Seed random, NumPy, and torch on every device. Call it before you build anything.

    deterministic: each of torch's operations gives the same bits each time or raises an
    error, on one machine with the same versions, threads and DataLoader workers;
    torch.compile changes the bits. Not covered: child processes (joblib), which thread
    draws first, default_rng(), polars, Optuna, other libraries' GPU kernels, set order.
    """
    seed = _checked_seed(seed)
    if deterministic and "CUBLAS_WORKSPACE_CONFIG" not in os.environ:
        if torch.cuda.is_initialized() and torch.__version__ < "2.10.dev0":
            raise RuntimeError("too late for cuBLAS: call it before CUDA starts")
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # for torch before 2.10
    python_random.seed(seed)
    np.random.seed([seed, 1])  # seed alone: some of the same numbers as torch
    torch.manual_seed(seed)  # every device; CUDA takes it when it starts
    if deterministic:
        if torch.backends.cudnn.benchmark:
            warnings.warn("cudnn.benchmark was on: past results may vary", stacklevel=2)
        torch.backends.cudnn.benchmark = False  # it picks algorithms by timing them
        torch.backends.cudnn.deterministic = True  # implied below; some code reads it
        # With warn_only=True, attention would keep a backward pass that varies.
        torch.use_deterministic_algorithms(True)
        torch.ones(1, device="cpu").float().sin()  # or MKL may vary: pytorch#188792
    return seed


# seed_everything(2020, deterministic=True)
