"""One run of the user's command from start to end: its output is shown, its tape is read as it grows, and it may be stopped."""

import datetime
import errno
import os
import signal
import sys
import time
from pathlib import Path
from typing import BinaryIO

from seedblock import signals
from seedblock.errors import SeedblockError
from seedblock.terminal import Progress, hurry, remark
from seedblock.twice.run.captured_output import Showing, Streams
from seedblock.twice.run.data import Comparing, Display, HasLayer, Options, RunEnd, RunError
from seedblock.twice.run.process import Run, write_run_file
from seedblock.twice.run.standard_input import Given
from seedblock.twice.run.start import Running, start
from seedblock.twice.run.supervisor import protocol
from seedblock.twice.tape.lines import TapeError
from seedblock.twice.tape.reader import TapeReader

MIN_LOOK_S, MAX_LOOK_S = 0.2, 0.5
FIRST_DIFFERENCE = "first difference"
LOOKS_PER_RUN = 200  # the pause between looks at the tape is the run's time so far divided by this, within these bounds
STOP_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
)


class _Watch:
    """What following a run needs, and what is known of the run so far."""

    def __init__(self, run: Run, options: Options, display: Display, comparison: Comparing | None) -> None:
        self.run, self.options, self.display, self.comparison = run, options, display, comparison
        self.reader = TapeReader(run.tape)
        self.progress = Progress(display.name, display.like and display.like.steps, shown=not display.alone)
        self.code = 0
        self.lost = ""  # why no more is recorded
        self.asked: list[int] = []
        self.left: tuple[int, ...] = ()
        self.unended: tuple[int, ...] = ()
        self.stopped: str | None = None  # by us, and why
        self.timed_out = False
        self.running: Running | None = None

    def was_signalled(self, number: int) -> None:
        """Note a signal, if it asks to stop: from then on, no reader is waited for long."""
        if number in STOP_SIGNALS:
            self.asked.append(number)
            hurry()

    def unread(self, stream: int) -> None:
        """Take notice that nobody reads a stream any more: if it is that of the command, the command has to."""
        if self.display.alone and self.running is not None:
            self.running.ask(protocol.NOBODY_READS[stream])

    def show(self, data: bytes, stream: BinaryIO) -> bool:
        return self.progress.echo(data, stream, self.display.mark)


def follow(run: Run, options: Options, display: Display, given: Given, comparison: Comparing | None = None) -> RunEnd:
    """Follow a run to its end, or to its first difference.

    Raises SeedblockError if it cannot be started or watched, RunError if it takes too long, and OSError if it cannot be kept.
    """
    write_run_file(run, began=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"))
    watch = _Watch(run, options, display, comparison)
    showing = Showing(run.output, display.streams, watch.show, watch.unread)
    try:
        with start(run, options.every, given, display.streams) as watch.running:
            _until_over(watch.running, watch, showing)
            seconds = watch.running.seconds()
        for number in watch.running.forgotten():
            watch.was_signalled(number)
    except BaseException:
        showing.mute()
        raise
    finally:
        _show_the_rest(showing, watch)
        watch.progress.close()
    if watch.lost:
        watch.stopped = watch.lost
    elif watch.asked and watch.code != 0:
        watch.stopped = signals.name_of(watch.asked[0])
    _look(watch)
    code = None if watch.stopped == FIRST_DIFFERENCE else watch.code
    _note(watch, exit=code, stopped=watch.stopped)
    _tell_what_is_left(watch)
    if watch.timed_out:
        raise RunError(f"{display.name} took longer than {options.timeout:g} s: raise --timeout or shorten the run")
    return RunEnd(code, watch.reader.batches, watch.reader.steps, seconds, tuple(watch.asked))


def _show_the_rest(showing: Showing, watch: _Watch) -> None:
    """Wait for the reader of what the run has printed. A signal to stop ends that, and is noted."""
    try:
        showing.end(asked=bool(watch.asked))
    except signals.Stopped as stop:
        showing.mute()
        watch.was_signalled(stop.number)


def _note(watch: _Watch, **known: object) -> None:
    try:
        write_run_file(watch.run, **known)
    except OSError as error:
        _lose(watch, error)


def _until_over(running: Running, watch: _Watch, showing: Showing) -> None:
    ends_by, next_look = float("inf"), 0.0
    while not running.is_over and time.monotonic() < ends_by:
        for message in running.messages(min(next_look, ends_by) - time.monotonic()):
            _take(message, running, watch, showing)
        if time.monotonic() < next_look or running.is_over:
            continue
        next_look = time.monotonic() + min(MAX_LOOK_S, max(MIN_LOOK_S, running.seconds() / LOOKS_PER_RUN))
        if watch.stopped is None:
            order = _order_to_stop(running, watch)
            if order is not None:
                running.ask(order)
                showing.mute()
                ends_by = time.monotonic() + protocol.LAST_S


def _take(message: protocol.Message, running: Running, watch: _Watch, showing: Showing) -> None:
    name, numbers = message
    if name == protocol.OUT:
        showing.more(*numbers)
    elif name == protocol.OVER:
        (watch.code,) = numbers
    elif name == protocol.FAILED:
        raise SeedblockError(f"the run cannot be started: {os.strerror(numbers[0])}: {watch.run.command[0]!r}")
    elif name == protocol.SIGNAL:
        watch.was_signalled(*numbers)
    elif name == protocol.STOPPED:
        _stop_too(running)
    elif name == protocol.LEFT:
        watch.left = numbers
    elif name == protocol.UNENDED:
        watch.unended = numbers
    elif name == protocol.LOST:
        _lose(watch, _os_error(watch, *numbers))
        showing.then(lambda: running.ask(protocol.SHOWN))


def _lose(watch: _Watch, error: OSError | TapeError) -> None:
    """Note that what the run prints or records cannot be kept any more. Raises the error if that is all that it runs for."""
    if not watch.display.alone:
        raise error
    if not watch.lost:
        watch.lost = "; ".join(error.problems) if isinstance(error, TapeError) else error.strerror or str(error)
        remark(f"{watch.display.name} goes on, but from here on it cannot be recorded: {watch.lost}")


def _os_error(watch: _Watch, number: int) -> OSError:
    return OSError(number, os.strerror(number), str(watch.run.tape))


def _stop_too(running: Running) -> None:
    """Stop as the run has, if we were told to, or a shell waits for that. SIGCONT wakes us up, and so does the run if it goes on."""
    if not running.is_paused:
        try:
            os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
        except OSError:  # there is none
            return
    os.kill(os.getpid(), signal.SIGSTOP)


def _order_to_stop(running: Running, watch: _Watch) -> int | None:
    """Look at the tape and the clock. If the run is to be stopped, note why, and return how."""
    first = _look(watch)
    watch.progress.show(watch.reader.steps, _state(watch.comparison, first))
    if (
        first is not None
        and not watch.options.keep_going
        and not _is_near_its_end(running.seconds(), watch.display.like)
    ):
        watch.stopped = FIRST_DIFFERENCE
        return protocol.FINISH_WRITING
    if watch.options.timeout is not None and running.seconds() > watch.options.timeout:
        watch.stopped, watch.timed_out = f"--timeout {watch.options.timeout:g}", True
        return protocol.STOP
    return None


def _is_full(folder: Path) -> bool:
    """Tell whether nothing more can be written there: the recorder has no way to say so."""
    if not hasattr(os, "statvfs"):
        return False
    space = os.statvfs(folder)
    return space.f_blocks > 0 and (space.f_bfree if os.geteuid() == 0 else space.f_bavail) == 0


def _is_near_its_end(seconds: float, like: RunEnd | None) -> bool:
    """Tell whether a run is to be left to its end: what it writes at its end would otherwise be missing."""
    return like is not None and like.seconds - seconds < protocol.PATIENCE_S and seconds < 1.5 * like.seconds + 1


def _look(watch: _Watch) -> HasLayer | None:
    """Read what is new on the tape. Return the first difference so far. What is lost of a run that is recorded ends nothing."""
    try:
        if not watch.lost and _is_full(watch.run.tape):
            _lose(watch, _os_error(watch, errno.ENOSPC))
        return None if watch.lost else _read_on(watch)
    except (OSError, TapeError) as error:
        _lose(watch, error)
        return None


def _read_on(watch: _Watch) -> HasLayer | None:
    """Read what is new in parts, so that only one is ever in memory. Return the first difference so far."""
    while lines := watch.reader.more():
        if watch.comparison is not None:
            watch.comparison.feed(lines)
    return None if watch.comparison is None else watch.comparison.first


def _state(comparison: Comparing | None, first: HasLayer | None) -> str:
    if comparison is None:
        return ""
    return "identical so far" if first is None else f"differs: {first.layer}"


def _tell_what_is_left(watch: _Watch) -> None:
    if not watch.left and not watch.unended:
        return
    from seedblock.twice.run.supervisor.by_psutil import named

    if watch.unended:
        remark(f"{watch.display.name}: cannot end {named(watch.unended)}: another user's, or waiting for a device")
    if watch.left:
        remark(f"{watch.display.name} left running, as it does alone: {named(watch.left)}")


def streams(quiet: bool, both_to_error: bool) -> Streams:
    """Say where a script's output is shown: all of it on standard error, or each stream on its own."""
    if quiet:
        return None, None
    return (sys.stderr if both_to_error else sys.stdout).buffer, sys.stderr.buffer
