"""The list of installed files, in the user's state folder, and the lock beside it.

Installing works without either: without a lock, files are still written whole; without the list, a later version just
takes these files for the user's own.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs

from seedblock.writing import disk
from seedblock.writing.locks import lock_file
from seedblock.writing.plan import FILE, NOTHING, OnDisk

_LIST, _LOCK = "installed.json", "lock"
_MAX_LOCK_ATTEMPTS = 1000


class InstalledFile(NamedTuple):
    """What is known of a file that `install` wrote.

    `owner` is the editor's name, or "project". `digests` are the SHA-256s of what was written. `settings` and `only`
    are the values of `--set` and `--only`. `kept` names the backups that `--force` made, latest last.
    """

    owner: str
    folder: str
    digests: tuple[str, ...]
    settings: Mapping[str, str]
    only: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


InstalledFiles = Mapping[Path, InstalledFile]


def state_folder() -> Path | None:
    """Return the path of the state folder; None where there is no home folder."""
    folder = platformdirs.user_state_path("seedblock", appauthor=False)
    return folder if folder.is_absolute() else None


def read_installed(state: Path | None) -> InstalledFiles:
    """Read the list. Raises OSError, or ValueError if the file is not one of our lists."""
    found = disk.inspect(state / _LIST) if state is not None and state.is_dir() else OnDisk(NOTHING)
    if found.kind == NOTHING:
        return {}
    if found.kind != FILE:
        raise ValueError(f"it is {found.kind}")
    try:
        return {
            Path(path): InstalledFile(
                str(file["owner"]),
                str(file["folder"]),
                tuple(map(str, file["digests"])),
                {str(name): str(value) for name, value in file["settings"].items()},
                tuple(map(str, file["only"])),
                tuple(map(str, file["kept"])),
            )
            for path, file in json.loads(found.content).items()
        }
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError("it is not as seedblock wrote it") from error


def set_aside(state: Path) -> Path:
    """Rename a list that cannot be read, and return its new path. Raises OSError."""
    backup = disk.free_name(state / _LIST)
    (state / _LIST).rename(backup)
    return backup


def write_installed(state: Path | None, installed: InstalledFiles) -> None:
    """Replace the list; an empty one is removed. Raises OSError."""
    if state is None:
        raise FileNotFoundError("there is no home folder")
    path = state / _LIST
    disk.remove_leftovers([path])
    if installed:
        text = json.dumps({str(path): file._asdict() for path, file in sorted(installed.items())}, indent=1)
        disk.put({path: text.encode()})
    else:
        path.unlink(missing_ok=True)


@contextmanager
def lock_state(state: Path | None) -> Iterator[None]:
    """Let one `install` or `uninstall` run at a time. At the end, remove the state folder if nothing is installed."""
    lock = None if state is None else _open_locked(state / _LOCK)
    try:
        yield
    finally:
        if lock is not None and state is not None:
            if sys.platform == "win32":  # it cannot remove an open file
                os.close(lock)
            if not (state / _LIST).exists():
                with suppress(OSError):
                    (state / _LOCK).unlink()
                    state.rmdir()
            if sys.platform != "win32":
                os.close(lock)


def _open_locked(path: Path) -> int | None:
    """Open and lock a file; None where that is not possible. The system releases the lock of a killed process."""
    for _ in range(_MAX_LOCK_ATTEMPTS):
        try:
            with ExitStack() as on_failure:
                path.parent.mkdir(parents=True, exist_ok=True)
                number = os.open(path, os.O_RDWR | os.O_CREAT)
                on_failure.callback(os.close, number)
                lock_file(number, "another `seedblock install` or `uninstall`")
                if os.path.samestat(os.fstat(number), path.stat()):
                    on_failure.pop_all()
                    return number
        except FileNotFoundError:  # another run has just removed the folder, or the lock that this one waited for
            continue
        except OSError:
            return None
    return None
