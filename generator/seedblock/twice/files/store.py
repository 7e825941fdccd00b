"""Copies of what run 1 wrote, since run 2 may write over it: small files one after the other in one file, others each in its own."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO, NamedTuple

from seedblock.twice.files.formats.known import is_known
from seedblock.twice.files.reading import BLOCK
from seedblock.twice.run.file_copy import copy_file

MAX_FILE, MAX_ALL = 100_000_000, 1_000_000_000  # bytes that are copied, of a file and of all


class Copied(NamedTuple):
    """Where the copy of a file is: a path, and a part of what is there."""

    path: str
    start: int
    length: int


class Store:
    """Copies in a folder of ours. It takes at most MAX_ALL bytes, and at most half of what is free there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = min(MAX_ALL, shutil.disk_usage(folder).free // 2)
        self._pack: BinaryIO | None = None
        self._count = self._packed = 0

    def keep(self, name: str, path: str, size: int, content: bytes | None) -> Copied | None:
        """Copy a file, given its content if that fits in a block. None if it is too large or of no known format, or cannot be."""
        if size > self._left or not size or (size > BLOCK and (size > MAX_FILE or not is_known(name))):
            return None
        try:
            kept = self._copy(path, size) if content is None else self._add(content)
        except OSError:  # a full disk, mostly: what differs is still named
            self._left = 0
            return None
        self._left -= size
        return kept

    def _copy(self, path: str, size: int) -> Copied:
        self._count += 1
        to = os.path.join(self._folder, str(self._count))  # noqa: PTH118 - as the paths here all are
        copy_file(path, to, lambda count: None)
        return Copied(to, 0, size)

    def _add(self, content: bytes) -> Copied:
        if self._pack is None:
            self._pack = (self._folder / "pack").open("xb")
        self._pack.write(content)
        self._packed += len(content)
        return Copied(self._pack.name, self._packed - len(content), len(content))

    def close(self) -> None:
        """Write what is not written yet."""
        if self._pack is not None:
            try:
                self._pack.close()
            except OSError:
                self._pack = None
