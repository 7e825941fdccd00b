"""Text, tables, JSON and JSON lines, as parts. Pure."""

import json
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from seedblock.twice.files.formats.parts import Parts, Text, Unfit, Words, below, blocks, expanded, whole

MAX_LINE = 1 << 20  # bytes of a line of JSON
MAX_DEPTH = 200


class Number(NamedTuple):
    """A number as it is written: 1.0 is not 1, and 1e400 is not 1e500."""

    text: str

    def __repr__(self) -> str:
        return self.text


def text_parts(file: BinaryIO, separator: str = "") -> Parts:
    return iter([("", Text(lambda: blocks(file), separator))])


def json_parts(file: BinaryIO) -> Parts:
    return expanded(_read(whole(file)), _inside, MAX_DEPTH)


def json_lines_parts(file: BinaryIO) -> Parts:
    for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), start=1):
        if len(line) == MAX_LINE:
            raise Unfit(f"a line is longer than {MAX_LINE:,} bytes")
        if line.strip():
            for part, value in expanded(_read(line), _inside, MAX_DEPTH):
                yield f"line {number:,}, {part}" if part else f"line {number:,}", value


def _read(data: bytes) -> Any:
    return json.loads(data, object_pairs_hook=_once, parse_float=Number, parse_int=Number, parse_constant=Number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unfit("a key is there twice")
    return made


def _inside(name: str, value: Any) -> Parts | None:
    """The order of keys does not count."""
    if isinstance(value, dict):
        keys = (name, Words(f"keys {sorted(value)}"))
        return chain([keys], ((below(name, key), value[key]) for key in sorted(value)))
    if isinstance(value, list):
        length = (name, Words(f"a list of {len(value)}"))
        return chain([length], ((f"{name}[{number}]", item) for number, item in enumerate(value)))
    return None
