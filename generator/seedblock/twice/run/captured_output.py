"""What a run prints: kept in a file, and shown as it comes.

A script finds what it would find without us: a terminal if we have one, else a pipe. Its output is read to the end even if
the disk is full: without a reader the script would fail.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 16
MAX_DRAIN_S = 1.0  # to wait for the last bytes while a service of the run still holds the other end

Show = Callable[[bytes, BinaryIO], None]


class Output:
    """Saves what is printed to a file. `ends` are for the run's standard output and standard error."""

    def __init__(self, path: Path, shown: tuple[BinaryIO | None, BinaryIO | None], show: Show) -> None:
        """shown: our streams that the run's standard output and standard error go to, None to show nothing.

        show: called in a thread of its own with what was printed and the stream it goes to. If both streams are the same,
        one channel carries both and keeps their order.
        """
        self._file = path.open("ab", buffering=0)
        self._error: OSError | None = None
        self._lock = threading.Lock()
        self._show = show
        one = shown[0] is shown[1] or _same_terminal(shown)
        self._channels = [_channel(stream) for stream in (shown[:1] if one else shown)]
        self._streams = shown[:1] if one else shown
        self.ends: Sequence[int] = [inner for _, inner in self._channels] * (2 if one else 1)
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Read from now on. Called once the run has inherited its ends, which are closed here."""
        for (outer, inner), stream in zip(self._channels, self._streams, strict=True):
            os.close(inner)
            thread = threading.Thread(target=self._pass_on, args=(outer, stream), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(MAX_DRAIN_S)
        with self._lock:
            self._file.close()

    def check(self) -> None:
        """Raise an OSError that names the file if any output was lost."""
        if self._error is not None:
            raise OSError(self._error.errno, self._error.strerror, self._file.name)

    def _keep(self, data: bytes) -> None:
        try:
            while data and self._error is None:
                data = data[self._file.write(data) :]
        except OSError as error:
            self._error = error

    def _pass_on(self, outer: int, stream: BinaryIO | None) -> None:
        with contextlib.suppress(OSError):  # how a terminal says that its other end is closed
            while data := os.read(outer, CHUNK_BYTES):
                with self._lock:
                    if self._file.closed:
                        return
                    self._keep(data)
                if stream is not None:
                    self._show(data, stream)
        os.close(outer)


def _channel(stream: BinaryIO | None) -> tuple[int, int]:
    """Open a channel: our end and the run's end."""
    if stream is None or sys.platform == "win32" or not stream.isatty():
        return os.pipe()
    import fcntl
    import pty
    import termios
    import tty

    outer, inner = pty.openpty()
    tty.setraw(inner)  # line ends are left to the real terminal
    with contextlib.suppress(OSError):
        fcntl.ioctl(inner, termios.TIOCSWINSZ, fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8)))
    return outer, inner


def _same_terminal(shown: tuple[BinaryIO | None, BinaryIO | None]) -> bool:
    """Tell whether both lead to the same file or terminal."""
    first, second = shown
    if first is None or second is None:
        return False
    with contextlib.suppress(OSError, ValueError):
        return os.path.sameopenfile(first.fileno(), second.fileno())
    return False
