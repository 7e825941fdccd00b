"""Digests of batches by content: tensors, arrays, numbers and strings, in containers of any class."""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import marshal
import sys
from typing import Any

from seedblock_record.checksum import crc
from seedblock_record.digests import array_digest, array_of, dense_parts, encode, row_digests, tensor_digest

MAX_BYTES = 4_000_000  # of a tensor or array, digested in one turn
MAX_DEPTH = 60  # of nested containers; deeper ones are not looked into
MAX_PARTS = 20_000  # of a batch; the rest are not looked into
LONG_LIST = 64  # plain values; a list this long is digested in one go
PLAIN = (int, float, bool, str, bytes, type(None))


class Content:
    """The digest of what has been added; the digests of its rows; and the names of the types that were not looked into."""

    def __init__(self, turn: int = 0, max_bytes: int = MAX_BYTES, rows: bool = True) -> None:
        """turn: which part of tensors larger than `max_bytes` is digested. rows: whether rows are digested too."""
        self.turn, self.max_bytes = turn, max_bytes
        self.digest, self.count = 0, 0
        self.rows: list[int] | None = None if rows else []
        self.unseen: set[str] = set()
        self.ancestors: set[int] = set()  # the identities of the containers that are being looked into

    def add(self, item: Any) -> None:
        kind = type(item)
        self.count += 1
        if kind in PLAIN or isinstance(item, (int, float, complex, str, bytes)):
            self._add_plain(item)
        elif id(item) in self.ancestors or len(self.ancestors) > MAX_DEPTH or self.count > MAX_PARTS:
            self._add_type(kind, unseen=True)
        else:
            self.ancestors.add(id(item))
            self._add_by_kind(item, kind)
            self.ancestors.discard(id(item))

    def _add_by_kind(self, item: Any, kind: type) -> None:
        torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and isinstance(item, torch.Tensor):
            self._add_tensor(item)
        elif numpy is not None and isinstance(item, (numpy.ndarray, numpy.generic)):
            self._add_array(numpy.asarray(item))
        elif isinstance(item, enum.Enum):
            self._update(encode(f"{kind.__qualname__}.{item.name}"))
        elif isinstance(item, collections.abc.Mapping):
            self._update(b"{")
            for key in item:
                self.add(key)
                self.add(item[key])
        elif isinstance(item, (list, tuple, collections.abc.Sequence, collections.deque)):
            self._add_sequence(item)
        elif isinstance(item, (set, frozenset)):
            self._add_set(item)
        elif isinstance(item, (bytearray, memoryview)):
            self._update(bytes(item))
        else:
            self._add_object(item, kind)

    def _add_plain(self, item: Any) -> None:
        try:
            self._update(encode(repr(item) if type(item) in PLAIN else f"{type(item).__qualname__} {item!s}"))
        except ValueError:  # an int of more digits than Python prints
            self._update(encode(f"int {hash(item)}"))

    def _add_sequence(self, item: Any) -> None:
        self._update(b"[")
        if len(item) >= LONG_LIST and type(item) in (list, tuple) and type(item[0]) in PLAIN:
            try:
                self._update(marshal.dumps(item, 2))  # version 2 writes no references, which vary
                return
            except ValueError:  # it holds something else too
                pass
        for part in item:
            self.add(part)
            if self.count > MAX_PARTS:
                break

    def _add_set(self, item: Any) -> None:
        digests = []
        for part in item:
            one = Content(self.turn, self.max_bytes, rows=False)
            one.ancestors = self.ancestors
            one.add(part)
            digests.append(one.digest)
            self.unseen |= one.unseen
        self._update(repr(sorted(digests)).encode())

    def _add_tensor(self, tensor: Any) -> None:
        self._update(f"{tensor.dtype} {tuple(tensor.shape) if not tensor.is_nested else 'nested'}".encode())
        parts = dense_parts(tensor)
        if not parts:
            self.unseen.add(f"{tensor.device.type} tensor")
        for part in parts:
            start, stop = self._range(part.numel(), part.numel() * part.element_size())
            self.digest = (self.digest * 31 + tensor_digest(part, start, stop)) & 0xFFFFFFFF
            if self.rows is None and part is tensor and part.dim() > 0 and part.device.type == "cpu":
                self.rows = row_digests(array_of(part).reshape(part.shape) if part.is_contiguous() else part.numpy())

    def _add_array(self, array: Any) -> None:
        if array.dtype.hasobject:
            self._update(str(array.shape).encode())
            for part in array.ravel().tolist():
                self.add(part)
            return
        self._update(f"{array.dtype} {array.shape}".encode())
        start, stop = self._range(array.size, array.nbytes)
        self.digest = array_digest(array.reshape(-1)[start:stop], self.digest)
        if self.rows is None and array.ndim > 0:
            self.rows = row_digests(array)

    def _range(self, elements: int, size: int) -> tuple[int, int]:
        """The first element of this turn, and the one after the last. size: in bytes."""
        turns = max(1, -(-size // self.max_bytes))
        count = -(-elements // turns)
        start = self.turn % turns * count
        return start, start + count

    def _add_object(self, item: Any, kind: type) -> None:
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            fields = [(field.name, getattr(item, field.name, None)) for field in dataclasses.fields(item)]
        elif hasattr(item, "tobytes") and hasattr(item, "size"):  # a Pillow image
            self._add_type(kind)
            self._update(encode(str(item.size)))
            self._update(item.tobytes())
            return
        else:
            fields = _attributes(item, kind)
        callable_or_empty = not fields or callable(item) or isinstance(item, type)
        self._add_type(kind, unseen=callable_or_empty)
        if not callable_or_empty:
            for name, value in fields:
                self._update(encode(str(name)))
                self.add(value)

    def _add_type(self, kind: type, unseen: bool = False) -> None:
        self._update(encode(kind.__qualname__))  # the repr may hold an address
        if unseen:
            self.unseen.add(kind.__qualname__)

    def _update(self, data: bytes) -> None:
        self.digest = crc(data, self.digest)


def _attributes(item: Any, kind: type) -> list[tuple[str, Any]]:
    """The attributes in `__dict__`, then those in the class's `__slots__`."""
    fields = list(getattr(item, "__dict__", {}).items())
    slots = getattr(kind, "__slots__", ())
    for name in (slots,) if isinstance(slots, str) else slots:
        if name not in ("__dict__", "__weakref__") and hasattr(item, name):
            fields.append((name, getattr(item, name)))
    return fields
