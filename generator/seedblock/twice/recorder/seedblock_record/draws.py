"""Where torch's stream was first drawn from: the first line between two checks of its state that looks like a draw."""

from __future__ import annotations

import dis
import linecache
import re
import sys
import types
from collections.abc import Iterator
from typing import Any

from seedblock_record.frames import file_globals, name_line, user_file

# Draws that NumPy or `random` make are not torch's.
DRAWS = re.compile(
    r"(?<!random\.)\b(?:rand|randn|randint|randperm|rand_like|randn_like|randint_like|random_split|normal|multinomial"
    r"|bernoulli|shuffle|\w+_normal_|\w+_uniform_|normal_|uniform_|trunc_normal_|random_|dropout)\("
)
LAYERS = re.compile(
    r"\b(?:Linear|Bilinear|Conv\w+|RNN\w*|LSTM\w*|GRU\w*|Embedding\w*|MultiheadAttention|Transformer\w*)\("
)
CALLS = re.compile(r"\b([A-Za-z_][\w.]*)\(")
MAX_CALL_DEPTH = 3  # of calls followed from a line


def first_draw(after: list[tuple[Any, int]], noticed: list[tuple[Any, int]], registering: bool) -> str | None:
    """Find the first line that looks like a draw, between two stacks of code objects and lines.

    registering: whether a parameter's registration led to this; if so, a layer in the last line has not drawn yet.
    """
    names = file_globals()
    last = noticed[-1] if noticed else None
    for code, first, stop in _executed(after, noticed):
        for line in _lines(code, first, stop):
            is_last = (code, line) == last
            depth = 0 if is_last else MAX_CALL_DEPTH
            found = _draw_in_line(code, line, names, layers=not (registering and is_last), depth=depth)
            if found:
                return found
    return None


def _executed(after: list[tuple[Any, int]], noticed: list[tuple[Any, int]]) -> Iterator[tuple[Any, int, int]]:
    """The ranges of lines that were executed between the two stacks, function by function."""
    level = 0
    while level + 1 < min(len(after), len(noticed)) and after[level] == noticed[level]:
        level += 1
    if level < min(len(after), len(noticed)) and after[level][0] is noticed[level][0]:
        code, line = noticed[level]
        for inner, begun in reversed(after[level + 1 :]):
            yield inner, begun, sys.maxsize
        if after[level][1] <= line:
            yield code, after[level][1], line
        else:  # a loop
            yield code, after[level][1], sys.maxsize
            yield code, 0, line
        level += 1
    else:  # an earlier cell of a notebook
        for inner, begun in reversed(after[level:]):
            yield inner, begun, sys.maxsize
    for code, line in noticed[level:]:
        yield code, 0, line


def _lines(code: Any, first: int, last: int) -> list[int]:
    """The function's own lines, without those of functions that are defined in it."""
    return sorted({line for _, line in dis.findlinestarts(code) if line is not None and first <= line <= last})


def _draw_in_line(code: Any, line: int, names: dict[str, Any], layers: bool, depth: int) -> str | None:
    """Name the line if it looks like a draw, or else the first such line in the functions that it calls."""
    text = linecache.getline(code.co_filename, line)
    if text.lstrip().startswith(("class ", "def ", "async def ")):
        return None
    if DRAWS.search(text) or (layers and LAYERS.search(text)):
        return None if "generator=" in text else name_line(code.co_filename, line)
    for call in CALLS.findall(text) if depth else ():
        inner, inner_names = _function(call, names.get(code.co_filename, {}))
        if inner is not None and inner is not code and user_file(inner.co_filename):
            for number in _lines(inner, 0, sys.maxsize):
                found = _draw_in_line(inner, number, {**names, inner.co_filename: inner_names}, True, depth - 1)
                if found:
                    return found
    return None


def _function(call: str, names: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The code and globals of the function, or of a class's `__init__`, that a name stands for.

    Attributes are looked up only in modules: in other objects, looking could run the script's code.
    """
    first, *rest = call.split(".")
    found = names.get(first)
    for part in rest:
        found = vars(found).get(part) if isinstance(found, types.ModuleType) else None
    if isinstance(found, type):
        found = vars(found).get("__init__")
    return (found.__code__, found.__globals__) if isinstance(found, types.FunctionType) else (None, {})
