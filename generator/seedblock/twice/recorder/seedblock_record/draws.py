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
from seedblock_record.wrapping import Watched

# Functions of torch, of nn.init and the like. No tensor has methods with the names of FUNCTIONS.
FUNCTIONS = (
    "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like", "random_split", "normal", "shuffle", "dropout",
)  # fmt: skip
DRAWS = re.compile(
    r"(?:(\b[A-Za-z_][\w.]*|[)\]])\.|(?<![\w.]))(" + "|".join(FUNCTIONS) + r"|multinomial|bernoulli"
    r"|\w+_normal_|\w+_uniform_|normal_|uniform_|trunc_normal_|random_)\("
)
# What makes a generator that is not torch's.
OTHERS = re.compile(r"\b(?:RandomState|default_rng|np_random|numpy_stream|python_stream|Random)\(")
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
    known = names.get(code.co_filename, {})
    draws = any(_is_torch_s(owner, name, code.co_filename, known) for owner, name in DRAWS.findall(text))
    if draws or (layers and LAYERS.search(text)):
        return None if "generator=" in text else name_line(code.co_filename, line)
    for call in CALLS.findall(text) if depth else ():
        inner, inner_names = _function(call, known)
        if inner is not None and inner is not code and user_file(inner.co_filename):
            for number in _lines(inner, 0, sys.maxsize):
                found = _draw_in_line(inner, number, {**names, inner.co_filename: inner_names}, True, depth - 1)
                if found:
                    return found
    return None


def _is_torch_s(owner: str, name: str, filename: str, known: dict[str, Any]) -> bool:
    """Tell whether a call that looks like a draw is from torch's stream: NumPy's and Python's generators have the same names."""
    found = _value(owner or name, known)
    if not owner:
        holder = (
            getattr(found, "__self__", None) if isinstance(found, (types.BuiltinMethodType, types.MethodType)) else None
        )
        users = isinstance(found, types.FunctionType) and found.__module__.partition(".")[0] != "torch"
        return not (users or isinstance(found, Watched) or _library(type(holder)) in ("numpy", "random"))
    if isinstance(found, types.ModuleType):
        return found.__name__.partition(".")[0] == "torch"
    if name in FUNCTIONS:
        return found is None and owner.partition(".")[0] == "torch"  # imported in a function
    if _library(type(found)) in ("numpy", "random"):
        return False
    made = re.compile(rf"(?<![\w.]){re.escape(owner)}\s*(?::[^=]+)?=[^=]")
    return not any(made.search(line) and OTHERS.search(line) for line in linecache.getlines(filename))


def _library(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _value(names: str, known: dict[str, Any]) -> Any:
    """What a name with dots stands for; None if it is not known.

    Attributes are looked up only in modules: in other objects, looking could run the script's code.
    """
    first, *rest = names.split(".")
    found = known.get(first)
    for part in rest:
        found = vars(found).get(part) if isinstance(found, types.ModuleType) else None
    return found


def _function(call: str, names: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The code and globals of the function, or of a class's `__init__`, that a name stands for."""
    found = _value(call, names)
    if isinstance(found, type):
        found = vars(found).get("__init__")
    return (found.__code__, found.__globals__) if isinstance(found, types.FunctionType) else (None, {})
