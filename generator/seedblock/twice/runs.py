"""Runs of the user's own command: started with the recorder let in, watched, and stopped."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import UsageError
from seedblock.twice.tape import Tape, parse

RECORDER = Path(__file__).with_name("recorder")


class Run(NamedTuple):
    """A run to be started: its command, the variables that it alone has, its folder, and the path of its tape."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    folder: Path
    tape: Path


class Running(NamedTuple):
    """A run that goes on. What it prints goes into `output`."""

    run: Run
    process: subprocess.Popen[bytes]
    output: Path
    began: float

    def is_over(self) -> bool:
        return self.process.poll() is not None

    def seconds(self) -> float:
        return time.monotonic() - self.began


def command_of(words: Sequence[str], python: str) -> tuple[str, ...]:
    """Read what follows `--`: a script or an option goes to `python`, anything else is a program of its own."""
    if not words:
        raise UsageError("name a script after --, as in: seedblock twice -- train.py --epochs 1")
    if words[0].startswith("-") or words[0].endswith(".py"):
        return (python, *words)
    if shutil.which(words[0]) is not None:
        return tuple(words)
    if Path(words[0]).exists():
        return (python, *words)
    raise UsageError(f"no script and no program {words[0]!r}")


def start(run: Run, every: int = 0) -> Running:
    """Start a run in a group of its own, with what it prints in a file beside its tape."""
    environment = {name: value for name, value in os.environ.items() if name != "SEEDBLOCK_MAIN"}
    path = os.pathsep.join(filter(None, (str(RECORDER), environment.get("PYTHONPATH"))))
    environment |= {"PYTHONPATH": path, "SEEDBLOCK_TAPE": str(run.tape), "SEEDBLOCK_EVERY": str(every), **run.variables}
    output = output_of(run)
    with output.open("wb") as file:
        process = subprocess.Popen(
            run.command,
            cwd=run.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Running(run, process, output, time.monotonic())


def output_of(run: Run) -> Path:
    return run.tape.with_name(f"{run.tape.name}.output")


def stop(running: Running) -> None:
    """End a run and all that it has started."""
    if sys.platform == "win32":
        running.process.kill()
    elif not running.is_over():
        os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()


def tapes_of(path: Path) -> dict[str, Tape]:
    """Read a run's tapes: the first process's has the name "", a rank's ".rank0", any other that of its process."""
    found = {}
    for file in sorted(path.parent.glob(f"{_glob(path.name)}*.jsonl")):
        name = file.name.removeprefix(path.name).removesuffix(".jsonl")
        if name == "" or name.startswith("."):
            found[name] = parse(file.read_text(encoding="utf-8"), str(file))
    return found


def _glob(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
