"""Digests of tensors and arrays, by their bytes. zlib's crc32 sees every flipped bit and swap, at twice SHA-256's speed."""

from __future__ import annotations

import contextlib
import struct
import sys
import zlib
from collections.abc import Iterable
from typing import Any

ROW_BYTES = 1_000_000  # of a batch's rows that are looked at to recognise them
ROWS = 64  # rows of a batch that are written
MOST_ROWS = 4096  # rows of a batch that are looked at one by one


def crc(data: Any, value: int = 0) -> int:
    return zlib.crc32(data, value)


def text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def short(digests: list[int]) -> str:
    """One digest of all, and four digits of each: which one differs is told by these, that one does by the other."""
    whole = crc(struct.pack(f"<{len(digests)}I", *digests))
    return f"{whole:08x}:" + struct.pack(f">{len(digests)}H", *[digest & 0xFFFF for digest in digests]).hex()


def tensor_digest(tensor: Any, start: int = 0, stop: int | None = None) -> int:
    """Digest the elements from `start` to `stop`, in the order in which they lie in memory."""
    if tensor is None:
        return 0
    if type(tensor) in _ordinary():
        with contextlib.suppress(
            TypeError, ValueError, RuntimeError
        ):  # on a GPU, of a kind that NumPy has not, in parts
            array = tensor.data.numpy()  # unlike detach(), no operation that a mode of the script's own would see
            return crc(
                array if start == 0 and (stop is None or stop >= array.size) else array.ravel(order="K")[start:stop]
            )
    digest = 0
    for part in dense_parts(tensor):
        digest = array_digest(array_of(part, start, stop), digest)
    return digest


def dense_parts(tensor: Any) -> Iterable[Any]:
    """The strided tensors that a tensor consists of: itself, as a rule. Nothing of one that holds no data."""
    torch = sys.modules["torch"]
    if tensor.layout is torch.strided and not tensor.is_nested and not hasattr(tensor, "to_local"):
        if tensor.is_quantized:
            return [tensor.int_repr()]
        return [] if tensor.device.type == "meta" else [tensor]
    if hasattr(tensor, "to_local"):
        return [tensor.to_local()]
    if tensor.is_nested:
        return list(tensor.detach().unbind())
    if tensor.layout is torch.sparse_coo:
        tensor = tensor.detach()
        return [tensor._indices(), tensor._values()]
    names = ("crow_indices", "col_indices") if tensor.layout is torch.sparse_csr else ("ccol_indices", "row_indices")
    return [*(getattr(tensor, name)() for name in names), tensor.detach().values()]


def array_of(tensor: Any, start: int = 0, stop: int | None = None) -> Any:
    """The elements as a flat NumPy array, without a copy where that can be."""
    torch = sys.modules["torch"]
    tensor = tensor.data
    if tensor.is_conj() or tensor.is_neg():
        tensor = tensor.resolve_conj().resolve_neg()
    if tensor.device.type != "cpu":
        tensor = tensor.reshape(-1)[start:stop].cpu()
        start, stop = 0, None
    try:
        array = tensor.numpy()
    except TypeError:  # bfloat16 and the like: NumPy has none
        whole = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
        array = tensor.contiguous().view(whole).numpy()
    return array.ravel(order="K")[start:stop]


def _ordinary() -> tuple[type, ...]:
    if not _ORDINARY:
        torch = sys.modules["torch"]
        _ORDINARY.extend([torch.Tensor, torch.nn.Parameter])
    return tuple(_ORDINARY)


_ORDINARY: list[type] = []


def array_digest(array: Any, value: int = 0) -> int:
    """Digest an array without objects."""
    try:
        return crc(array, value)
    except (ValueError, BufferError, TypeError):  # dates, or not contiguous
        return crc(array.tobytes(), value)


def row_digests(array: Any) -> list[int]:
    """Digest rows of a batch, so that the same row is told from others in any order and place.

    Of a large batch those rows are taken that their own bytes choose: the same ones wherever they stand.
    """
    count = len(array)
    if count == 0 or array.size == 0:
        return []
    rows = array.reshape(count, -1)
    rows = rows[:, :: max(1, rows.nbytes // ROW_BYTES)]
    if count > MOST_ROWS:
        import numpy

        few = rows[:, :: max(1, rows.shape[1] // 8)]
        marks = numpy.frombuffer(few.tobytes(), dtype=numpy.uint8).reshape(count, -1)
        weights = numpy.arange(1, marks.shape[1] + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        chosen = (marks.astype(numpy.uint64) * weights).sum(1) >> numpy.uint64(40)
        rows = rows[chosen % numpy.uint64(count // ROWS) == 0]
    data, size = rows.tobytes(), rows.shape[1] * rows.itemsize
    digests = [crc(data[place : place + size]) for place in range(0, len(data), size)]
    few_of_many = max(1, len(digests) // ROWS) if count <= MOST_ROWS else 1
    return [digest for digest in digests if digest % few_of_many == 0][: 4 * ROWS]
