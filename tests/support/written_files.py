"""Files of every format that is known, made by the libraries that make them, or by the letter of the format."""

import collections
import gzip
import io
import json
import pickle
import struct
import zipfile
import zlib
from typing import Any

import numpy as np


def npy(array: Any) -> bytes:
    np.save(file := io.BytesIO(), array)
    return file.getvalue()


def npz(**arrays: Any) -> bytes:
    np.savez(file := io.BytesIO(), **arrays)
    return file.getvalue()


def zipped(date: tuple[int, ...] = (2020, 1, 1, 0, 0, 0), **members: bytes) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name.replace("_", "."), date), content)  # type: ignore[arg-type]
    return file.getvalue()


def gzipped(content: bytes, time: int = 0) -> bytes:
    return gzip.compress(content, mtime=time)


def text(value: Any) -> bytes:
    return json.dumps(value).encode()


def pickled(value: Any, protocol: int = 4) -> bytes:
    return pickle.dumps(value, protocol)


def strings(*items: str) -> bytes:
    """Pickle a set with its members in this order, as hashes may have them."""
    return b"\x80\x04\x8f(" + b"".join(b"\x8c" + bytes([len(item)]) + item.encode() for item in items) + b"\x90."


class Model:
    """What a script pickles."""

    def __init__(self, rate: float, order: str = "ab") -> None:
        self.rate, self.me = rate, self
        self.ordered = collections.OrderedDict.fromkeys(order, 0)


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def record(event: bytes) -> bytes:
    return struct.pack("<QI", len(event), 1) + event + struct.pack("<I", 2)


def events(*scalars: tuple[int, str, float], time: float = 1.7e9) -> bytes:
    """TensorBoard's file: its version first, then a scalar an event."""
    clock = b"\x09" + struct.pack("<d", time)
    made = record(clock + field(3, b"brain.Event:2"))
    for step, tag, value in scalars:
        summary = field(1, field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
        made += record(clock + b"\x10" + varint(step) + field(5, summary))
    return made


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(
    rows: list[bytes], filters: list[int], wide: int, more: tuple[tuple[bytes, bytes], ...] = (), level: int = 6
) -> bytes:
    """A PNG of grey pixels, each row after its filter."""
    head = struct.pack(">IIBBBBB", wide, len(rows), 8, 0, 0, 0, 0)
    packed = zlib.compress(b"".join(bytes([kind]) + row for kind, row in zip(filters, rows, strict=True)), level)
    parts = (chunk(b"IHDR", head), *(chunk(*each) for each in more), chunk(b"IDAT", packed), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def filtered(rows: list[bytes], kind: int) -> list[bytes]:
    """Filter rows of grey pixels as the standard defines the five filters."""
    made, above = [], bytes(len(rows[0]))
    for row in rows:
        left, corner = b"\0" + row[:-1], b"\0" + above[:-1]
        made.append(
            bytes((x - guess(kind, a, b, c)) % 256 for x, a, b, c in zip(row, left, above, corner, strict=True))
        )
        above = row
    return made


def guess(kind: int, left: int, above: int, corner: int) -> int:
    nearest = min((left, above, corner), key=lambda value: abs(left + above - corner - value))
    return (0, left, above, (left + above) // 2, nearest)[kind]


def torch_files(_: object) -> dict[str, bytes]:
    """What torch and safetensors write. To be called in a fork of a process that has imported torch."""
    import torch
    from safetensors.torch import save

    def saved(value: Any, **options: Any) -> bytes:
        torch.save(value, file := io.BytesIO(), **options)
        return file.getvalue()

    def scripted(module: torch.nn.Module) -> bytes:
        torch.jit.save(torch.jit.script(module), file := io.BytesIO())
        return file.getvalue()

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 2))
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(3)).sum().backward()
    optimizer.step()
    whole = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    made = {"net": saved(whole), "old": saved(whole, _use_new_zipfile_serialization=False), "module": saved(net)}
    with torch.no_grad():
        net[1].weight[1, 0] = 2.0
    made |= {"net 2": saved(whole), "old 2": saved(whole, _use_new_zipfile_serialization=False), "module 2": saved(net)}
    ones, twos = torch.ones(2, 3), torch.full((2, 3), 2.0)
    made |= {
        "ab": saved({"a": ones, "b": twos}), "ba": saved({"b": twos, "a": ones}), "aa": saved({"a": ones, "b": ones}),
        "half": saved(ones.bfloat16()), "half 2": saved(twos.bfloat16()),
        "view": saved(ones[:, 1]), "turned": saved(ones.t()), "rows": saved(ones.reshape(3, 2)),
        "parameter": saved({"w": torch.nn.Parameter(ones)}), "parameter 2": saved({"w": torch.nn.Parameter(twos)}),
        "safe": save({"w": ones, "v": ones.bfloat16()}, {"by": "a"}), "safe 2": save({"w": twos, "v": ones.bfloat16()}, {"by": "a"}),
        "safe by b": save({"w": ones, "v": ones.bfloat16()}, {"by": "b"}),
        "script": scripted(torch.nn.Linear(2, 1)), "script 2": scripted(torch.nn.Linear(2, 1)),
    }  # fmt: skip
    return made
