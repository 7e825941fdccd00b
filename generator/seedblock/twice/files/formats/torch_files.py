"""What torch.save and torch.jit.save write, as parts, without torch and without running code. Pure."""

from typing import Any, BinaryIO

from seedblock.twice.files.formats.archives import Members, zip_parts
from seedblock.twice.files.formats.inert import Standin, read
from seedblock.twice.files.formats.parts import Parts, Unfit, Words, whole
from seedblock.twice.files.formats.pickles import MAX_BYTES, object_parts

_KINDS = {
    "Double": "<f8", "Float": "<f4", "Half": "<f2", "BFloat16": "<V2", "Long": "<i8", "Int": "<i4", "Short": "<i2", "Char": "|i1",
    "Byte": "|u1", "Bool": "|b1",
}  # fmt: skip
# The former is random for each file in some versions, the latter tells where in the source a script's module was written.
_UNSAID = (".data/serialization_id", ".debug_pkl")


def torch_parts(file: BinaryIO) -> Parts:
    """Raises Unfit for a file in torch's format from before 1.6, and anything else that is no zip file."""
    if file.read(4) != b"PK\3\4":
        raise Unfit("it is not in torch's present format")
    file.seek(0)
    members = Members(file)
    pickles = [name for name in members.names if name.endswith("/data.pkl") and name.count("/") == 1]
    if len(pickles) != 1:
        file.seek(0)
        yield from zip_parts(file)
        return
    root = pickles[0].removesuffix("data.pkl")
    tensors = _Tensors(members, root)
    for found in read(whole(members.open(pickles[0]), MAX_BYTES)):
        yield from object_parts(found, tensors.parts)
    for name in members.names:
        short = name.removeprefix(root)
        if not short.startswith("data/") and short != "data.pkl" and not short.endswith(_UNSAID):
            yield short, members.data(name)


class _Tensors:
    def __init__(self, members: Members, root: str) -> None:
        self._members, self._root = members, root
        self._names = set(members.names)

    def parts(self, name: str, item: Standin) -> Parts | None:
        """The parts of a tensor or a storage; None for anything else."""
        given: Any = item.arguments
        if item.called == ".persistent":
            return self._storage(name, given[0])
        if item.called == "torch._utils._rebuild_tensor_v2" and _is_storage(given[0]):
            return self._tensor(name, given)
        if item.called == "torch._utils._rebuild_parameter" and isinstance(given[0], Standin):
            return iter([(name, given[0]), (f"{name}()", given[1:])])
        return None

    def _tensor(self, name: str, given: Any) -> Parts:
        storage, offset, size, stride, *rest = given
        size, stride = tuple(map(int, size)), tuple(map(int, stride))
        yield name, Words(f"shape {size}, strides {stride}, offset {int(offset)}, needs a gradient {bool(rest[0])}")
        yield f"{name}()", rest[1:]
        whole = not offset and stride == _strides(size)
        yield from self._storage(name, storage.arguments[0], size if whole else None)

    def _storage(self, name: str, given: Any, shape: tuple[int, ...] | None = None) -> Parts:
        _, kind, key, place, length = given[:5]
        called = kind.called.rpartition(".")[2].removesuffix("Storage")
        yield name, Words(f"{length} x {called} on {place}")
        member = f"{self._root}data/{key}"
        if member not in self._names:
            raise Unfit(f"its member {member!r} is missing")
        yield name, self._members.data(member, _KINDS.get(called, ""), shape, member)


def _is_storage(item: Any) -> bool:
    return isinstance(item, Standin) and item.called == ".persistent"


def _strides(size: tuple[int, ...]) -> tuple[int, ...]:
    found, step = list[int](), 1
    for length in reversed(size):
        found.append(step)
        step *= max(length, 1)
    return tuple(reversed(found))
