"""Reads pickles without running code: what they would call is replaced by what remembers its arguments. Pure.

Python's own reader in C is not used: it makes room for as many objects as a pickle says that it holds.
"""

import io
import pickle
import struct
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from seedblock.twice.files.formats.parts import Unfit

MAX_READS = 4_000_000  # an object takes about two
MAX_WEIGHT = 1_000_000  # of all keys: what is in them, in each place that it is in


_BYTES = ("_codecs.encode", "__builtin__.bytes", "builtins.bytes")


class Standin:
    """In place of an object of any class: which one, what it was made of, and what was put into it."""

    called = ""
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    items: list[Any]
    states: list[Any]

    def __new__(cls, *arguments: Any, **named: Any) -> "Standin":  # noqa: PYI034 - typing has no Self before 3.11
        made = super().__new__(cls)
        made.arguments, made.named = arguments, named
        made.items, made.states = [], []
        return made

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __setstate__(self, state: Any) -> None:
        self.states.append(state)

    def __call__(self, *arguments: Any, **named: Any) -> "Standin":
        return Standin(self, *arguments, **named)

    def append(self, item: Any) -> None:
        self.items.append(item)

    add = append

    def extend(self, items: Iterable[Any]) -> None:
        self.items.extend(items)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items.append((key, value))


class _Encoded(Standin):
    """Bytes, as pickles of protocol 2 and earlier write them."""

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        return arguments[0].encode("latin1") if arguments else b""


class _Data(io.BytesIO):
    """A pickle's bytes. Raises Unfit if they are read too often."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self._count()
        return super().read(size)

    def readline(self, size: int | None = -1) -> bytes:
        self._count()
        return super().readline(size)

    def _count(self) -> None:
        self.reads += 1
        if self.reads > MAX_READS:
            raise Unfit("it holds too many objects")


class _Reader(pickle._Unpickler):
    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {**pickle._Unpickler.dispatch}
    read: Callable[[int], bytes]
    append: Callable[[Any], None]
    stack: list[Any]

    def __init__(self, file: _Data) -> None:
        super().__init__(file, encoding="latin1")  # as NumPy's own of Python 2 are read
        self._classes = dict[str, type[Standin]]()
        self._weight = 0
        self._size = len(file.getbuffer())

    def find_class(self, module: str, name: str) -> type[Standin]:
        called = f"{module}.{name}"
        base = _Encoded if called in _BYTES else Standin
        return self._classes.setdefault(called, type("Named", (base,), {"called": called}))

    def persistent_load(self, pid: Any) -> Standin:
        return self.find_class("", "persistent")(pid)

    def get_extension(self, code: int) -> None:
        raise Unfit(f"it uses extension {code}")

    def load_frame(self) -> None:  # what a frame holds is read as it comes: a count of reads would not see inside one
        self.read(8)

    def load_bytearray8(self) -> None:
        (length,) = struct.unpack("<Q", self.read(8))
        if length > self._size:
            raise Unfit("it ends too early")
        self.append(bytearray(self.read(length)))

    def _weigh(self, keys: Iterable[Any]) -> None:
        """Refuse keys that take for ever to hash: a tuple hashes all that is in it, as often as it is there."""
        waiting = [key for key in keys if isinstance(key, (tuple, frozenset))]
        while waiting:
            inner = waiting.pop()
            self._weight += len(inner)
            if self._weight > MAX_WEIGHT:
                raise Unfit("its keys hold too much")
            waiting.extend(item for item in inner if isinstance(item, (tuple, frozenset)))

    dispatch[pickle.FRAME[0]] = load_frame
    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8


def _weighed(load: Callable[[Any], None], keys: Callable[[list[Any]], list[Any]]) -> Callable[[Any], None]:
    def weighed(reader: _Reader) -> None:
        reader._weigh(keys(reader.stack))
        load(reader)

    return weighed


for _code, _keys in (
    (pickle.SETITEM, lambda stack: stack[-2:-1]),
    (pickle.SETITEMS, lambda stack: stack[::2]),
    (pickle.DICT, lambda stack: stack[::2]),
    (pickle.ADDITEMS, lambda stack: stack),
    (pickle.FROZENSET, lambda stack: stack),
):
    _Reader.dispatch[_code[0]] = _weighed(_Reader.dispatch[_code[0]], _keys)


def read(data: bytes) -> list[Any]:
    """Read the pickles in `data`, one after the other. Raises Unfit, and what a broken pickle raises."""
    file, found = _Data(data), []
    while file.tell() < len(data):
        found.append(_Reader(file).load())
    return found
