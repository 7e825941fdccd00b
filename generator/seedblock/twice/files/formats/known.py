"""Which format a file has, by its name; and whether two files of a name hold the same. Pure."""

import gzip
from collections.abc import Callable
from itertools import zip_longest
from pathlib import PurePath
from typing import BinaryIO, NamedTuple

from seedblock.twice.files.formats.archives import npz_parts, zip_parts
from seedblock.twice.files.formats.differing import first_byte, first_difference
from seedblock.twice.files.formats.events import event_parts
from seedblock.twice.files.formats.images import png_parts
from seedblock.twice.files.formats.numbers import npy_parts, safetensors_parts
from seedblock.twice.files.formats.parts import Budget, Data, Parts, blocks, counted
from seedblock.twice.files.formats.pickles import pickle_parts
from seedblock.twice.files.formats.texts import json_lines_parts, json_parts, text_parts
from seedblock.twice.files.formats.torch_files import torch_parts

READERS: dict[str, Callable[[BinaryIO], Parts]] = {
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".bin"), torch_parts),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), pickle_parts),
    **dict.fromkeys((".jsonl", ".ndjson"), json_lines_parts),
    **dict.fromkeys((".txt", ".log", ".yaml", ".yml", ".md"), text_parts),
    ".csv": lambda file: text_parts(file, ","),
    ".tsv": lambda file: text_parts(file, "\t"),
    ".json": json_parts,
    ".npy": npy_parts,
    ".safetensors": safetensors_parts,
    ".png": png_parts,
    ".npz": lambda file: npz_parts(file, inner),
    ".zip": lambda file: zip_parts(file, inner),
    ".gz": lambda file: iter(()),  # by the name without it: see `reader`
}
TEXT_SAMPLE = 8192  # bytes that show whether a file is a text


class Told(NamedTuple):
    """Whether two files whose bytes differ hold the same; if not, in which part they differ ("" if only the bytes are known).

    why: why nothing but bytes could be compared; "" if the content was.
    """

    same: bool
    part: str = ""
    why: str = ""


def is_known(name: str) -> bool:
    return reader(name) is not None


def reader(name: str) -> Callable[[BinaryIO], Parts] | None:
    """Return what takes a file of this name apart; None for a format that is not known."""
    path = PurePath(name)
    if ".tfevents." in path.name:
        return event_parts
    if path.suffix.lower() == ".gz":
        inside = READERS.get(PurePath(path.stem).suffix.lower())
        return lambda file: _unpacked(file, inside)
    return READERS.get(path.suffix.lower())


def inner(name: str, file: BinaryIO) -> Parts | None:
    """The parts of a file within an archive. One that must be searched in, such as a zip file, is taken by its bytes."""
    found = reader(name)
    return None if found is None or found in _SEARCHED or name.lower().endswith(".gz") else found(file)


_SEARCHED = (READERS[".npz"], READERS[".zip"], READERS[".gz"], torch_parts, safetensors_parts)


def _unpacked(file: BinaryIO, inside: Callable[[BinaryIO], Parts] | None) -> Parts:
    unpacked = counted(gzip.GzipFile(fileobj=file), Budget())  # type: ignore[arg-type]
    if inside is None or inside in _SEARCHED:
        return iter([("", Data(lambda: blocks(unpacked)))])
    return inside(unpacked)


def tell(name: str, one: BinaryIO, two: BinaryIO) -> Told:
    """Compare two files of a name whose bytes differ. Never raises, but for Ctrl-C and signals."""
    found, why = reader(name), ""
    if found is not None:
        try:
            part = first_difference(found(one), found(two))
            return Told(part is None, part or "")
        except Exception as error:  # noqa: BLE001 - a broken or hostile file may raise anything in its reader
            why = str(error) or type(error).__name__
    for file in (one, two):
        file.seek(0)
    return Told(False, _by_bytes(one, two), why)


def _by_bytes(one: BinaryIO, two: BinaryIO) -> str:
    """Name the first line that differs, or in what is no text the first byte."""
    texts = [b"\0" not in file.read(TEXT_SAMPLE) for file in (one, two)]
    for file in (one, two):
        file.seek(0)
    if all(texts):
        return first_difference(text_parts(one), text_parts(two)) or ""
    at = 0
    for left, right in zip_longest(blocks(one), blocks(two), fillvalue=b""):
        if left != right:
            return f"byte {at + first_byte(left, right):,}"
        at += len(left)
    return ""
