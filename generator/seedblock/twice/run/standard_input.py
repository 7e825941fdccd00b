"""What the runs get as standard input."""

import contextlib
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from seedblock.terminal import was_closed


class Given(NamedTuple):
    """What one run gets: a descriptor, as subprocess takes it; the file that keeps what is read from a pipe, if it is one."""

    number: int
    spool: Path | None = None
    closed: bool = False


class Input(NamedTuple):
    """Our standard input: its descriptor, None if it is closed; and the offset it stands at, None if it is not a file."""

    number: int | None
    offset: int | None = None

    @classmethod
    def ours(cls) -> "Input":
        with contextlib.suppress(OSError, ValueError, AttributeError):
            number = sys.stdin.fileno()
            if stat.S_ISREG(os.fstat(number).st_mode):
                return cls(number, os.lseek(number, 0, os.SEEK_CUR))
            return cls(number)
        return cls(None)

    def alone(self) -> Given:
        """What a single run gets: ours."""
        return Given(subprocess.DEVNULL, closed=was_closed(0)) if self.number is None else Given(self.number)

    def each(self, spool: Path, again: bool = False) -> Given:
        """What each of several runs gets: a file from where it stood at the start, a pipe's content again, from `spool`.

        A terminal goes to run 1 only. again: whether this is a later run.
        """
        if self.number is None:
            return self.alone()
        if self.offset is not None:
            os.lseek(self.number, self.offset, os.SEEK_SET)
            return Given(self.number)
        if os.isatty(self.number):
            return Given(subprocess.DEVNULL if again else self.number)
        kind = os.fstat(self.number).st_mode
        is_stream = stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)
        return Given(self.number, spool if is_stream and os.name == "posix" else None)
