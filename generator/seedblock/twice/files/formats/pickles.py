"""Pickles, as parts: dictionaries, lists, sets, arrays of NumPy, and objects by what they were made of. Pure."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import chain
from typing import Any, BinaryIO

from seedblock.twice.files.formats.inert import MAX_WEIGHT, Standin, read
from seedblock.twice.files.formats.parts import Data, Parts, Unfit, Words, below, expanded, whole

MAX_BYTES = 50_000_000
MAX_DEPTH = 60
_OTHERS = frozenset(map(repr, (None, True, False, float("nan"), float("inf"))))  # keys, not strings
_SETS = ("builtins.set", "builtins.frozenset", "__builtin__.set", "__builtin__.frozenset")

Special = Callable[[str, Standin], Parts | None]


def pickle_parts(file: BinaryIO) -> Parts:
    found = read(whole(file, MAX_BYTES))
    return object_parts(found[0] if len(found) == 1 else found)


def object_parts(item: Any, special: Special = lambda name, item: None) -> Parts:
    """Take what `read` gave apart. `special` may know more of a class: it gives parts for a name and an object, or None."""
    return expanded(item, _Inside(special), MAX_DEPTH)


class _Inside:
    def __init__(self, special: Special) -> None:
        self._special = special
        self._named = 0  # parts of keys and members

    def __call__(self, name: str, item: Any) -> Parts | None:
        if item is None or isinstance(item, (bool, int, float, str, Data)):
            return None
        if isinstance(item, (bytes, bytearray)):
            return iter([(name, data(item))])
        if isinstance(item, dict):
            return self._pairs(name, item.items(), "a dictionary")
        if isinstance(item, (set, frozenset)):
            return self._set(name, item)
        if isinstance(item, (list, tuple)):
            length = (name, Words(f"a {type(item).__name__} of {len(item)}"))
            return chain([length], ((f"{name}[{number}]", part) for number, part in enumerate(item)))
        if isinstance(item, type):
            return iter([(name, Words(getattr(item, "called", "a class")))])
        return self._special(name, item) or array(name, item) or self._object(name, item)

    def _object(self, name: str, item: Any) -> Parts:
        if item.called in _SETS and len(item.arguments) == 1 and isinstance(item.arguments[0], list):
            yield from self._set(name, item.arguments[0])
            return
        yield name, Words(item.called)
        for label, part in (("()", item.arguments), ("(=)", item.named)):
            if part:
                yield f"{name}{label}", part
        pairs = [part for part in item.items if isinstance(part, tuple) and len(part) == 2]
        if pairs and len(pairs) == len(item.items):
            yield from self._pairs(name, pairs, "pairs", in_order=item.called == "collections.OrderedDict")
        elif item.items:
            yield name, item.items
        for state in item.states:
            slots = isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict)
            for part in state if slots else (state,):
                yield name, part

    def _pairs(self, name: str, pairs: Iterable[tuple[Any, Any]], what: str, in_order: bool = False) -> Parts:
        """The order of a dictionary does not count, as it does not for ==: that of a set may have made it."""
        named = [(self._name(key), value) for key, value in pairs]
        if not in_order:
            named.sort(key=lambda pair: pair[0])
        yield name, Words(f"{what} of {', '.join(key for key, _ in named)}")
        for key, value in named:
            yield below(name, key if key[0].isidentifier() else f"[{key}]"), value

    def _set(self, name: str, members: Iterable[Any]) -> Parts:
        yield name, Words(f"a set of {{{', '.join(sorted(map(self._name, members)))}}}")

    def _name(self, key: Any) -> str:
        """Name a key or a member of a set, by all of its content."""
        if key is None or isinstance(key, (bool, int, float)):
            return repr(key)
        if isinstance(key, str):
            return key if key.replace(".", "_").isidentifier() and key not in _OTHERS else repr(key)
        digest = sha256()
        for name, value in expanded(key, self, MAX_DEPTH):
            self._named += 1
            if self._named > MAX_WEIGHT:
                raise Unfit("its keys hold too much")
            for block in value.blocks() if isinstance(value, Data) else (repr((type(value), value)).encode(),):
                digest.update(name.encode("utf-8", "backslashreplace") + block)
        return f"{type(key).__name__}-{digest.hexdigest()[:32]}"


def data(item: bytes | bytearray, kind: str = "", shape: tuple[int, ...] | None = None, turned: bool = False) -> Data:
    return Data(lambda: iter((bytes(item),)), kind, shape, turned)


def array(name: str, item: Standin) -> Parts | None:
    """Know an array of NumPy, as each version of it pickles one. None for anything else."""
    module, _, function = item.called.rpartition(".")
    if module.partition(".")[0] != "numpy":
        return None
    given: Any = None
    if function == "_reconstruct" and len(item.states) == 1 and len(item.states[0]) == 5:
        _, shape, kind, turned, held = item.states[0]
        given = held, kind, shape, turned
    elif function == "_frombuffer" and len(item.arguments) == 4:
        held, kind, shape, order = item.arguments
        given = held, kind, shape, order == "F"
    elif function == "scalar" and len(item.arguments) == 2:
        given = item.arguments[1], item.arguments[0], (), False
    if given is None or not isinstance(given[0], (bytes, bytearray)):
        return None
    code = _kind(given[1])
    shape = tuple(map(int, given[2]))
    values = data(given[0], code, shape, bool(given[3]))
    return iter([(name, Words(f"type {code}, shape {shape}")), (name, values)]) if code else None


def _kind(item: Any) -> str:
    """Name a plain dtype as NumPy does; "" for one that has parts of its own."""
    if not isinstance(item, Standin) or len(item.states) != 1 or any(item.states[0][3:5]):
        return ""
    return f"{item.states[0][1]}{item.arguments[0]}"
