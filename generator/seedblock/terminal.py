"""Printing on standard output and standard error, even after their reader is gone.

Only this module knows about colours and the progress line. It escapes control characters, since the user's names and
values may contain them.
"""

import contextlib
import io
import os
import select
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

# C0 and C1 controls except tab and line feed, and the text direction controls, written as \x1b or \u202e.
_CONTROLS = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}

STANDARD_OUTPUT = "standard output"
MOMENT_S = 1.0
_hurries = False
_closed: set[int] = set()  # standard descriptors


def prepare_streams() -> None:
    """Make standard output print UTF-8 and LF on every system, and keep the bytes of paths that are not valid text.

    Where a standard stream is closed, open the null device, or the next file opened would take its number.
    """
    global _closed
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
    if None in (sys.stdin, sys.stdout, sys.stderr):
        for number in range(3):
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
                _closed = {*_closed, number}
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open until we exit


def was_closed(number: int) -> bool:
    """Tell whether a standard descriptor was closed when we were started."""
    return number in _closed


def escape_controls(text: str) -> str:
    """Write control characters as escapes, so that the terminal does not obey them."""
    return text.translate(_CONTROLS)


def one_line(path: object) -> str:
    """Write a path on one line, even if it contains a newline."""
    return str(path).replace("\n", "\\n")


def say(text: str, flush: bool = False, colour: str | None = None) -> None:
    """Print on standard output, in colour if that is a terminal with colours. Raises OSError naming it."""
    try:
        print(_coloured(escape_controls(text), colour, sys.stdout), end="", flush=flush)
    except BrokenPipeError:  # the reader has read enough, as in `seedblock show seed | head -1`
        discard_output(sys.stdout)
    except OSError as error:
        discard_output(sys.stdout)
        raise OSError(error.errno, error.strerror, STANDARD_OUTPUT) from error


def _coloured(text: str, colour: str | None, stream: TextIO) -> str:
    if colour is None or not stream.isatty():
        return text
    from termcolor import colored  # it obeys NO_COLOR and FORCE_COLOR, and colours only where stdout is a terminal

    line = text.rstrip("\n")
    return colored(line, colour, attrs=["bold"]) + text[len(line) :]


def hurry() -> None:
    """From now on, wait for the reader of standard error only for a moment: the command has been told to stop."""
    global _hurries
    _hurries = True


def _is_read() -> bool:
    with contextlib.suppress(OSError, ValueError):
        return not _hurries or bool(select.select([], [sys.stderr], [], MOMENT_S)[1])
    return True


def remark(text: str) -> None:
    """Print a line on standard error."""
    with contextlib.suppress(OSError):  # nobody reads it
        if not _is_read():
            return
        print(escape_controls(text), file=sys.stderr, flush=True)


def complain(*problems: str) -> None:
    """Print each problem on a line of standard error."""
    for problem in problems if _is_read() else ():
        try:
            print(f"{_coloured('seedblock:', 'red', sys.stderr)} {escape_controls(problem)}", file=sys.stderr)
        except BrokenPipeError:
            discard_output(sys.stderr)
        except OSError:  # there is nowhere else to print it
            return


def discard_output(stream: TextIO) -> None:
    """Send what is still buffered to the null device, or Python would report an error at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Progress:
    """A progress line at the bottom of the terminal: steps (or another unit) done, of how many, speed and time left.

    It is only shown if standard error is a terminal. All other output goes through `echo`, which prints it above.
    """

    def __init__(self, name: str, total: int | None, shown: bool = True, unit: str = "steps") -> None:
        self._lock = threading.Lock()
        self._closed: set[int] = set()  # outputs that nobody reads any more
        self._bar: tqdm[NoReturn] | None = None
        self._last = b"\n"
        if shown and sys.stderr.isatty():
            from tqdm import tqdm as bar

            form = "{desc}: {n_fmt}{unit}{postfix}, {rate_fmt}, {elapsed}"
            if total:
                form = "{desc} {percentage:3.0f} %|{bar:20}| {n_fmt} of {total_fmt}{unit}{postfix}, {rate_fmt}, "
                form += "{remaining} left"
            bar.monitor_interval = 0  # no monitor thread
            wide = os.get_terminal_size(sys.stderr.fileno()).columns
            self._bar = bar(
                desc=name,
                total=total,
                unit=f" {unit}",
                bar_format=form,
                leave=False,
                file=sys.stderr,
                dynamic_ncols=wide > 0,
                ncols=wide or 80,
                nrows=None if wide else 24,
            )

    def show(self, steps: int, state: str) -> None:
        if self._bar is None or not self._lock.acquire(blocking=False):  # the terminal may take no more for now
            return
        try:
            self._bar.set_postfix_str(escape_controls(state), refresh=False)
            self._bar.update(steps - self._bar.n)
            if self._last in b"\r\n":
                self._bar.refresh()
        finally:
            self._lock.release()

    def echo(self, data: bytes, stream: BinaryIO, mark: bytes = b"") -> bool:
        """Print the output of a script unchanged, or with `mark` before each line. Tell whether anybody reads the stream."""
        with self._lock:
            if self._bar is not None and self._last in b"\r\n":
                self._bar.clear()
            if stream.fileno() not in self._closed:
                try:
                    _write(stream, _marked(data, mark, self._last) if mark else data)
                except (OSError, ValueError):
                    self._closed.add(stream.fileno())
            self._last = data[-1:]
            if self._bar is not None and self._last == b"\n":
                self._bar.refresh()
            return stream.fileno() not in self._closed

    def close(self) -> None:
        if self._bar is not None and self._lock.acquire(timeout=1):
            try:
                self._bar.close()
            finally:
                self._lock.release()


def _write(stream: BinaryIO, data: bytes) -> None:
    """Write all of it. The stream may be non-blocking: it shares that with whoever has it open too."""
    while data:
        try:
            stream.flush()
            data = (
                data[stream.raw.write(data) or 0 :]
                if isinstance(stream, io.BufferedWriter)
                else data[stream.write(data) :]
            )
        except BlockingIOError:
            pass
        if data and os.name == "posix":  # Windows can wait for sockets only, and its streams take all
            select.select([], [stream], [])


def _marked(data: bytes, mark: bytes, last: bytes) -> bytes:
    """Put `mark` at the start of each line that is not empty: after a line feed or a carriage return."""
    import re

    rest = re.sub(rb"(?<=[\r\n])(?=[^\r\n])", mark, data)
    return mark + rest if last in b"\r\n" and data[:1] not in (b"\r", b"\n") else rest
