import contextlib
import random as python_random  # leaves `random` to your own imports
from collections.abc import Iterator

import numpy as np
import torch


@contextlib.contextmanager
def seed_scope(seed: int) -> Iterator[None]:
    """Run a block, or as a decorator a function, on streams of its own; restore all.

    It covers random, NumPy's global stream, torch on the CPU and on the devices in use.
    CUDA that starts inside gets the stream it would have had outside. Not covered:
    other threads; default_rng() and generators of your own; on a GPU the dropout= of
    nn.LSTM, nn.GRU and nn.RNN, which cuDNN draws. Do not yield or await inside: others
    then draw from these streams. A decorated function with yield or async runs after.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in [0, 2**32 - 1], got {seed!r}")
    seed = int(seed)  # random refuses NumPy's integers
    devices = [device for device in (torch.cuda, torch.xpu) if device.is_initialized()]
    mps = torch.backends.mps.is_available()
    python, numpy = python_random.getstate(), np.random.get_state()
    cpu = torch.get_rng_state()
    states = [device.get_rng_state_all() for device in devices]
    mps_state = torch.mps.get_rng_state() if mps else None
    try:
        python_random.seed(seed)
        np.random.seed([seed, 1])  # seed alone would give it torch's state
        torch.default_generator.manual_seed(seed)  # the CPU alone, unlike torch's own
        for device in devices:
            device.manual_seed_all(seed)
        if mps:
            torch.mps.manual_seed(seed)
        yield
    finally:
        python_random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        for device, state in zip(devices, states):
            device.set_rng_state_all(state)
        if mps_state is not None:
            torch.mps.set_rng_state(mps_state)


# with seed_scope(2020):
#     validate(model)
