"""Where the editors on this machine keep their files, and whether an IDE is running."""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from seedblock.editors.known import Editor, Folder, Machine
from seedblock.errors import UsageError


def machine() -> Machine:
    try:
        return Machine(sys.platform, os.environ, Path.home())
    except RuntimeError as error:
        raise UsageError("no home folder: set HOME, or give the editor's folder with --config-dir") from error


def folders_of(editor: Editor) -> list[Path]:
    """List the folders of an editor on this machine."""
    return [path for folder in editor.folders(machine()) for path in find_folders(folder)]


def find_folders(folder: Folder) -> tuple[Path, ...]:
    """List the folders that exist, or that have yet to be made for an installed editor."""
    path = Path(folder.path)
    if folder.sign is not None and Path(folder.sign).exists():
        return (path,)
    if not path.is_dir():
        return ()
    if not folder.names:
        return (path,)
    return tuple(child for child in sorted(path.iterdir()) if re.fullmatch(folder.names, child.name) and child.is_dir())


def deleted_folders_of(editor: Editor, known: Iterable[Path]) -> list[Path]:
    """List those of `known` where this editor would keep its files and that were deleted, such as a profile's.

    A folder elsewhere, given with --config-dir, is not listed: it may be on a drive that is not mounted.
    """
    usual = editor.folders(machine())
    return [path for path in dict.fromkeys(known) if _is_deleted(path) and any(_is_in(path, one) for one in usual)]


def _is_in(path: Path, folder: Folder) -> bool:
    if folder.names:
        return path.parent == folder.path and re.fullmatch(folder.names, path.name) is not None
    return path == folder.path


def _is_deleted(path: Path) -> bool:
    """Tell whether there is nothing at `path`. A link to nowhere on the way may lead to a drive that is not mounted."""
    nearest = next((one for one in (path, *path.parents) if os.path.lexists(one)), path)
    return nearest != path and nearest.is_dir()


def is_running(folder: Path) -> bool:
    """Tell whether a JetBrains IDE is running with this folder: its process id is then in .lock."""
    try:
        number = int((folder / ".lock").read_text(encoding="ascii"))
        if os.name == "posix":  # elsewhere signal 0 would end the process, so only the file counts
            os.kill(number, 0)
    except PermissionError:
        return True  # another user's process, or a file that Windows keeps locked: running
    except (OSError, ValueError, OverflowError):
        return False
    return True
