# seedblock 0.2.0, MIT licence: for the top level of a script, below any `from __future__`
import contextlib
import random as python_random  # leaves `random` to your own imports
from collections.abc import Iterator

import numpy as np
import torch


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in [0, 2**32 - 1], got {seed!r}")
    return int(seed)  # random.seed() takes no NumPy integer


def _torch_states() -> dict[str, list[torch.Tensor]]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    xpu = torch.xpu.get_rng_state_all() if torch.xpu.is_initialized() else []
    mps = [torch.mps.get_rng_state()] if torch.backends.mps.is_available() else []
    return {"cpu": [torch.get_rng_state()], "cuda": cuda, "xpu": xpu, "mps": mps}


def _set_torch_states(states: dict[str, list[torch.Tensor]]) -> None:
    torch.set_rng_state(states["cpu"][0])
    torch.cuda.set_rng_state_all(states["cuda"])
    torch.xpu.set_rng_state_all(states["xpu"])
    for state in states["mps"]:
        torch.mps.set_rng_state(state)


@contextlib.contextmanager
def seed_scope(seed: int) -> Iterator[None]:
    """Run a block, or as a decorator a function, on streams of its own; restore all.

    It covers random, NumPy's global stream, and torch on the CPU and the devices in use.
    Not covered: other threads; default_rng() and generators of your own; on a GPU the
    dropout= of nn.LSTM, nn.GRU and nn.RNN, which cuDNN draws. Do not yield or await
    inside: others would draw from these streams. A decorated function with yield or async
    runs after the scope.
    """
    seed = _checked_seed(seed)
    with contextlib.ExitStack() as after:
        after.callback(python_random.setstate, python_random.getstate())
        after.callback(np.random.set_state, np.random.get_state())
        after.callback(_set_torch_states, _torch_states())
        python_random.seed(seed)
        np.random.seed([seed, 1])  # seed alone: some of the same numbers as torch
        torch.default_generator.manual_seed(seed)  # manual_seed would reach GPUs too
        for device in (torch.cuda, torch.xpu):
            if device.is_initialized():
                device.manual_seed_all(seed)
        if torch.backends.mps.is_available():
            torch.mps.manual_seed(seed)
        yield


# with seed_scope(2020):
#     validate(model)
