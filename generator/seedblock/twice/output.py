"""What a run prints: kept in its file, and shown while it comes.

A script sees what it would see alone: a terminal where there is one, else a pipe.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 16
DRAIN_S = 1.0  # that is waited for the last bytes, where a service of the run's still holds the other end

Show = Callable[[bytes, BinaryIO], None]


class Output:
    """One channel for each different stream of `shown` (standard output's, standard error's; None for neither)."""

    def __init__(self, path: Path, shown: tuple[BinaryIO | None, BinaryIO | None], show: Show) -> None:
        self._file = path.open("ab")
        self._lock = threading.Lock()
        self._show = show
        one = shown[0] is shown[1] or _same_terminal(shown)
        self._channels = [_channel(stream) for stream in (shown[:1] if one else shown)]
        self._streams = shown[:1] if one else shown
        self.ends: Sequence[int] = [inner for _, inner in self._channels] * (2 if one else 1)
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Read from now on. The run has its ends: here they are closed."""
        for (outer, inner), stream in zip(self._channels, self._streams, strict=True):
            os.close(inner)
            thread = threading.Thread(target=self._pass_on, args=(outer, stream), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(DRAIN_S)
        with self._lock:
            self._file.close()

    def _pass_on(self, outer: int, stream: BinaryIO | None) -> None:
        with contextlib.suppress(OSError):  # a terminal's other end is closed
            while data := os.read(outer, CHUNK):
                with self._lock:
                    if self._file.closed:
                        return
                    self._file.write(data)
                    self._file.flush()
                if stream is not None:
                    self._show(data, stream)
        os.close(outer)


def _channel(stream: BinaryIO | None) -> tuple[int, int]:
    """Make our end and the run's end."""
    if stream is None or sys.platform == "win32" or not stream.isatty():
        return os.pipe()
    import fcntl
    import pty
    import termios
    import tty

    outer, inner = pty.openpty()
    tty.setraw(inner)  # what is printed goes to the real terminal, which does the rest
    with contextlib.suppress(OSError):
        fcntl.ioctl(inner, termios.TIOCSWINSZ, fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, bytes(8)))
    return outer, inner


def _same_terminal(shown: tuple[BinaryIO | None, BinaryIO | None]) -> bool:
    """Tell whether both lead to one place: then the order of what is printed is kept."""
    first, second = shown
    if first is None or second is None:
        return False
    with contextlib.suppress(OSError, ValueError):
        return os.path.sameopenfile(first.fileno(), second.fileno())
    return False
