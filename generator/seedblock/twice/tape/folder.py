"""The folder that a run is recorded into: the tapes of its processes, what it printed, and run.json, which describes the run."""

import json
import tempfile
from pathlib import Path
from typing import Any

from seedblock.errors import UsageError
from seedblock.writing import disk
from seedblock.writing.plan import FILE, NOTHING

RUN_FILE, OUTPUT_FILE = "run.json", "output"


def read_run_file(tape: Path) -> dict[str, Any]:
    """Read run.json from a run's folder. Raises UsageError if it is missing, damaged or not ours."""
    path = tape / RUN_FILE
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{str(tape)!r} is not a tape: {RUN_FILE} cannot be read: {error}") from None
    if not isinstance(found, dict) or found.get("seedblock") != "tape":
        raise UsageError(f"{str(tape)!r} is not a tape: {RUN_FILE} was not written by seedblock")
    if not isinstance(found.get("command"), list) or not isinstance(found.get("variables"), dict):
        raise UsageError(f"bad tape {str(tape)!r}: {RUN_FILE} does not name the command: record it again")
    return found


def is_tape(path: Path) -> bool:
    """Tell by its content whether a folder is a tape, with no other files in it."""
    try:
        read_run_file(path)
        return all(_is_part(part) for part in path.iterdir())
    except (OSError, UsageError):
        return False


def _is_part(path: Path) -> bool:
    if disk.standing(path) != FILE:
        return False
    if path.suffix != ".jsonl":
        return path.name in (RUN_FILE, OUTPUT_FILE)
    with path.open("rb") as file:
        return file.read(7) in (b"", b'{"tape"')


def keep_tape(tape: Path, at: Path) -> Path | None:
    """Move a finished tape to `at` in place of an earlier one. Anything else there is renamed; return its new path."""
    if disk.standing(at) == NOTHING:
        tape.rename(at)
        return None
    if is_tape(at):
        with tempfile.TemporaryDirectory(prefix=".seedblock-", dir=at.parent, ignore_cleanup_errors=True) as old:
            at.rename(Path(old) / "old")
            tape.rename(at)
        return None
    backup = disk.free_name(at)
    at.rename(backup)
    tape.rename(at)
    return backup
