"""Digests of the bytes of tensors and arrays."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable
from typing import Any

from seedblock_record.checksum import crc

MAX_ROW_BYTES = (
    1_000_000  # of a batch that its row digests cover, roughly; of a larger one, they cover every n-th element
)
MAX_DIGESTED_ROWS = 4096  # in a larger batch, some are chosen
WRITTEN_ROWS = 64  # row digests that are written, roughly; at most four times as many


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def summary(digests: list[int]) -> str:
    """The digest of all in eight hex digits, a colon, and four hex digits of each.

    The first reliably tells that something differs; the others tell what.
    """
    whole = crc(struct.pack(f"<{len(digests)}I", *digests))
    return f"{whole:08x}:" + struct.pack(f">{len(digests)}H", *[digest & 0xFFFF for digest in digests]).hex()


def tensor_digest(tensor: Any, start: int = 0, stop: int | None = None) -> int:
    """Digest the elements from `start` to `stop`, in their order in memory; 0 for None."""
    if tensor is None:
        return 0
    array = plain_array(tensor)
    if array is not None:
        whole = start == 0 and (stop is None or stop >= array.size) and array.flags.c_contiguous
        return array_digest(array if whole else array.ravel(order="K")[start:stop])
    digest = 0
    for part in dense_parts(tensor):
        digest = array_digest(array_of(part, start, stop), digest)
    return digest


def plain_array(tensor: Any) -> Any:
    """A tensor or parameter as an array without a copy; None for one on a GPU, of another class, or of a dtype NumPy lacks."""
    if type(tensor) in (_PLAIN_CLASSES or _plain_classes()):
        try:
            # Not detach(): a dispatch mode set by the script would see it.
            return (tensor.data if tensor.requires_grad else tensor).numpy()
        except (TypeError, ValueError, RuntimeError):
            pass
    return None


def dense_parts(tensor: Any) -> Iterable[Any]:
    """The strided tensors that a tensor consists of, usually just itself; none if it holds no data."""
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
    """The elements as a flat NumPy array, without a copy where possible."""
    torch = sys.modules["torch"]
    tensor = tensor.data
    if tensor.is_conj() or tensor.is_neg():
        tensor = tensor.resolve_conj().resolve_neg()
    if tensor.device.type != "cpu":
        tensor = tensor.reshape(-1)[start:stop].cpu()
        start, stop = 0, None
    try:
        array = tensor.numpy()
    except TypeError:  # bfloat16 and the like, which NumPy lacks
        integer = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
        array = tensor.contiguous().view(integer).numpy()
    return array.ravel(order="K")[start:stop]


def _plain_classes() -> list[type]:
    if not _PLAIN_CLASSES:
        torch = sys.modules["torch"]
        _PLAIN_CLASSES.extend([torch.Tensor, torch.nn.Parameter])
    return _PLAIN_CLASSES


_PLAIN_CLASSES: list[type] = []


def array_digest(array: Any, value: int = 0) -> int:
    """Digest an array without objects."""
    try:
        return crc(array, value)
    except (ValueError, BufferError, TypeError):  # dates, or not contiguous
        return crc(array.tobytes(), value)


def row_digests(array: Any) -> list[int]:
    """Digest the rows of a batch, so that a row is recognised wherever it occurs.

    Of a large batch only some rows are digested. Their own bytes decide which, so the same rows are chosen in any order.
    """
    count = len(array)
    if count == 0 or array.size == 0:
        return []
    rows = array.reshape(count, -1)
    rows = rows[:, :: max(1, rows.nbytes // MAX_ROW_BYTES)]
    if count > MAX_DIGESTED_ROWS:
        rows = rows[_chosen(rows)]
    data, size = rows.tobytes(), rows.shape[1] * rows.itemsize
    digests = [crc(data[start : start + size]) for start in range(0, len(data), size)]
    one_in = max(1, len(digests) // WRITTEN_ROWS) if count <= MAX_DIGESTED_ROWS else 1
    return [digest for digest in digests if digest % one_in == 0][: 4 * WRITTEN_ROWS]


def _chosen(rows: Any) -> Any:
    """Choose about WRITTEN_ROWS rows by a cheap hash of some of their bytes; return a mask."""
    import numpy

    columns = rows[:, :: max(1, rows.shape[1] // 8)]
    data = numpy.frombuffer(columns.tobytes(), dtype=numpy.uint8).reshape(len(rows), -1)
    weights = numpy.arange(1, data.shape[1] + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    hashes = (data.astype(numpy.uint64) * weights).sum(1) >> numpy.uint64(40)
    return hashes % numpy.uint64(len(rows) // WRITTEN_ROWS) == 0
