"""TensorBoard's event files, as parts: step, tag and value, not the clock's time. Pure.

Records as TensorFlow writes them: https://www.tensorflow.org/tutorials/load_data/tfrecord; each an Event of
https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto.
"""

import hashlib
import struct
from typing import BinaryIO, TypeAlias

from seedblock.twice.files.formats.parts import Parts, Unfit, exactly

MAX_RECORD = 50_000_000  # bytes
TIME, STEP, GRAPH, SUMMARY = 1, 2, 4, 5  # fields of an Event
VALUE = 1  # of a Summary
TAG, NUMBER = 1, 2  # of a Value

Fields: TypeAlias = "list[tuple[int, bytes | int]]"


class Single(float):
    """A number of 32 bits."""

    def __repr__(self) -> str:
        return f"{self:.9g}"


def event_parts(file: BinaryIO) -> Parts:
    while head := file.read(8):
        if len(head) < 8 or (length := int.from_bytes(head, "little")) > MAX_RECORD:
            raise Unfit("a record's length is wrong")
        exactly(file, 4)
        event = _fields(exactly(file, length))
        exactly(file, 4)
        step = f"step {next((value for number, value in event if number == STEP), 0)!r}"
        for number, value in event:
            if number == SUMMARY and isinstance(value, bytes):
                yield from _summary(step, _fields(value))
            elif number == GRAPH and isinstance(value, bytes):
                # Its attributes are a map, which is written in any order.
                yield f"{step}, the graph", hashlib.sha256(bytes(sorted(value))).hexdigest()[:8]
            elif number not in (TIME, STEP):
                yield f"{step}, field {number}", value


def _summary(step: str, fields: Fields) -> Parts:
    for number, value in fields:
        if number != VALUE or not isinstance(value, bytes):
            yield f"{step}, field {number}", value
            continue
        inner = _fields(value)
        tag = next(
            (text.decode("utf-8", "backslashreplace") for at, text in inner if at == TAG and isinstance(text, bytes)),
            "",
        )
        for at, part in inner:
            if at == NUMBER and isinstance(part, bytes) and len(part) == 4:
                yield f"{step}, {tag}", Single(struct.unpack("<f", part)[0])
            elif at != TAG:
                yield f"{step}, {tag}", part


def _fields(data: bytes) -> Fields:
    """Read a message's fields, numbered. Raises Unfit."""
    found: Fields = []
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        value: bytes | int
        if kind == 0:
            value, at = _varint(data, at)
        elif kind in (1, 2, 5):
            size, at = _varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value = data[at : at + size]
            if len(value) != size:
                raise Unfit("a record ends too early")
            at += size
        else:
            raise Unfit(f"a record has a field of kind {kind}")
        found.append((key >> 3, value))
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
    raise Unfit("a record ends too early")
