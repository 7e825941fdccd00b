"""The folder that a run is recorded into: the tapes of its processes, what it printed, and run.json, which describes the run.

A finished one holds a list of the SHA-256 of each of its files, by which it is known as ours.
"""

import contextlib
import hashlib
import re
from pathlib import Path
from types import NoneType
from typing import Any

from seedblock.errors import UsageError
from seedblock.twice.tape import gate
from seedblock.twice.tape.lines import TapeError, check_format, decode
from seedblock.writing import disk, replacing
from seedblock.writing.digest_list import DIGEST_LIST, format_digests, parse_digests
from seedblock.writing.plan import FILE, FOLDER, NOTHING

RUN_FILE, OUTPUT_FILE = "run.json", "output"
CHUNK_BYTES = 1 << 20

_PLAIN_NAME = re.compile(r"[\w.-]+", re.ASCII)
_FIELDS: dict[str, Any] = {
    "command": list, "variables": dict, "began": (str, NoneType), "exit": (int, NoneType), "stopped": (str, NoneType),
}  # fmt: skip


def read_run_file(tape: Path) -> dict[str, Any]:
    """Read run.json from a run's folder. Raises UsageError if it is missing, damaged, not ours, or of another format."""
    name = repr(str(tape))
    try:
        found = decode(gate.read(tape / RUN_FILE, gate.MAX_RUN_FILE_BYTES), RUN_FILE)
    except TapeError as error:
        raise UsageError(f"{name} is not a tape: {error.problems[0]}") from None
    if not isinstance(found, dict) or found.get("seedblock") != "tape":
        raise UsageError(f"{name} is not a tape: {RUN_FILE} was not written by seedblock")
    check_format(found.get("format"), name)
    wrong = [field for field, kind in _FIELDS.items() if not isinstance(found.get(field), kind)]
    if not wrong:
        wrong = [field for field in ("command", "variables") if not _are_texts(found[field])]
    if wrong:
        raise UsageError(f"bad tape {name}: {RUN_FILE}: {', '.join(wrong)}: missing or invalid: record it again")
    return found


def _are_texts(values: list[Any] | dict[str, Any]) -> bool:
    return all(isinstance(value, str) for value in (values.values() if isinstance(values, dict) else values))


def is_tape(path: Path) -> bool:
    """Tell whether a folder is a finished tape as we wrote it: every file as listed, and nothing else in it."""
    try:
        listed = parse_digests(gate.read(path / DIGEST_LIST, gate.MAX_LIST_BYTES)) or {}
        names = {part.name for part in path.iterdir()} - {DIGEST_LIST}
        return (
            disk.standing(path) == FOLDER
            and RUN_FILE in names
            and names == listed.keys()
            and all(listed[name] == {_digest(path / name)} for name in names)
        )
    except (OSError, TapeError):
        return False


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with gate.opened(path) as file:
        while data := file.read(CHUNK_BYTES):
            found.update(data)
    return found.hexdigest()


def keep_tape(tape: Path, at: Path) -> Path | None:
    """Move a finished tape out of its scratch folder to `at`, in place of an earlier one.

    Anything else there is renamed; return its new path. Raises OSError.
    """
    _write_list(tape)
    if disk.standing(at) == NOTHING:
        tape.rename(at)
    elif is_tape(at):
        replacing.replace(tape, at)
    else:
        replacing.replace_and_keep(tape, at, backup := disk.free_name(at))
        return backup
    return None


def _write_list(tape: Path) -> None:
    """List the files of a finished tape that are ours: any other that the script has put there makes the folder its user's.

    So does what keeps the list from being written: the tape is kept without one.
    """
    ours = (tape / RUN_FILE, tape / OUTPUT_FILE, *gate.tape_paths(tape, limit=None))
    parts = [part for part in ours if _PLAIN_NAME.fullmatch(part.name) and disk.standing(part) == FILE]
    with contextlib.suppress(OSError, TapeError):
        disk.put({tape / DIGEST_LIST: format_digests({part.name: {_digest(part)} for part in parts})})
