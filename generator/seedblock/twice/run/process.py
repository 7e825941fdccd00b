"""Runs of the user's own command: started with the recorder let in, and ended with all that they have started."""

import datetime
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from seedblock.errors import UsageError
from seedblock.twice.run import process_tree
from seedblock.twice.run.captured_output import Output

RECORDER = Path(__file__).parents[1] / "recorder"
NOTE, PRINTED = "run.json", "output"
FORMAT = 3


class Run(NamedTuple):
    """A run to be started: its command, the variables that it alone has, where it works, and the folder of its tape."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path
    tape: Path


class Running(NamedTuple):
    """A run that goes on."""

    run: Run
    process: subprocess.Popen[bytes]
    tree: process_tree.Tree
    began: float

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    def seconds(self) -> float:
        return time.monotonic() - self.began


@contextmanager
def started(run: Run, every: int, stdin: int | IO[bytes], output: Output) -> Iterator[Running]:
    """Start a run in a session of its own. At the end of the block all that it has started ends, but for services."""
    process_tree.adopt_orphans()
    others = process_tree.children()
    note(run, began=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"))
    process = subprocess.Popen(
        run.command,
        cwd=run.folder,
        env=environment(run, every),
        stdin=stdin,
        stdout=output.ends[0],
        stderr=output.ends[1],
        start_new_session=True,
    )
    output.begin()
    running = Running(run, process, process_tree.Tree(process.pid, others), time.monotonic())
    try:
        yield running
    finally:
        if not running.is_over or process.returncode == 0:
            running.tree.look()  # a failed run's children have lost their starter, and have not left
        running.tree.end(signal.SIGTERM)
        process.wait()
        output.end()


def environment(run: Run, every: int) -> dict[str, str]:
    """Make the variables of a run: ours, with the recorder first on the path; nothing of a run that we are part of."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBLOCK_")}
    mine.update(run.variables)
    path = os.pathsep.join(filter(None, (str(RECORDER), mine.get("PYTHONPATH"))))
    return {**mine, "PYTHONPATH": path, "SEEDBLOCK_TAPE": str(run.tape), "SEEDBLOCK_EVERY": str(every)}


def note(run: Run, **known: object) -> None:
    """Write down in a run's folder what it is a run of, which marks the folder as ours; and what is known by now."""
    try:
        before = read_note(run.tape)
    except UsageError:  # there is none yet, or the script has broken it
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
    (run.tape / NOTE).write_text(json.dumps({**before, **known}, indent=1) + "\n", encoding="ascii")


def read_note(tape: Path) -> dict[str, Any]:
    """Read what a run's folder says of it. Raises UsageError where it is none of ours, or broken."""
    path = tape / NOTE
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"no tape {str(tape)!r}: {NOTE} cannot be read: {error}") from None
    if not isinstance(found, dict) or found.get("seedblock") != "tape":
        raise UsageError(f"no tape {str(tape)!r}: {NOTE} is not one of seedblock's")
    if not isinstance(found.get("command"), list) or not isinstance(found.get("variables"), dict):
        raise UsageError(f"no tape {str(tape)!r}: {NOTE} lacks the command: record it again")
    return found


def printed(run: Run) -> bytes:
    return (run.tape / PRINTED).read_bytes()
