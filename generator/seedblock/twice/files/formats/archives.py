"""Zip files and what is made of them, as parts: the members' content, not their dates. Pure."""

import zipfile
from collections.abc import Callable
from typing import BinaryIO

from seedblock.twice.files.formats.parts import Budget, Data, Parts, Unfit, below, blocks, counted

MAX_MEMBERS = 100_000
ENTRY = b"PK\1\2"  # before each member's entry in the list at the end

Inner = Callable[[str, BinaryIO], Parts | None]  # the parts of a member, by its name


def opened(file: BinaryIO) -> zipfile.ZipFile:
    """Open a zip file. Raises Unfit if it holds too much, and what a broken one raises."""
    found, before = 0, b""
    for block in blocks(file):
        found += (before + block).count(ENTRY)
        before = block[-3:]
    if found > MAX_MEMBERS:
        raise Unfit(f"it holds more than {MAX_MEMBERS:,} members")
    file.seek(0)
    return zipfile.ZipFile(file)


class Members:
    """The members of a zip file, each read as often as it is asked for. All of that counts."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip, self._budget = opened(file), Budget()
        self.names = sorted(self._zip.namelist())
        if len(set(self.names)) != len(self.names):
            raise Unfit("a member is there twice")

    def open(self, name: str) -> BinaryIO:
        info = self._zip.getinfo(name)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise Unfit(f"its member {name!r} is encrypted, or packed in a way that is not read")
        return counted(self._zip.open(info), self._budget)  # type: ignore[arg-type]

    def data(self, name: str, kind: str = "", shape: tuple[int, ...] | None = None, key: str = "") -> Data:
        return Data(lambda: blocks(self.open(name)), kind, shape, key=key)


def zip_parts(file: BinaryIO, inner: Inner = lambda name, file: None) -> Parts:
    members = Members(file)
    for name in members.names:
        yield from member_parts(members, name, name, inner)


def npz_parts(file: BinaryIO, inner: Inner) -> Parts:
    """As `zip_parts`; the arrays are named as in Python."""
    members = Members(file)
    for name in members.names:
        yield from member_parts(members, name, name.removesuffix(".npy"), inner)


def member_parts(members: Members, member: str, name: str, inner: Inner) -> Parts:
    """The parts of a member, or its bytes where nothing knows more."""
    if (parts := inner(member, members.open(member))) is None:
        yield name, members.data(member)
        return
    yield name, True  # so that a member without parts is not as none
    for part, value in parts:
        yield below(name, part), value
