"""A command run alone and recorded: what it prints, its end, its files, and what it leaves running."""

import contextlib
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from tests.support.processes import environment
from tests.support.watched import MARK, WAIT_S, alive, until

# Starts a command as a shell starts a job: in a process group of its own, with signals as in a terminal.
LAUNCH = """
import os, signal, sys
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_SETMASK, [])
os.setpgid(0, 0)
SETUP
os.execvp(sys.argv[1], sys.argv[1:])
"""
RECORD = ("-m", "seedblock", "record", "--out", "a.tape", "--")
OURS = re.compile(rb"(?:a\.tape: \d+ batches|the run (?:ended|was ended|left running)|the run goes on, but)[^\n]*\n")


class Outcome(NamedTuple):
    """How a command ended: the bytes of both streams, its code, its files, and the last words of what still runs."""

    out: bytes
    err: bytes
    code: int
    files: dict[str, bytes]
    left: list[str]


class Job:
    """A running command, in a folder of its own."""

    def __init__(self, folder: Path, process: "subprocess.Popen[bytes]", mark: str) -> None:
        self.folder, self.process, self.mark = folder, process, mark

    def wait_for(self, name: str) -> str:
        """Wait until the command has written to a file; return its content."""
        path = self.folder / name
        return until(lambda: path.read_text() if path.exists() else "")

    def go(self, name: str = "go") -> None:
        (self.folder / name).touch()

    def tell(self, number: int) -> None:
        """Send a signal to the command alone."""
        self.process.send_signal(number)

    def tell_group(self, number: int) -> None:
        """Send a signal to its process group, as a terminal and a shell do."""
        os.killpg(self.process.pid, number)

    def tell_each(self, number: int) -> None:
        """Send a signal to each of its processes, one by one, as a scheduler does."""
        for process in self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)

    def alive(self) -> list[psutil.Process]:
        return alive(self.mark)

    def left(self) -> list[str]:
        """Name what still runs by the last word of its command.

        Without the supervisor, which shows what it may print, and multiprocessing's tracker, which ends a moment later.
        """
        commands = []
        for process in self.alive():
            with contextlib.suppress(psutil.Error):
                commands.append([] if process.pid == self.process.pid else process.cmdline())
        ours = ("supervisor", "resource_tracker")
        return sorted(words[-1] for words in commands if words and not any(word in " ".join(words) for word in ours))

    def kill(self) -> None:
        for process in self.alive():
            with contextlib.suppress(psutil.Error):
                process.kill()
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def begun(
    folder: Path, words: Sequence[str], setup: str = "", variables: Mapping[str, str] | None = None, **streams: Any
) -> Iterator[Job]:
    """Start a command. At the end of the block, kill what is left of it."""
    mark = uuid.uuid4().hex
    launch = LAUNCH.replace("SETUP", setup)
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", launch, *words],
        cwd=folder,
        env=environment(
            **{MARK: mark, "TMPDIR": str(folder.parent), "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})}
        ),
        **streams,
    )
    job = Job(folder, process, mark)
    try:
        yield job
    finally:
        job.kill()


def outcome(
    folder: Path,
    words: Sequence[str],
    act: Callable[[Job], object] = lambda job: None,
    setup: str = "",
    text: bytes = b"",
    after: Callable[[Job], object] = lambda job: None,
    variables: Mapping[str, str] | None = None,
) -> Outcome:
    """Run a command to its end, with both streams in files of their own behind pipes. `act` is called meanwhile, `after` then."""
    files = [folder.parent / f"{folder.name}.{name}" for name in ("in", "out", "err")]
    files[0].write_bytes(text)
    with contextlib.ExitStack() as stack:
        stdin = stack.enter_context(files[0].open("rb"))
        cats = []
        for path in files[1:]:  # a process reads each pipe, as behind `|`, for as long as anybody holds it
            file = stack.enter_context(path.open("wb"))
            cats.append(subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file))
        job = stack.enter_context(
            begun(folder, words, setup, variables, stdin=stdin, stdout=cats[0].stdin, stderr=cats[1].stdin)
        )
        for cat in cats:
            assert cat.stdin is not None
            cat.stdin.close()
        act(job)
        code = job.process.wait(WAIT_S)
        after(job)
        left = job.left()
        job.kill()
        for cat in cats:
            cat.wait(WAIT_S)
    written = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "a.tape" not in path.parts
    }
    out, err = (path.read_bytes().replace(bytes(folder.parent), b"HERE") for path in files[1:])
    return Outcome(out, OURS.sub(b"", err), code, written, left)


def both(tmp_path: Path, code: str, words: Sequence[str] | None = None, **options: Any) -> tuple[Outcome, Outcome]:
    """Run a script, or the command `words`, alone and under `record`; return how each ended. A tape is always kept."""
    command = ["train.py"] if words is None else list(words)
    alone = [sys.executable, *command] if words is None else command
    found = []
    for name, line in (("alone", alone), ("recorded", [sys.executable, *RECORD, *command])):
        folder = tmp_path / name / "work"
        folder.mkdir(parents=True)
        (folder / "train.py").write_text(code, encoding="utf-8")
        found.append(outcome(folder, line, **options))
    tape = tmp_path / "recorded/work/a.tape"
    assert (tape / "run.json").exists(), found[1]
    assert [path.name for path in (tmp_path / "recorded").rglob("*seedblock-*")] == []
    return found[0], found[1]


def wait_until(answer: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not answer():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
