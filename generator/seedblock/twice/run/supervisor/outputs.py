"""What a run prints: it passes through this process and is kept in a file, whether or not anybody reads it."""

import contextlib
import fcntl
import os
import select
import sys
from typing import NamedTuple

CHUNK_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ in linux/fcntl.h


class Kept(NamedTuple):
    """So many bytes more of a stream (0: standard output, 1: standard error) are in the file."""

    stream: int
    size: int


class Outputs:
    """The run's standard output and error. `inner` are its ends; of `open`, our ends, each leads to a stream."""

    def __init__(self, path: bytes | str, as_one: bool) -> None:
        """as_one: both lead to the same place, so that one channel carries both and keeps their order."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._waiting: list[tuple[int, bytes]] = []  # what could not be kept
        self.direct = False  # shown by this process, as it is no longer kept
        self._discards = False
        self.open: dict[int, int] = {}
        self.inner = []
        for stream in (0,) if as_one else (0, 1):
            outer, inner = _channel(stream + 1)
            os.set_blocking(outer, False)
            self.open[outer] = stream
            self.inner.append(inner)
        self._terminals = {outer: stream for outer, stream in self.open.items() if os.isatty(outer)}

    def begin(self) -> None:
        for inner in self.inner:
            os.close(inner)

    @property
    def files(self) -> set[int]:
        """The descriptors that are open here."""
        return {self._file, *self.open}

    @property
    def ends(self) -> tuple[int, int]:
        return self.inner[0], self.inner[-1]

    @property
    def has_terminal(self) -> bool:
        """Whether one of them is a terminal, which holds only a little at a time."""
        return bool(self._terminals)

    @property
    def is_full(self) -> bool:
        """Whether output waits for `show_directly`."""
        return bool(self._waiting) and not self.direct

    @property
    def shown_next(self) -> int | None:
        """The stream that is to take more output directly, None if there is none. Until it has, nothing is read."""
        return self._waiting[0][0] if self._waiting and self.direct else None

    @property
    def is_readable(self) -> bool:
        return not self._waiting

    def read(self, outer: int) -> Kept | None:
        """Read what there is. None: nothing, or it is not kept. Raises OSError if it cannot be kept any more."""
        if outer not in self.open:
            return None
        try:
            data = os.read(outer, CHUNK_BYTES)
        except BlockingIOError:
            return None
        except OSError:  # how a terminal says that its other end is closed
            data = b""
        if not data:
            self.close(outer)
            return None
        stream = self.open[outer]
        self._waiting.append((stream, data))
        if self.direct:
            return None
        _write(self._file, data)
        self._waiting.clear()
        return Kept(stream, len(data))

    def show_directly(self) -> None:
        """From now on, what is printed is written to where it is shown, by `show_some`."""
        self.direct = True
        if self._discards:
            self._waiting.clear()

    def discard(self) -> None:
        """Show no more: nobody is there who has asked for it."""
        self._discards = True
        self.show_directly()

    def show_some(self) -> None:
        """Write what waits for `shown_next`, as much as a pipe takes that has said that it takes some."""
        if self._discards:
            self._waiting.clear()
        if self._waiting:
            stream, data = self._waiting[0]
            try:
                data = data[os.write(stream + 1, data[: select.PIPE_BUF]) :]
            except BlockingIOError:
                return
            except OSError:
                data = b""
                self.close_stream(stream)
            self._waiting[:1] = [(stream, data)] if data else []

    def close(self, outer: int) -> None:
        """Read no more. Who still writes there finds that nobody reads."""
        if self.open.pop(outer, None) is not None:
            self._terminals.pop(outer, None)
            os.close(outer)

    def close_stream(self, stream: int) -> None:
        for outer, leads_to in list(self.open.items()):
            if leads_to == stream:
                self.close(outer)

    def resize(self) -> bool:
        """Give the run's terminals the size of ours. Tell whether one has changed."""
        changed = [_copy_size(stream + 1, outer) for outer, stream in self._terminals.items()]
        return any(changed)


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(file, view) :]
        except BlockingIOError:
            select.select([], [file], [])


def _channel(shown: int) -> tuple[int, int]:
    """Open a channel that is a terminal if `shown` is one, else a pipe: our end and the run's end."""
    if not os.isatty(shown):
        outer, inner = os.pipe()
        if sys.platform == "linux":  # fewer and larger reads
            with contextlib.suppress(OSError):
                fcntl.fcntl(outer, _SET_PIPE_SIZE, CHUNK_BYTES)
        return outer, inner
    import pty
    import tty

    outer, inner = pty.openpty()
    tty.setraw(inner)  # line ends are left to the real terminal
    _copy_size(shown, inner)
    return outer, inner


def _copy_size(source: int, to: int) -> bool:
    import termios

    with contextlib.suppress(OSError):
        old, new = (fcntl.ioctl(file, termios.TIOCGWINSZ, bytes(8)) for file in (to, source))
        fcntl.ioctl(to, termios.TIOCSWINSZ, new)
        return old != new
    return False
