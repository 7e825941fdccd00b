"""Starts a run of the user's command with the recorder, and ends it with everything it has started."""

import datetime
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from seedblock.errors import UsageError
from seedblock.twice.recorder.seedblock_format import FORMAT
from seedblock.twice.run import process_tree
from seedblock.twice.run.captured_output import Output
from seedblock.twice.tape.folder import OUTPUT_FILE, RUN_FILE, read_run_file

RECORDER = Path(__file__).parents[1] / "recorder"


class Run(NamedTuple):
    """What to run: the command, its environment variables besides ours, the working folder, and the folder of its tape."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path
    tape: Path


class Running(NamedTuple):
    """A run that has been started. `began` is a reading of time.monotonic."""

    run: Run
    process: subprocess.Popen[bytes]
    tree: process_tree.Tree
    began: float

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def find_services(self) -> None:
        """Spare the processes that have left the run. After a failure, those without a parent are leftovers, not services."""
        found = self.tree.detached()
        if not self.is_over or self.process.returncode == 0:  # asked last: it may have failed meanwhile
            self.tree.spare(found)


@contextmanager
def started(run: Run, every: int, stdin: int | IO[bytes], output: Output) -> Iterator[Running]:
    """Start a run in its own session. At the end of the block, everything it has started is ended, except services."""
    process_tree.adopt_orphans()
    others = process_tree.children()
    write_run_file(run, began=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"))
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
        running.find_services()
        running.tree.end(signal.SIGTERM)
        process.wait()
        output.end()


def environment(run: Run, every: int) -> dict[str, str]:
    """The environment of a run: ours, with the recorder first on PYTHONPATH.

    If we are part of a recorded run ourselves, its variables are left out.
    """
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SEEDBLOCK_")}
    mine.update(run.variables)
    path = os.pathsep.join(filter(None, (str(RECORDER), mine.get("PYTHONPATH"))))
    return {**mine, "PYTHONPATH": path, "SEEDBLOCK_TAPE": str(run.tape), "SEEDBLOCK_EVERY": str(every)}


def write_run_file(run: Run, **known: object) -> None:
    """Write run.json into the run's folder, which marks it as ours: the command, and what is known of the run so far."""
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
    (run.tape / RUN_FILE).write_text(json.dumps({**before, **known}, indent=1) + "\n", encoding="ascii")


def printed(run: Run) -> bytes:
    return (run.tape / OUTPUT_FILE).read_bytes()
