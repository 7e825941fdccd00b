"""One run of the user's command from start to end: its output is shown, its tape is read as it grows, and it may be stopped."""

import subprocess
import sys
from typing import IO, BinaryIO, NamedTuple, Protocol

from seedblock import signals
from seedblock.errors import SeedblockError
from seedblock.terminal import Progress, remark
from seedblock.twice.run.captured_output import Output
from seedblock.twice.run.process import Run, Running, started, write_run_file
from seedblock.twice.tape.folder import OUTPUT_FILE
from seedblock.twice.tape.lines import Part
from seedblock.twice.tape.reader import TapeReader

MIN_POLL_S, MAX_POLL_S = 0.2, 0.5
POLLS_PER_RUN = 200  # the pause between polls is the run's time so far divided by this, within these bounds
POLLS_PER_LOOK = 5  # between two looks for services


class RunError(SeedblockError):
    """A run that did not end as it should."""


class HasLayer(Protocol):
    """A first difference: during the run only its layer is shown."""

    @property
    def layer(self) -> str: ...


class Comparing(Protocol):
    """A comparison with another run, which takes lines as they come."""

    def feed(self, new: list[tuple[str, Part]]) -> None: ...

    @property
    def first(self) -> HasLayer | None: ...


class Options(NamedTuple):
    """What the command line says about every run. `timeout`: in seconds; `keep_going`: even after the first difference."""

    every: int = 0
    timeout: float | None = None
    quiet: bool = False
    keep_going: bool = False


class Display(NamedTuple):
    """How one run is shown: its name, a mark before each line, where its two streams go, how many steps are expected."""

    name: str
    mark: bytes = b""
    streams: tuple[BinaryIO | None, BinaryIO | None] = (None, None)
    steps: int | None = None


class RunEnd(NamedTuple):
    """How a run ended: its exit code or negative signal, None if it was stopped at a difference; its steps and seconds."""

    code: int | None
    steps: int
    seconds: float


class _Watch(NamedTuple):
    """What following a run needs."""

    options: Options
    display: Display
    reader: TapeReader
    progress: Progress
    comparison: Comparing | None


def follow(
    run: Run, options: Options, display: Display, stdin: int | IO[bytes], comparison: Comparing | None = None
) -> RunEnd:
    """Follow a run to its end, or to its first difference.

    Raises RunError if it takes too long, and OSError if its output cannot be kept.
    """
    watch = _Watch(
        options, display, TapeReader(run.tape), Progress(display.name, display.steps, shown=True), comparison
    )
    ending = False  # what a script prints while it is being ended is kept, but not shown

    def show(data: bytes, stream: BinaryIO) -> None:
        if not ending:
            watch.progress.echo(data, stream, display.mark)

    output = Output(run.tape / OUTPUT_FILE, display.streams, show)
    stopped = None
    try:
        with started(run, options.every, stdin, output) as running:
            try:
                stopped = _until_over(running, watch)
                ending = stopped is not None
            except BaseException as error:
                ending = True
                write_run_file(run, stopped=error.name if isinstance(error, signals.Stopped) else _why(error, options))
                raise
    finally:
        watch.progress.close()
    output.check()
    _read_on(watch)
    code = None if stopped else running.process.returncode
    write_run_file(run, exit=code, stopped=stopped)
    for service in running.tree.services():
        remark(f"{display.name} left a service running, as it would anyway: {service.pid} {service.name()}")
    return RunEnd(code, watch.reader.steps, running.seconds())


def _why(error: BaseException, options: Options) -> str:
    return f"--timeout {options.timeout:g}" if isinstance(error, RunError) else str(error)


def _until_over(running: Running, watch: _Watch) -> str | None:
    """Wait for the end. Return why the run is to be stopped; None if it ended by itself."""
    polls, timeout = 0, watch.options.timeout
    while not running.is_over:
        try:
            running.process.wait(min(MAX_POLL_S, max(MIN_POLL_S, running.seconds() / POLLS_PER_RUN)))
        except subprocess.TimeoutExpired:
            signals.check()
        polls += 1
        if polls % POLLS_PER_LOOK == 1 and not running.is_over:
            running.find_services()
        first = _read_on(watch)
        if first is not None and not watch.options.keep_going:
            return "first difference"
        watch.progress.show(watch.reader.steps, _state(watch.comparison, first))
        if timeout is not None and running.seconds() > timeout and not running.is_over:
            raise RunError(f"{watch.display.name} took longer than {timeout:g} s: raise --timeout or shorten the run")
    return None


def _read_on(watch: _Watch) -> HasLayer | None:
    """Read what is new in parts, so that only one is ever in memory. Return the first difference so far."""
    while lines := watch.reader.more():
        if watch.comparison is not None:
            watch.comparison.feed(lines)
        signals.check()
    return None if watch.comparison is None else watch.comparison.first


def _state(comparison: Comparing | None, first: HasLayer | None) -> str:
    if comparison is None:
        return ""
    return "identical so far" if first is None else f"differs: {first.layer}"


def streams(quiet: bool, both_to_error: bool) -> tuple[BinaryIO | None, BinaryIO | None]:
    """Say where a script's output is shown: all of it on standard error, or each stream on its own."""
    if quiet:
        return None, None
    return (sys.stderr if both_to_error else sys.stdout).buffer, sys.stderr.buffer
