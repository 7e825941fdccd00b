"""The lines that a run has printed, as bytes, read from its output in constant memory. Pure.

A line is as a terminal finally shows it: a progress bar overwrites its own. One of more than MAX_LINE bytes is given as its
first ones, a line end, and a digest of the rest. Lines without anything but blanks are left out.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE = 10_000  # bytes of a line that are kept
CHUNK_BYTES = 1 << 20  # read at a time

_NOT_EMPTY = re.compile(rb"\S[^\n]*")


class _Growing:
    """A line of any length, of which not everything is kept."""

    def __init__(self) -> None:
        self._begin()
        self._returned = False  # it ends with "\r": what follows overwrites it

    def _begin(self) -> None:
        self._start, self._rest, self._digest = b"", hashlib.sha256(), ""

    def add(self, piece: bytes) -> None:
        """Take what follows, without a line end."""
        shown = piece.rstrip(b"\r")
        _, overwritten, last = shown.rpartition(b"\r")
        if overwritten or (shown and self._returned):
            self._begin()
        self._returned = len(shown) < len(piece) or (self._returned and not shown)
        room = MAX_LINE - len(self._start)
        self._start += last[:room]
        rest = last[room:]
        if solid := rest.rstrip():
            self._rest.update(solid)
            self._digest = self._rest.hexdigest()  # without the blanks at its end, if nothing else comes
        self._rest.update(rest[len(solid) :])

    def line(self) -> bytes:
        return self._start + b"\n" + self._digest.encode() if self._digest else self._start.rstrip()


def _shown(text: bytes) -> bytes:
    """Return a whole line as it is finally shown."""
    line = text.rstrip(b"\r").rpartition(b"\r")[2].rstrip() if b"\r" in text else text.rstrip()
    if len(line) > MAX_LINE:
        growing = _Growing()
        growing.add(line)
        return growing.line()
    return line


def printed_lines(file: BinaryIO, cut: bool = False) -> Iterator[bytes]:
    """Read the lines from where `file` stands. `cut`: without a last line that has no end."""
    growing = _Growing()
    while chunk := file.read(CHUNK_BYTES):
        first, *others = chunk.split(b"\n")
        growing.add(first)
        if others:
            *whole, last = others
            yield from filter(None, (growing.line(), *map(_shown, whole)))
            growing = _Growing()
            growing.add(last)
    if not cut:
        yield from filter(None, (growing.line(),))


def skip_equal(one: BinaryIO, two: BinaryIO) -> int:
    """Count the lines that both files begin with, as far as whole chunks are equal; both then stand behind these."""
    lines = place = 0
    end = 1
    while end:
        chunk, other = one.read(CHUNK_BYTES), two.read(CHUNK_BYTES)
        end = chunk.rfind(b"\n") + 1 if chunk == other else 0
        lines += _count(chunk[:end])
        place += end
        one.seek(place), two.seek(place)
    return lines


def _count(chunk: bytes) -> int:
    if b"\r" in chunk:
        return sum(1 for text in chunk.split(b"\n") if _shown(text))
    return len(_NOT_EMPTY.findall(chunk))
