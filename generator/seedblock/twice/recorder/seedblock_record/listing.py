"""Which of the user's lines list a folder, whose order is the disk's; and, if it is asked for, that order reversed.

Not reached: listings by C code and by other programs.
"""

from __future__ import annotations

import os
import sys

from seedblock_record.frames import name_line, user_file
from seedblock_record.wrapping import SKIPPED_FILE, Watched, transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from seedblock_record.tape import Tape

MAX_LINES = 5  # that are noted of each process
_LIBRARY = os.path.dirname(os.__file__) + os.sep
# A listing is the user's own if only these are between the line and it.
_PASSED_ON_BY = (
    SKIPPED_FILE,
    "<frozen os>",
    os.path.dirname(__file__),
    *(_LIBRARY + name for name in ("os.py", "glob.py", "pathlib.py", "pathlib" + os.sep)),
)


class Listings:
    """The lines that have been noted."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.lines: set[str] = set()

    def note(self) -> None:
        """Called before each listing of a folder."""
        line = _line_that_lists() if len(self.lines) < MAX_LINES else None
        if line is not None and line not in self.lines:
            self.lines.add(line)
            self.tape.fact(listed=line)


def _line_that_lists() -> str | None:
    frame: Any = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if user_file(file):
            return name_line(file, frame.f_lineno, executing=True)
        if not file.startswith(_PASSED_ON_BY):
            return None
        frame = frame.f_back
    return None


def reverse_listings() -> None:
    """Let os.listdir and os.scandir, and all that call them, give the disk's order reversed. importlib does not call them."""
    for name, watch in (("listdir", _listed), ("scandir", _scanned)):
        watched = Watched(getattr(os, name), watch)
        for kind in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks):
            if getattr(os, name) in kind:
                kind.add(watched)  # shutil looks there
        setattr(os, name, watched)


@transparent
def _listed(function: Callable[..., list[Any]], arguments: Any, options: Any) -> list[Any]:
    return function(*arguments, **options)[::-1]


@transparent
def _scanned(function: Callable[..., Any], arguments: Any, options: Any) -> Reversed:
    return Reversed(function(*arguments, **options))


class Reversed:
    """The entries of a folder, from the last one. They are read when the first one is asked for."""

    def __init__(self, entries: Any) -> None:
        self._entries: Any = entries
        self._left: Any = None

    def __iter__(self) -> Reversed:
        return self

    @transparent
    def __next__(self) -> Any:
        if self._left is None:
            self._left = reversed(list(self._entries))
        return next(self._left)

    def close(self) -> None:
        self._left = iter(())
        self._entries.close()

    def __enter__(self) -> Reversed:  # noqa: PYI034 - Self is newer than Python 3.8
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
