"""Run `seedblock` on scripts of all kinds, with signals as a terminal sets them, and find what it leaves behind."""

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.support.processes import environment

# Signals are set as in a terminal, however the tests were started: a job in a shell's background ignores SIGINT.
CALL = """
import os, signal
if hasattr(os, "setsid"):
    os.setsid()  # a script may signal its group, and must not find the terminal of the tests
for name in ("SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
from seedblock.cli import run
run()
"""
COMMAND = (sys.executable, "-c", CALL)
MARK = "MARK_OF_A_TEST"  # the variable that all processes of a run inherit
WAIT_S = 120.0


class Place(NamedTuple):
    """A folder for a script, one for temporary files, and the mark of all processes started there."""

    folder: Path
    scratch: Path
    mark: str

    def write(self, code: str, name: str = "train.py") -> None:
        (self.folder / name).write_text(code, encoding="utf-8")

    def variables(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return environment(**{"TMPDIR": str(self.scratch), MARK: self.mark, **(more or {})})

    def run(self, *arguments: str, text: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end. What it leaves running may hold its outputs: they are files."""
        files = [self.folder.parent / name for name in ("input", "output", "error")]
        files[0].write_text(text, encoding="utf-8")
        with files[0].open("rb") as stdin, files[1].open("wb") as stdout, files[2].open("wb") as stderr:
            pipe = subprocess.PIPE if text else stdin
            process = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=self.folder, env=self.variables(variables), stdin=pipe, stdout=stdout, stderr=stderr,
            )  # fmt: skip
            process.communicate(text.encode() or None, timeout=WAIT_S * 2)
        out, err = (file.read_text(encoding="utf-8", errors="surrogateescape") for file in files[1:])
        return subprocess.CompletedProcess([*COMMAND, *arguments], process.returncode, out, err)

    @contextmanager
    def begun(
        self, *arguments: str, variables: Mapping[str, str] | None = None, **streams: object
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Start a command. At the end of the block, kill it and everything it has left."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.variables(variables),
            **{**pipes, **streams},  # type: ignore[call-overload]
        )
        try:
            yield process
        finally:
            for left in [*self.alive(), psutil.Process(process.pid)] if process.poll() is None else self.alive():
                left.kill()
            process.communicate()

    def wait_for(self, name: str) -> str:
        """Wait until a script has written to a file; return its content."""
        return until(lambda: (self.folder / name).read_text(encoding="utf-8") if (self.folder / name).exists() else "")

    def alive(self) -> list[psutil.Process]:
        """The processes started here that have not ended."""
        return alive(self.mark)

    def left(self) -> list[str]:
        """Name what seedblock has left: processes, its temporary files, and those next to the script. Libraries may leave others."""
        found = [f"process {process.pid} {process.name()}" for process in self.alive()]
        found += [str(path) for path in self.scratch.glob("*seedblock*")]
        return found + [str(path) for path in self.folder.glob(".seedblock-*")]


def alive(mark: str) -> list[psutil.Process]:
    """The processes with this mark that have not ended."""
    return [process for process in psutil.process_iter() if _is_alive(process, mark)]


def _is_alive(process: psutil.Process, mark: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark
    except psutil.Error:
        return False


def place(folder: Path) -> Place:
    for name in ("work", "scratch"):
        (folder / name).mkdir()
    return Place(folder / "work", folder / "scratch", uuid.uuid4().hex)


def until(answer: Callable[[], str]) -> str:
    """Call `answer` until it returns a text."""
    end = time.monotonic() + WAIT_S
    while not (found := answer()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
    return found
