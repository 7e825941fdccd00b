"""The terminal: what is said on standard output and standard error, also when nobody reads it any more.

The only place that knows of colours and of the line of progress. What is said holds names and values of the user's: none of
their characters reaches the terminal as an order to it.
"""

import contextlib
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, NoReturn, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

# C0 and C1 controls but for tab and line feed, and those that turn the direction of writing, as \x1b and the like.
_ORDERS = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def prepare() -> None:
    """Print the same bytes on every system, also through a pipe and for a path that is no text.

    Where standard input or error is closed, the null device takes its place: else the next file opened would.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
    if sys.stdin is None or sys.stderr is None:
        for number in (0, 2):
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for as long as we live


def harmless(text: str) -> str:
    """Write out the characters that a terminal would obey."""
    return text.translate(_ORDERS)


def one_line(path: object) -> str:
    """Write a path so that a line end in it ends no line of ours."""
    return str(path).replace("\n", "\\n")


def say(text: str, flush: bool = False, colour: str | None = None) -> None:
    """Print on standard output; in colour, if it is a terminal that shows any."""
    try:
        print(_painted(harmless(text), colour, sys.stdout), end="", flush=flush)
    except BrokenPipeError:  # the reader has all it wants, as in `seedblock show seed | head -1`
        discard(sys.stdout)


def _painted(text: str, colour: str | None, stream: TextIO) -> str:
    if colour is None or not stream.isatty():
        return text
    from termcolor import colored  # it obeys NO_COLOR and FORCE_COLOR, and paints only where stdout is a terminal

    line = text.rstrip("\n")
    return colored(line, colour, attrs=["bold"]) + text[len(line) :]


def remark(text: str) -> None:
    """Print a line on standard error."""
    with contextlib.suppress(OSError):  # nobody reads it
        print(harmless(text), file=sys.stderr, flush=True)


def complain(*problems: str) -> None:
    for problem in problems:
        try:
            print(f"{_painted('seedblock:', 'red', sys.stderr)} {harmless(problem)}", file=sys.stderr)
        except BrokenPipeError:
            discard(sys.stderr)
        except OSError:  # there is no other place to say it
            return


def discard(stream: TextIO) -> None:
    """Let what is still in the buffer go nowhere: Python would complain of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Progress:
    """One line at the foot of the terminal: what is done, how much of it, how fast, and how long it will take.

    There is none where standard error is no terminal. What else is printed meanwhile goes through `echo`, above the line.
    """

    def __init__(self, name: str, total: int | None, shown: bool = True) -> None:
        self._lock = threading.Lock()
        self._gone: set[int] = set()  # outputs that nobody reads any more
        self._bar: tqdm[NoReturn] | None = None
        self._last = b"\n"
        if shown and sys.stderr.isatty():
            from tqdm import tqdm as bar

            form = "{desc}: {n_fmt} steps{postfix}, {rate_fmt}, {elapsed}"
            if total:
                form = "{desc} {percentage:3.0f} %|{bar:20}| {n_fmt} of {total_fmt} steps{postfix}, {rate_fmt}, {remaining} left"
            bar.monitor_interval = 0  # no thread of its own
            wide = os.get_terminal_size(sys.stderr.fileno()).columns
            self._bar = bar(
                desc=name,
                total=total,
                unit=" steps",
                bar_format=form,
                leave=False,
                file=sys.stderr,
                dynamic_ncols=wide > 0,
                ncols=wide or 80,
                nrows=None if wide else 24,
            )

    def show(self, steps: int, state: str) -> None:
        if self._bar is None:
            return
        with self._lock:
            self._bar.set_postfix_str(harmless(state), refresh=False)
            self._bar.update(steps - self._bar.n)
            if self._last in b"\r\n":
                self._bar.refresh()

    def echo(self, data: bytes, stream: BinaryIO, mark: bytes = b"") -> None:
        """Print what a script has printed, as it is, or with a mark before each line."""
        with self._lock:
            if self._bar is not None and self._last in b"\r\n":
                self._bar.clear()
            if stream.fileno() not in self._gone:
                try:
                    stream.write(_marked(data, mark, self._last) if mark else data)
                    stream.flush()
                except (OSError, ValueError):
                    self._gone.add(stream.fileno())
            self._last = data[-1:]
            if self._bar is not None and self._last == b"\n":
                self._bar.refresh()

    def close(self) -> None:
        if self._bar is not None:
            with self._lock:
                self._bar.close()


def _marked(data: bytes, mark: bytes, last: bytes) -> bytes:
    """Put the mark where a line begins: after a line feed, and after a return to the line's begin."""
    import re

    rest = re.sub(rb"(?<=[\r\n])(?=[^\r\n])", mark, data)
    return mark + rest if last in b"\r\n" and data[:1] not in (b"\r", b"\n") else rest
