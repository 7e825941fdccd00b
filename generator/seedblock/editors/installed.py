"""What `install` has noted of each file that it wrote, in one file of the user's state folder, and the lock beside it.

A folder that cannot be written or locked is no reason to fail: files are whole without a lock, and without a note a later
version only takes them for the user's own.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import platformdirs

from seedblock.writing import disk
from seedblock.writing.locks import wait
from seedblock.writing.plan import FILE, NOTHING, Seen

_NOTES, _LOCK = "installed.json", "lock"


class Note(NamedTuple):
    """What is known of a file: its editor, or a project, and folder, SHA-256s of what was written, and how it was chosen.

    `settings` and `only` are those of `--set` and `--only`, and `kept` names what `--force` has put aside, latest last.
    """

    owner: str
    folder: str
    digests: tuple[str, ...]
    settings: Mapping[str, str]
    only: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


Notes = Mapping[Path, Note]


def place() -> Path | None:
    """Name the state folder; None where there is no home folder."""
    folder = platformdirs.user_state_path("seedblock", appauthor=False)
    return folder if folder.is_absolute() else None


def read(state: Path | None) -> Notes:
    """Read the notes. Raises OSError, or ValueError for a file that is none of ours."""
    at = disk.look(state / _NOTES) if state is not None and state.is_dir() else Seen(NOTHING)
    if at.what == NOTHING:
        return {}
    if at.what != FILE:
        raise ValueError(f"it is {at.what}")
    try:
        noted = json.loads(at.content)
        return {
            Path(path): Note(
                str(note["owner"]),
                str(note["folder"]),
                tuple(map(str, note["digests"])),
                {str(name): str(value) for name, value in note["settings"].items()},
                tuple(map(str, note["only"])),
                tuple(map(str, note["kept"])),
            )
            for path, note in noted.items()
        }
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError("it is not as seedblock wrote it") from error


def write(state: Path | None, notes: Notes) -> None:
    """Replace the notes; without any, the file goes. Raises OSError."""
    if state is None:
        raise FileNotFoundError("there is no home folder")
    path = state / _NOTES
    disk.sweep([path])
    if notes:
        text = json.dumps({str(path): note._asdict() for path, note in sorted(notes.items())}, indent=1)
        disk.put({path: text.encode()})
    else:
        path.unlink(missing_ok=True)


@contextmanager
def alone(state: Path | None) -> Iterator[None]:
    """Wait for other runs that install or uninstall, and keep later ones waiting. The system frees a killed run's lock.

    When nothing is noted at the end, the folder goes.
    """
    lock = None if state is None else _locked(state / _LOCK)
    try:
        yield
    finally:
        if lock is not None and state is not None:
            if sys.platform == "win32":  # it removes no open file
                os.close(lock)
            if not (state / _NOTES).exists():
                with suppress(OSError):
                    (state / _LOCK).unlink()
                    state.rmdir()
            if sys.platform != "win32":
                os.close(lock)


def _locked(path: Path) -> int | None:
    """Open and lock a file; None where there is no such thing as a lock."""
    for _ in range(1000):  # another run may remove the folder, and the file that this one waits for
        number = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            number = os.open(path, os.O_RDWR | os.O_CREAT)
            wait(number, "another `seedblock install` or `uninstall`")
            if os.path.samestat(os.fstat(number), path.stat()):
                return number
        except FileNotFoundError:
            pass
        except OSError:
            if number is not None:
                os.close(number)
            return None
        except BaseException:
            if number is not None:
                os.close(number)
            raise
        if number is not None:
            os.close(number)
    return None
