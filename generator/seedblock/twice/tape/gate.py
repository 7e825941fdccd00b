"""The one gate for all that is read from a tape's folder: regular files only, nothing waited for, with caps on size and number."""

import contextlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from seedblock.twice.tape.clean import clean_text
from seedblock.twice.tape.lines import TapeError
from seedblock.writing import disk
from seedblock.writing.plan import FILE

MAX_RUN_FILE_BYTES, MAX_LIST_BYTES = 1_000_000, 2_000_000
MAX_OUTPUT_BYTES = 10_000_000_000  # what a run prints, which is compared in parts
MAX_TAPES = 5_000  # processes and threads of a run
_FLAGS = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


def opened(path: Path) -> BinaryIO:
    """Open a regular file to read its bytes. Raises TapeError for anything else, a link too, and if it cannot be read."""
    name = repr(str(path))
    try:
        kind = disk.standing(path)
        if kind != FILE:  # not even opened: opening a device may change it
            raise TapeError(f"{name} is {kind}, where a tape has a file: record it again")
        number = os.open(path, _FLAGS)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(os.close, number)
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise TapeError(f"{name} is not a file any more: record it again")
            on_failure.pop_all()
        return os.fdopen(number, "rb")
    except OSError as error:
        raise TapeError(f"{name} cannot be read: {error.strerror or error}") from error


def opened_output(path: Path) -> BinaryIO:
    """Open what a run has printed. Raises TapeError as `opened` does, and if it is longer than MAX_OUTPUT_BYTES."""
    file = opened(path)
    if os.fstat(file.fileno()).st_size > MAX_OUTPUT_BYTES:
        file.close()
        raise _too_long(path, MAX_OUTPUT_BYTES)
    return file


def read(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes. Raises TapeError."""
    try:
        with opened(path) as file:
            data = file.read(limit + 1) if os.fstat(file.fileno()).st_size <= limit else None
    except OSError as error:
        raise TapeError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    if data is None or len(data) > limit:
        raise _too_long(path, limit)
    return data


def _too_long(path: Path, limit: int) -> TapeError:
    return TapeError(f"{str(path)!r} is longer than {limit} bytes: not a tape, or a broken one: record it again")


def tape_paths(folder: Path, limit: int | None = MAX_TAPES) -> list[Path]:
    """List the tapes of a run's processes and threads, sorted. Raises TapeError if there are more than `limit`."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".jsonl"):
                    found.append(folder / entry.name)
                if limit is not None and len(found) > limit:
                    raise TapeError(f"{str(folder)!r} has tapes of more than {limit} processes: compare a shorter run")
    except OSError as error:
        raise TapeError(f"{str(folder)!r} cannot be read: {error.strerror or error}") from error
    return sorted(found)


def shown(path: Path) -> str:
    """Name a file of a tape on one line."""
    return clean_text(str(path))
