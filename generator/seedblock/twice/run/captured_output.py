"""Shows what a run prints, from the file that keeps it: a slow reader loses nothing, and holds nothing up."""

import contextlib
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from seedblock.errors import SeedblockError

CHUNK_BYTES = 1 << 18
LAST_S = 1.0  # to show the last bytes of a run that we have stopped

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

Show = Callable[[bytes, BinaryIO], bool]
Streams = tuple[BinaryIO | None, BinaryIO | None]


class Showing:
    """Shows a growing file, in a thread of its own: so much at a time, each on one of the streams."""

    def __init__(self, path: Path, streams: Streams, show: Show, unread: Callable[[int], object]) -> None:
        """show: prints bytes on a stream, and tells whether they could be. unread: called with 0 or 1, once a stream has no reader."""
        self._streams, self._show, self._unread = streams, show, unread
        self._steps: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        # Opened before the run starts, which may put something else in its place.
        self._file = os.fdopen(os.open(path, os.O_RDONLY | os.O_CREAT | _FLAGS, 0o600), "rb", buffering=0)
        self._muted = False
        self._thread = threading.Thread(target=self._work, daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            self._file.close()
            raise SeedblockError(f"the run cannot be started: {error}") from None

    def more(self, stream: int, size: int) -> None:
        """Show the next `size` bytes of the file."""
        self._steps.put(lambda: self._pass_on(stream, size))

    def then(self, call: Callable[[], object]) -> None:
        """Call this once everything up to here is shown."""
        self._steps.put(call)

    def mute(self) -> None:
        """Show no more of it."""
        self._muted = True

    def end(self, asked: bool = False) -> None:
        """Wait until everything is shown: as long as the reader takes, but for LAST_S only if the run was asked to stop, or is muted."""
        self._steps.put(None)
        if asked or self._muted:
            self._thread.join(LAST_S)
            self._muted = True
        while not self._muted and self._thread.is_alive():
            self._thread.join(0.2)

    def _work(self) -> None:
        while (step := self._steps.get()) is not None:
            with contextlib.suppress(OSError):
                step()
        self._file.close()

    def _pass_on(self, stream: int, size: int) -> None:
        to = self._streams[stream]
        if to is None or self._muted:
            self._file.seek(size, os.SEEK_CUR)
            return
        while size > 0 and not self._muted and (data := self._file.read(min(size, CHUNK_BYTES))):
            size -= len(data)
            if not self._show(data, to):
                self._unread(stream)


def as_one(streams: Streams) -> bool:
    """Tell whether both streams lead to the same file, pipe or terminal: then one channel carries both and keeps their order."""
    first, second = streams
    if first is second:
        return True
    if first is None or second is None:
        return False
    with contextlib.suppress(OSError, ValueError):
        return os.path.sameopenfile(first.fileno(), second.fileno())
    return False
