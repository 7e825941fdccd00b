"""Where torch's stream was first drawn from: between two looks at its state, the first line that looks like a draw."""

from __future__ import annotations

import dis
import linecache
import re
import sys
import types
from collections.abc import Iterator
from typing import Any

from seedblock_record.process import named, shown

# A draw that NumPy or `random` make is none of torch's.
DRAWS = re.compile(
    r"(?<!random\.)\b(?:rand|randn|randint|randperm|rand_like|randn_like|randint_like|random_split|normal|multinomial"
    r"|bernoulli|shuffle|\w+_normal_|\w+_uniform_|normal_|uniform_|trunc_normal_|random_|dropout)\("
)
LAYERS = re.compile(
    r"\b(?:Linear|Bilinear|Conv\w+|RNN\w*|LSTM\w*|GRU\w*|Embedding\w*|MultiheadAttention|Transformer\w*)\("
)
CALLS = re.compile(r"\b([A-Za-z_][\w.]*)\(")
DEEP = 3  # calls that are followed from a line


def stack() -> list[tuple[Any, int]]:
    """The script's own frames, as code and line, the outermost first."""
    found = []
    frame: Any = sys._getframe(1)
    while frame is not None:
        if shown(frame.f_code.co_filename):
            found.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return found[::-1]


def first_draw(after: list[tuple[Any, int]], noticed: list[tuple[Any, int]], registering: bool) -> str | None:
    """Look for the first draw after one place and before another.

    registering: what noticed it is a parameter that comes into being, so a layer of that line has not drawn yet.
    """
    names = _names()
    last = noticed[-1] if noticed else None
    for code, first, stop in _ranges(after, noticed):
        for line in _lines(code, first, stop):
            at_last = (code, line) == last
            found = _draw(code, line, names, layers=not (registering and at_last), deep=0 if at_last else DEEP)
            if found:
                return found
    return None


def _ranges(after: list[tuple[Any, int]], noticed: list[tuple[Any, int]]) -> Iterator[tuple[Any, int, int]]:
    """The lines that were executed between the two places, function by function."""
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
    else:  # a notebook's cell before this one
        for inner, begun in reversed(after[level:]):
            yield inner, begun, sys.maxsize
    for code, line in noticed[level:]:
        yield code, 0, line


def _lines(code: Any, first: int, last: int) -> list[int]:
    """The lines of this function alone, not of those that are defined in it."""
    return sorted({line for _, line in dis.findlinestarts(code) if line is not None and first <= line <= last})


def _draw(code: Any, line: int, names: dict[str, Any], layers: bool, deep: int) -> str | None:
    text = linecache.getline(code.co_filename, line)
    if text.lstrip().startswith(("class ", "def ", "async def ")):
        return None
    if DRAWS.search(text) or (layers and LAYERS.search(text)):
        return None if "generator=" in text else named(code.co_filename, line)
    for call in CALLS.findall(text) if deep else ():
        inner, inner_names = _called(call, names.get(code.co_filename, {}))
        if inner is not None and inner is not code and shown(inner.co_filename):
            for number in _lines(inner, 0, sys.maxsize):
                found = _draw(inner, number, {**names, inner.co_filename: inner_names}, True, deep - 1)
                if found:
                    return found
    return None


def _called(call: str, names: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The function that a name stands for, a class's `__init__` too. No attribute but a module's is looked up."""
    first, *rest = call.split(".")
    found = names.get(first)
    for part in rest:
        found = vars(found).get(part) if isinstance(found, types.ModuleType) else None
    if isinstance(found, type):
        found = vars(found).get("__init__")
    return (found.__code__, found.__globals__) if isinstance(found, types.FunctionType) else (None, {})


def _names() -> dict[str, Any]:
    """The global names of each file that is being executed."""
    found = {}
    frame: Any = sys._getframe(1)
    while frame is not None:
        found[frame.f_code.co_filename] = frame.f_globals
        frame = frame.f_back
    return found
