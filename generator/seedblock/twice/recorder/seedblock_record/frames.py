"""Which of the user's own lines are being executed, and how they are named on the tape."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def current_line() -> str | None:
    """Name the user's innermost line that is being executed, as in "train.py:3"; None if there is none."""
    for frame in callers():
        if user_file(frame.f_code.co_filename):
            return name_line(frame.f_code.co_filename, frame.f_lineno, executing=True)
    return None


def user_stack() -> list[tuple[Any, int]]:
    """The code objects and lines of the user's own frames, the outermost first."""
    found = [(frame.f_code, frame.f_lineno) for frame in callers() if user_file(frame.f_code.co_filename)]
    return found[::-1]


def is_running(function: str) -> bool:
    """Tell whether a function with this name in the user's code is being executed."""
    return any(frame.f_code.co_name == function and user_file(frame.f_code.co_filename) for frame in callers())


def is_importing() -> bool:
    """Tell whether a library is running because the script is importing it."""
    for frame in callers():
        if user_file(frame.f_code.co_filename):
            return False
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
    return False


def file_globals() -> dict[str, Any]:
    """The global names of each file that is being executed, by the file's name."""
    return {frame.f_code.co_filename: frame.f_globals for frame in callers()}


def callers() -> Iterator[Any]:
    """The frames that are being executed, the innermost first."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def name_line(filename: str, line: int, executing: bool = False) -> str:
    """Name a line of the user's code as the report shows it.

    Cells of a notebook have no file names, and only the number of the cell that is being executed is known.
    executing: True if the line is in that cell; if False, check the frames.
    """
    if user_file(filename) != _NOTEBOOK:
        if filename not in _NAMED:
            _NAMED.add(filename)
            NEW_SOURCES.append(filename)
        return f"{user_file(filename)}:{line}"
    executing = executing or any(frame.f_code.co_filename == filename for frame in callers())
    return f"cell {current_cell()}, line {line}" if executing else f"an earlier cell, line {line}"


def current_cell() -> int | None:
    """The number of the notebook's cell that is being executed."""
    number = os.environ.get("SEEDBLOCK_CELL", "")
    return int(number) if number.isdigit() else None


def user_file(filename: str) -> str:
    """Name one of the user's files as the report shows it; "" for a file of a library, of Python or of the recorder."""
    name = _NAMES.get(filename)
    if name is None:
        name = _NAMES[filename] = _user_file(filename)
    return name


_NOTEBOOK = "the notebook"
_NAMES: dict[str, str] = {}
_NAMED: set[str] = set()  # files that a line was named of
NEW_SOURCES: list[str] = []  # those of them that no tape has yet
_LIBRARY = os.path.dirname(os.__file__)
_RECORDER = os.path.dirname(__file__)


def _user_file(filename: str) -> str:
    if filename in ("<stdin>", "<string>"):
        return filename
    if filename.startswith(("<", _LIBRARY + os.sep, _RECORDER)):
        return ""
    parts = os.path.normpath(filename).split(os.sep)
    if any(part.startswith("ipykernel_") for part in parts):
        return _NOTEBOOK
    if "site-packages" in parts or "dist-packages" in parts:
        return ""
    try:
        short = os.path.relpath(filename)
    except (OSError, ValueError):  # the working folder is gone, or on another drive
        short = os.pardir
    return os.sep.join(parts[-2:]) if short.startswith(os.pardir) else short
