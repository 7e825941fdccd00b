"""One run of the user's command, watched from its start to its end: shown, read along, and stopped when it is time."""

import subprocess
import sys
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, Protocol

from seedblock import signals
from seedblock.errors import SeedblockError
from seedblock.terminal import Progress, remark
from seedblock.twice.run.captured_output import Output
from seedblock.twice.run.process import PRINTED, Run, Running, note, started
from seedblock.twice.tape.lines import Part
from seedblock.twice.tape.reader import TapeReader
from seedblock.twice.verdict import Difference

POLL_S, LONGEST_POLL_S = 0.2, 0.5
PATIENT = 200  # of a run's time so far one part in so many goes by between two polls, within these bounds
SHOWN_LINES = 40  # of a failing script's output
LOOK_AFTER = 5  # polls between two looks for services


class RunError(SeedblockError):
    """A run that did not end as it should."""


class Reads(Protocol):
    """What a run's lines are given to as they come: a comparison with another run."""

    def feed(self, new: list[tuple[str, Part]]) -> None: ...
    def found(self) -> Difference | None: ...


class Manner(NamedTuple):
    """How runs are watched: what the options say of all of them."""

    every: int = 0
    timeout: float | None = None
    quiet: bool = False
    keep_going: bool = False  # after the first difference


class Shown(NamedTuple):
    """How one run is shown: its name, a mark before each line, where its two streams go, and how many steps it may have."""

    name: str
    mark: bytes = b""
    streams: tuple[BinaryIO | None, BinaryIO | None] = (None, None)
    steps: int | None = None


class End(NamedTuple):
    """How a run ended: its exit code or negative signal, None where it was stopped for a difference; and its steps."""

    code: int | None
    steps: int
    seconds: float


def follow(run: Run, manner: Manner, shown: Shown, stdin: int | IO[bytes], comparison: Reads | None = None) -> End:
    """Let a run come to its end, or to its first difference.

    Raises RunError where it takes too long, and OSError where what it prints cannot be kept.
    """
    progress = Progress(shown.name, shown.steps, shown=True)
    ending = False  # what a script says of being ended is kept, and not shown

    def show(data: bytes, stream: BinaryIO) -> None:
        if not ending:
            progress.echo(data, stream, shown.mark)

    output = Output(run.tape / PRINTED, shown.streams, show)
    reader = TapeReader(run.tape)
    stopped = None
    try:
        with started(run, manner.every, stdin, output) as running:
            try:
                stopped = _until_over(running, manner, shown.name, reader, progress, comparison)
                ending = stopped is not None
            except BaseException as error:
                ending = True
                note(run, stopped=error.name if isinstance(error, signals.Stopped) else _why(error, manner))
                raise
    finally:
        progress.close()
    output.check()
    _read_on(reader, comparison)
    code = None if stopped else running.process.returncode
    note(run, exit=code, stopped=stopped)
    for service in running.tree.services():
        remark(f"{shown.name} left a service running, as it does alone: {service.pid} {service.name()}")
    return End(code, reader.steps, running.seconds())


def _why(error: BaseException, manner: Manner) -> str:
    return f"--timeout {manner.timeout:g}" if isinstance(error, RunError) else str(error)


def _until_over(
    running: Running, manner: Manner, name: str, reader: TapeReader, progress: Progress, comparison: Reads | None
) -> str | None:
    """Watch; return why the run is to be stopped, None where it has ended by itself."""
    polls = 0
    while not running.is_over:
        try:
            running.process.wait(min(LONGEST_POLL_S, max(POLL_S, running.seconds() / PATIENT)))
        except subprocess.TimeoutExpired:
            signals.check()
        polls += 1
        if polls % LOOK_AFTER == 1 and not running.is_over:
            running.tree.look()
        found = _read_on(reader, comparison)
        if found is not None and not manner.keep_going:
            return "first difference"
        progress.show(reader.steps, _state(comparison, found))
        if manner.timeout is not None and running.seconds() > manner.timeout and not running.is_over:
            raise RunError(f"{name} took longer than {manner.timeout:g} s: raise --timeout or shorten the run")
    return None


def _read_on(reader: TapeReader, comparison: Reads | None) -> Difference | None:
    """Read what is new, a part at a time, so that no more than a part is ever in memory."""
    while lines := reader.read():
        if comparison is not None:
            comparison.feed(lines)
        signals.check()
    return None if comparison is None else comparison.found()


def _state(comparison: Reads | None, found: Difference | None) -> str:
    if comparison is None:
        return ""
    return "identical so far" if found is None else f"{found.layer} differ"


def failure(run: Run, name: str, end: End, seen: bool) -> str:
    """Say how a run failed; with what its script printed last, unless that has been seen."""
    assert end.code is not None
    how = f"was ended by signal {-end.code}" if end.code < 0 else f"ended with exit code {end.code}"
    last = last_lines(run)
    hint = ""
    if "EOFError" in last:
        hint = ": it reads standard input, which run 1 alone has, from a terminal; both have it from a file, as in < answers"
    shown = "" if seen else f"; the script's last lines are:\n{last}"
    return f"{name} {how} after {end.steps} steps{hint}{shown}"


def last_lines(run: Run) -> str:
    with (run.tape / PRINTED).open("rb") as file:
        file.seek(max(0, Path(file.name).stat().st_size - 100_000))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-SHOWN_LINES:])


def streams(quiet: bool, both_to_error: bool) -> tuple[BinaryIO | None, BinaryIO | None]:
    """Where what a script prints is shown: all of it on standard error, or each of its streams on ours."""
    if quiet:
        return None, None
    return (sys.stderr if both_to_error else sys.stdout).buffer, sys.stderr.buffer
