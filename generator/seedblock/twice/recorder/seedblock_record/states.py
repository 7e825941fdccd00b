"""The states of the random streams as digests. Reading them draws nothing."""

from __future__ import annotations

import sys

from seedblock_record.checksum import crc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MT19937_BYTES = 4 * 625  # 624 words, and which of them is next


def python_reader(owner: Any) -> Callable[[], int]:
    """Make a function that reads the state of a random.Random; in memory, once ctypes is imported and finds it there.

    getstate() makes 625 integers.
    """
    seen: Any = None  # the state in memory; False if it is not found there

    def state() -> int:
        nonlocal seen
        if seen is None and "ctypes" in sys.modules:
            fits = type(owner).__basicsize__ >= object.__basicsize__ + MT19937_BYTES
            seen = fits and _memory(id(owner) + object.__basicsize__)
            seen = seen if seen and bytes(seen) == _packed(owner) else False
        gauss = owner.gauss_next
        return crc(seen or _packed(owner), 0 if gauss is None else hash(gauss) & 0xFFFFFFFF)

    return state


def _packed(owner: Any) -> bytes:
    *words, index = owner.getstate()[1]
    return b"".join([word.to_bytes(4, sys.byteorder) for word in (index, *words)])


def _memory(address: int) -> Any:
    """The bytes of an MT19937 at an address, as they are whenever they are read; None without the real ctypes."""
    ctypes = sys.modules["ctypes"]
    return (ctypes.c_char * MT19937_BYTES).from_address(address) if hasattr(ctypes, "c_char") else None


def numpy_reader(rand: Any) -> Callable[[], int]:
    """Make a function that reads the state of a RandomState straight from memory: get_state takes 35 microseconds."""
    import ctypes  # noqa: F401 - numpy has imported it

    read: Any = None  # the generator whose state is at `seen`; the script may give `rand` another one
    seen: Any = None

    def state() -> int:
        nonlocal read, seen
        generator = rand._bit_generator
        if generator is not read:
            plain = type(generator).__name__ == "MT19937"
            read, seen = generator, _memory(generator.ctypes.state_address) if plain else None
        return crc(repr(rand.get_state(legacy=False)).encode() if seen is None else seen)

    return state


def torch_state() -> int:
    return crc(sys.modules["torch"].default_generator.get_state().numpy())


def cuda_state() -> int | None:
    """None before CUDA is initialized, and while a CUDA graph is being captured."""
    torch = sys.modules["torch"]
    if not torch.cuda.is_initialized() or torch.cuda.is_current_stream_capturing():
        return None
    return crc(b"".join(state.numpy().tobytes() for state in torch.cuda.get_rng_state_all()))
