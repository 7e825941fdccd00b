"""Files of the working folder that this process reads before it has written them: an earlier run may have left them there.

Python tells of each file that is opened, whatever function does it. Libraries that open files in C or C++ (h5py, pyarrow) do not.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedblock_record.tape import Tape

MAX_READ, MAX_WRITTEN = 200, 10_000  # files that are kept in mind
MAX_WAITING = 50  # that wait for the tape of a child
MAX_NAME = 300  # characters of a path
CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".pth")


class Reads:
    """What has been read and written so far, by path."""

    def __init__(self, tape: Tape) -> None:
        """Raises OSError if the working folder is gone."""
        self.tape = tape
        self.folder = os.getcwd() + os.sep
        self.apart = tuple(folder + os.sep for folder in (sys.prefix, sys.base_prefix, tape.folder))
        self.read: set[str] = set()
        self.written: set[str] = set()
        self.seen: set[str] = set()  # paths as they were opened, of which nothing more can be said

    def may_matter(self, path: Any) -> bool:
        """Tell whether a path that is opened may lie in the working folder. Called for each file that Python opens."""
        if type(path) is not str or (path[:1] == os.sep and not path.startswith(self.folder)) or path in self.seen:
            return False
        return len(self.read) < MAX_READ and not path.endswith(CODE)

    def opened(self, path: str, flags: Any) -> None:
        """flags: those of `os.open`. What is added to at its end holds what an earlier run wrote: that is no new file."""
        name, path = path, os.path.abspath(path)
        if path in self.written:
            self.seen.add(name)
        if self.tape.path is None and len(self.read) >= MAX_WAITING:
            return
        if not path.startswith(self.folder) or path.startswith(self.apart) or path in self.written:
            return
        flags = flags if isinstance(flags, int) else 0
        if flags & os.O_TRUNC or not os.path.exists(path):
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.wrote(path)
        elif not flags & os.O_WRONLY and path not in self.read and os.path.isfile(path):
            self.read.add(path)
            self.seen.add(name)
            self.tape.fact(read=path[len(self.folder) :].replace(os.sep, "/")[:MAX_NAME])

    def wrote(self, path: Any) -> None:
        """Keep a path that is written, or that a file is renamed to."""
        if type(path) is str and len(self.written) < MAX_WRITTEN:
            self.written.add(os.path.abspath(path))
