"""A run of the user's command with the recorder, and what is written about it."""

import errno
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import UsageError
from seedblock.twice.recorder.seedblock_format import FORMAT
from seedblock.twice.tape.folder import OUTPUT_FILE, RUN_FILE, read_run_file
from seedblock.writing import disk

CLOCK = {"SEEDBLOCK_CLOCK": "1"}  # for a run with a clock that only counts
REVERSED = {"SEEDBLOCK_LISTING": "reversed"}  # for one that gets the names in a folder in reversed order
SPARE_BYTES = 300  # of run.json, for how the run ends
RECORDER = Path(__file__).parents[1] / "recorder"


class Run(NamedTuple):
    """What to run: the command, its environment variables besides ours, the working folder, and the folder of its tape."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path
    tape: Path

    @property
    def output(self) -> Path:
        return self.tape / OUTPUT_FILE


def environment(run: Run, every: int) -> dict[str, str]:
    """The environment of a run: ours, with the recorder first on PYTHONPATH.

    If we are part of a recorded run ourselves, its variables are left out.
    """
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBLOCK_")}
    mine.update(run.variables)
    path = os.pathsep.join(filter(None, (str(RECORDER), mine.get("PYTHONPATH"))))
    return {**mine, "PYTHONPATH": path, "SEEDBLOCK_TAPE": str(run.tape), "SEEDBLOCK_EVERY": str(every)}


def write_run_file(run: Run, **known: object) -> None:
    """Write run.json into the run's folder: the command, and what is known of the run so far. Raises OSError.

    It replaces whatever the script has put there.
    """
    try:
        before = read_run_file(run.tape)
    except UsageError:  # there is none yet, or the script has damaged it
        before = {
            "seedblock": "tape",
            "format": FORMAT,
            "command": list(run.command),
            "variables": dict(run.variables),
            "python": run.command[0],
            "began": None,
            "exit": None,
            "stopped": None,
        }
    text = json.dumps({**before, **known}, indent=1) + "\n"
    content = text.encode("ascii").ljust(len(text) + SPARE_BYTES if known.keys() == {"began"} else 0)
    try:
        disk.put({run.tape / RUN_FILE: content})
    except OSError as error:
        if error.errno not in disk.NO_SPACE:
            raise
        _write_over(run.tape / RUN_FILE, content)


def _write_over(path: Path, content: bytes) -> None:
    """Write into a file that is there, which takes no more of a full disk: it had bytes to spare. Raises OSError."""
    number = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        size = os.fstat(number).st_size
        if not stat.S_ISREG(os.fstat(number).st_mode) or size < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.write(number, content.ljust(size))
    finally:
        os.close(number)
