"""What runs read from standard input."""

import contextlib
import os
import stat
import subprocess
import sys
from typing import NamedTuple


class Input(NamedTuple):
    """Our standard input: `place` is where a file of it began, None where it is no file."""

    number: int | None
    place: int | None = None

    @classmethod
    def ours(cls) -> "Input":
        with contextlib.suppress(OSError, ValueError, AttributeError):
            number = sys.stdin.fileno()
            if stat.S_ISREG(os.fstat(number).st_mode):
                return cls(number, os.lseek(number, 0, os.SEEK_CUR))
            return cls(number)
        return cls(None)

    def give(self, alone: bool, again: bool = False) -> int:
        """A run that is alone has what we have. Of two, both have a file from its begin; the first has a terminal; else none.

        A pipe is given to none of two: the first would empty it.
        """
        if self.number is None:
            return subprocess.DEVNULL
        if self.place is not None:
            os.lseek(self.number, self.place, os.SEEK_SET)
            return self.number
        return self.number if alone or (not again and os.isatty(self.number)) else subprocess.DEVNULL
