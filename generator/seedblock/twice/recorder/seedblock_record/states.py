"""The states of the random streams as digests. Reading them draws nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from seedblock_record.digests import crc


def python_state() -> int:
    _, words, gauss = sys.modules["random"].getstate()
    return hash((words, 0.0 if gauss is None else gauss))  # hash(None) is an address before Python 3.12


def numpy_reader(rand: Any) -> Callable[[], int]:
    """Make a function that reads the state of a RandomState straight from memory: get_state takes 35 microseconds."""

    import ctypes

    def state() -> int:
        generator = rand._bit_generator
        if type(generator).__name__ == "MT19937":
            return crc(ctypes.string_at(generator.ctypes.state_address, 4 * 625))
        return crc(repr(rand.get_state(legacy=False)).encode())

    return state


def torch_state() -> int:
    return crc(sys.modules["torch"].default_generator.get_state().numpy())


def cuda_state() -> int | None:
    """None before CUDA is initialized, and while a CUDA graph is being captured."""
    torch = sys.modules["torch"]
    if not torch.cuda.is_initialized() or torch.cuda.is_current_stream_capturing():
        return None
    return crc(b"".join(state.numpy().tobytes() for state in torch.cuda.get_rng_state_all()))
