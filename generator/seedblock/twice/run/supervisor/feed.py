"""Standard input from a pipe, given to each of several runs."""

import contextlib
import os

CHUNK_BYTES = 1 << 16


class Feed:
    """Standard input from a pipe, for each of several runs: what one run has read is kept in a file and read again by the next."""

    def __init__(self, path: bytes) -> None:
        self._spool = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._at = 0
        self._data = b""
        self._is_over = False
        self.inner, self.outer = os.pipe()
        os.set_blocking(self.outer, False)

    def begin(self) -> None:
        os.close(self.inner)

    @property
    def files(self) -> set[int]:
        """The descriptors that are open here."""
        return {self._spool, self.outer}

    @property
    def wants_input(self) -> bool:
        return not self._data and not self._is_over

    @property
    def wants_output(self) -> bool:
        return bool(self._data)

    def read(self, source: int = 0) -> None:
        """Get more: what an earlier run has read, then what comes from `source`. Called when that can be read."""
        self._data = os.pread(self._spool, CHUNK_BYTES, self._at)
        if not self._data:
            with contextlib.suppress(OSError):
                self._data = os.read(source, CHUNK_BYTES)
            _write_at(self._spool, self._data, self._at)
        self._at += len(self._data)
        if not self._data:
            self.end()

    @property
    def has_earlier(self) -> bool:
        return self._at < os.fstat(self._spool).st_size

    def write(self) -> None:
        try:
            self._data = self._data[os.write(self.outer, self._data) :]
        except BlockingIOError:
            pass
        except OSError:  # the run reads no more
            self.end()

    def end(self) -> None:
        if not self._is_over:
            self._is_over, self._data = True, b""
            os.close(self.outer)


def _write_at(file: int, data: bytes, at: int) -> None:
    while data:
        done = os.pwrite(file, data, at)
        data, at = data[done:], at + done
