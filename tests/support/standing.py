"""Everything that may be at a path that a command wants to write, and how to make it."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

THEIRS = b"mine, and nobody else's\n"


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("this user may not make links")


def _file(path: Path) -> None:
    path.write_bytes(THEIRS)


def _empty(path: Path) -> None:
    path.touch()


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").write_bytes(THEIRS)


def _link(path: Path) -> None:
    target = path.with_name("target")
    target.write_bytes(THEIRS)
    link(path, target)


def _dangling(path: Path) -> None:
    link(path, path.with_name("nowhere"))


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))  # its name must be short


# Kinds that no command may replace, and whether `--force` may rename them.
STANDING: dict[str, tuple[Callable[[Path], None], bool]] = {
    "a file": (_file, True),
    "an empty file": (_empty, True),
    "a folder": (_folder, True),
    "a link": (_link, True),
    "a link to nowhere": (_dangling, True),
    "a pipe": (os.mkfifo, False) if hasattr(os, "mkfifo") else (_file, True),
    "a socket": (_socket, False) if hasattr(socket, "AF_UNIX") else (_file, True),
}


def look(folder: Path) -> dict[str, object]:
    """Mode, inode and content of each path in a folder, to see whether anything changed."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_ino, content)
    return found
