"""Arrays of NumPy and of safetensors, as parts. Pure; NumPy need not be there."""

import ast
import io
import json
from math import prod
from typing import BinaryIO

from seedblock.twice.files.formats.parts import Data, Parts, Unfit, Words, below, blocks, exactly, section

MAX_HEADER = 1 << 16  # as long as NumPy's own may be in practice
MAX_TENSORS = 10_000_000  # bytes of a header of safetensors
_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<V2", "BOOL": "|b1"} | {
    f"{sign}{8 << size}": f"<{sign.lower()}{1 << size}" for sign in "IU" for size in range(4)
}


def npy_parts(file: BinaryIO) -> Parts:
    if exactly(file, 6) != b"\x93NUMPY":
        raise Unfit("it is no array of NumPy")
    major, _ = exactly(file, 2)
    size = int.from_bytes(exactly(file, 2 if major == 1 else 4), "little")
    if size > MAX_HEADER:
        raise Unfit(f"its header is longer than {MAX_HEADER:,} bytes")
    header = ast.literal_eval(exactly(file, size).decode("utf-8" if major > 2 else "latin1").strip())
    kind, turned, shape = header["descr"], bool(header["fortran_order"]), tuple(map(int, header["shape"]))
    yield "", Words(f"type {kind!r}, shape {shape}{', by columns' if turned else ''}")
    if kind == "|O":
        from seedblock.twice.files.formats.pickles import pickle_parts

        yield from pickle_parts(file)
    else:
        yield "", Data(lambda: blocks(file), kind if isinstance(kind, str) else "", shape, turned)


def safetensors_parts(file: BinaryIO) -> Parts:
    size = int.from_bytes(exactly(file, 8), "little")
    if size > MAX_TENSORS:
        raise Unfit(f"its header is longer than {MAX_TENSORS:,} bytes")
    header = json.loads(exactly(file, size))
    length = file.seek(0, io.SEEK_END) - 8 - size
    for key, value in sorted(header.pop("__metadata__", {}).items()):
        yield below("metadata", str(key)), str(value)
    if sum(item["data_offsets"][1] - item["data_offsets"][0] for item in header.values()) != length:
        raise Unfit("it holds more than its tensors, or less")
    for name in sorted(header):
        kind, shape, (start, end) = (
            header[name]["dtype"],
            tuple(map(int, header[name]["shape"])),
            header[name]["data_offsets"],
        )
        yield name, Words(f"type {kind}, shape {shape}")
        if start < 0:
            raise Unfit("a tensor is not where it could be")
        yield name, tensor(file, 8 + size + start, end - start, _KINDS.get(kind, ""), shape)


def tensor(file: BinaryIO, start: int, length: int, kind: str, shape: tuple[int, ...]) -> Data:
    """Raises Unfit if it is not as long as its shape says."""
    if length < 0 or (kind and length != prod(shape) * int(kind[2:])):
        raise Unfit("a tensor's length is wrong")
    return Data(lambda: blocks(section(file, start, length)), kind, shape)
