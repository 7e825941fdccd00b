"""A batch, digested by content: tensors, arrays, numbers and texts in containers of any class."""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import marshal
import sys
from typing import Any

from seedblock_record.digests import array_digest, array_of, crc, dense_parts, row_digests, tensor_digest, text

BUDGET = 4_000_000  # bytes of each large tensor that are digested at a time
DEEP, MANY = 60, 20_000  # containers in each other, and parts of a batch; what is beyond is not looked into
LONG = 64  # from this length on a list of plain values is digested in one go
PLAIN = (int, float, bool, str, bytes, type(None))


class Content:
    """The digest of what has been added; `samples` tells its rows, `unseen` names the types that were not looked into."""

    def __init__(self, turn: int = 0, budget: int = BUDGET, rows: bool = True) -> None:
        self.turn, self.budget = turn, budget
        self.digest, self.count = 0, 0
        self.samples: list[int] | None = None if rows else []
        self.unseen: set[str] = set()
        self.above: set[int] = set()

    def add(self, item: Any) -> None:
        kind = type(item)
        self.count += 1
        if kind in PLAIN or isinstance(item, (int, float, complex, str, bytes)):
            self._plain(item)
        elif id(item) in self.above or len(self.above) > DEEP or self.count > MANY:
            self._name(kind, unseen=True)
        else:
            self.above.add(id(item))
            self._rest(item, kind)
            self.above.discard(id(item))

    def _rest(self, item: Any, kind: type) -> None:
        torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and isinstance(item, torch.Tensor):
            self._tensor(item)
        elif numpy is not None and isinstance(item, (numpy.ndarray, numpy.generic)):
            self._array(numpy.asarray(item))
        elif isinstance(item, enum.Enum):
            self._mark(text(f"{kind.__qualname__}.{item.name}"))
        elif isinstance(item, collections.abc.Mapping):
            self._mark(b"{")
            for key in item:
                self.add(key)
                self.add(item[key])
        elif isinstance(item, (list, tuple, collections.abc.Sequence, collections.deque)):
            self._sequence(item)
        elif isinstance(item, (set, frozenset)):
            self._set(item)
        elif isinstance(item, (bytearray, memoryview)):
            self._mark(bytes(item))
        else:
            self._object(item, kind)

    def _plain(self, item: Any) -> None:
        try:
            self._mark(text(repr(item)) if type(item) in PLAIN else text(f"{type(item).__qualname__} {item!s}"))
        except ValueError:  # an int of more digits than Python prints
            self._mark(text(f"int {hash(item)}"))

    def _sequence(self, item: Any) -> None:
        self._mark(b"[")
        if len(item) >= LONG and type(item) in (list, tuple) and type(item[0]) in PLAIN:
            try:
                self._mark(marshal.dumps(item, 2))  # of this version: without references, which vary
                return
            except ValueError:  # it holds something else too
                pass
        for part in item:
            self.add(part)
            if self.count > MANY:
                break

    def _set(self, item: Any) -> None:
        digests = []
        for part in item:
            one = Content(self.turn, self.budget, rows=False)
            one.above = self.above
            one.add(part)
            digests.append(one.digest)
            self.unseen |= one.unseen
        self._mark(repr(sorted(digests)).encode())

    def _tensor(self, tensor: Any) -> None:
        self._mark(f"{tensor.dtype} {tuple(tensor.shape) if not tensor.is_nested else 'nested'}".encode())
        parts = dense_parts(tensor)
        if not parts:
            self.unseen.add(f"{tensor.device.type} tensor")
        for part in parts:
            size = part.element_size()
            turns = max(1, -(-part.numel() * size // self.budget))
            count = -(-part.numel() // turns)
            start = self.turn % turns * count
            self.digest = (self.digest * 31 + tensor_digest(part, start, start + count)) & 0xFFFFFFFF
            if self.samples is None and part is tensor and part.dim() > 0 and part.device.type == "cpu":
                self.samples = row_digests(array_of(part).reshape(part.shape) if part.is_contiguous() else part.numpy())

    def _array(self, array: Any) -> None:
        if array.dtype.hasobject:
            self._mark(str(array.shape).encode())
            for part in array.ravel().tolist():
                self.add(part)
            return
        self._mark(f"{array.dtype} {array.shape}".encode())
        flat = array.reshape(-1)
        turns = max(1, -(-array.nbytes // self.budget))
        count = -(-flat.size // turns)
        start = self.turn % turns * count
        self.digest = array_digest(flat[start : start + count], self.digest)
        if self.samples is None and array.ndim > 0:
            self.samples = row_digests(array)

    def _object(self, item: Any, kind: type) -> None:
        if dataclasses.is_dataclass(item) and not isinstance(item, type):
            fields = [(field.name, getattr(item, field.name, None)) for field in dataclasses.fields(item)]
        elif hasattr(item, "tobytes") and hasattr(item, "size"):  # an image of Pillow's
            self._name(kind)
            self._mark(text(str(item.size)))
            self._mark(item.tobytes())
            return
        else:
            fields = list(getattr(item, "__dict__", {}).items())
            slots = getattr(kind, "__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if name not in ("__dict__", "__weakref__") and hasattr(item, name):
                    fields.append((name, getattr(item, name)))
        callable_or_empty = not fields or callable(item) or isinstance(item, type)
        self._name(kind, unseen=callable_or_empty)
        if not callable_or_empty:
            for name, value in fields:
                self._mark(text(str(name)))
                self.add(value)

    def _name(self, kind: type, unseen: bool = False) -> None:
        self._mark(text(kind.__qualname__))  # its repr may hold an address
        if unseen:
            self.unseen.add(kind.__qualname__)

    def _mark(self, data: bytes) -> None:
        self.digest = crc(data, self.digest)
