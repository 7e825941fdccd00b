"""Removing a folder of ours, whatever a script has put into it."""

import contextlib
import os
import shutil
import stat
import sys
from pathlib import Path

from seedblock import signals
from seedblock.terminal import remark


def remove(folder: Path) -> None:
    """Remove a folder and all in it, read-only folders too. Links are removed, never followed.

    What cannot be removed is named on standard error. A signal to stop waits until all is done.
    """
    with signals.held():
        _try(folder)
        if os.path.lexists(folder):
            _open_up(folder)
            _try(folder)  # also if a process of the run has made one more file meanwhile
        if os.path.lexists(folder):
            remark(f"not all of {str(folder)!r} could be removed")


def remove_at(path: Path) -> None:
    """Remove what is at a path of ours: a folder, or a link or a file that a script has put in its place."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        remove(path)


def _try(folder: Path) -> None:
    with contextlib.suppress(RecursionError):  # before Python 3.13, from about 900 levels on
        shutil.rmtree(folder, ignore_errors=True)


def _open_up(folder: Path) -> None:
    """Let us write in each folder. The mode of a file may be that of a hard link elsewhere: it stays."""
    folders = [os.fspath(folder)]
    for place in folders:  # grows meanwhile
        with contextlib.suppress(OSError):
            os.chmod(place, stat.S_IRWXU)  # noqa: PTH101
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif sys.platform == "win32":  # where a read-only file, such as Git's objects, cannot be removed
                        os.chmod(entry.path, stat.S_IWRITE)  # noqa: PTH101
