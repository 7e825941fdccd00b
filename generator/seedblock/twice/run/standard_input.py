"""What the runs get as standard input."""

import contextlib
import os
import stat
import subprocess
import sys
from typing import NamedTuple


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

    def give(self, alone: bool, again: bool = False) -> int:
        """Return what a run gets as standard input, as subprocess takes it.

        A single run (`alone`) inherits ours. Of two runs, each reads a file from where it stood at the start; only run 1
        gets a terminal; a pipe goes to neither, as run 1 would empty it. again: whether this is a later run.
        """
        if self.number is None:
            return subprocess.DEVNULL
        if self.offset is not None:
            os.lseek(self.number, self.offset, os.SEEK_SET)
            return self.number
        return self.number if alone or (not again and os.isatty(self.number)) else subprocess.DEVNULL
