"""Turns the words after `--` into the command to run. Starts nothing."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import UsageError

DRIVER = Path(__file__).with_name("notebook_driver.py")
# Options of Python itself that take a value, joined with others or not, as in -um.
_TAKES_VALUE = re.compile(r"-[^-cmWX]*([cmWX])(.*)", re.DOTALL)
_LONG_TAKES_VALUE = "--check-hash-based-pycs"


class Call(NamedTuple):
    """A command, the environment variables it gets besides ours, and the index of the script's path in it, if any."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    script: int | None


def parse_command(words: Sequence[str], python: str) -> Call:
    """Parse what follows `--`. A script or an option goes to the interpreter `python`; anything else is a program.

    Raises UsageError if there is no such script or program, before anything runs.
    """
    words = words[1:] if words[:1] == ["--"] else words
    if not words:
        raise UsageError("name a script after --, as in: seedblock twice -- train.py --epochs 1")
    if any("\0" in word for word in words):
        raise UsageError("an argument of a command cannot contain NUL")
    first = words[0]
    if first.endswith(".ipynb"):
        return Call(_notebook(first, words[1:], python), {}, None)
    if first.startswith("-"):
        return Call((python, *words), {}, _script(words))
    if first.endswith(".py") or (first and shutil.which(first) is None and _exists(first)):
        _check_exists(first)
        return Call((python, *words), {}, 1)
    if shutil.which(first) is None:
        raise UsageError(f"there is no script or program {first!r}")
    known = (n for n, word in enumerate(words) if n and word.endswith((".py", ".sh")) and _exists(word))
    return Call(tuple(words), {}, next(known, 0 if os.sep in first else None))


def moved(call: Call, folder: Path, to: Path) -> Call:
    """Let a call whose script is named by its whole path, in `folder`, run the script's copy in `to`."""
    if call.script is None:
        return call
    words = list(call.command)
    script = Path(words[call.script])
    if script.is_absolute() and script.is_relative_to(folder):
        words[call.script] = str(to / script.relative_to(folder))
    return call._replace(command=tuple(words))


def elsewhere(call: Call, folder: Path) -> Call:
    """Let a call that is meant for `folder` find its script when it runs elsewhere. No other word changes."""
    if call.script is None:
        path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
        return call._replace(variables={**call.variables, "PYTHONPATH": path})
    words = list(call.command)
    words[call.script] = str(folder / words[call.script])
    return call._replace(command=tuple(words))


def _script(words: Sequence[str]) -> int | None:
    """Find the index of the script in `python words...`, after the options of Python itself."""
    index = 0
    while index < len(words) and (word := words[index]).startswith("-"):
        found = _TAKES_VALUE.fullmatch(word)
        if word == "-" or (found and found[1] in "cm"):
            return None
        index += 2 if word == _LONG_TAKES_VALUE or (found and not found[2]) else 1
    if index == len(words):
        return None
    _check_exists(words[index])
    return index + 1


def _exists(name: str) -> bool:
    return os.path.exists(name)  # noqa: PTH110 - pathlib's raises OSError for a text that is too long for a name


def _check_exists(name: str) -> None:
    if not _exists(name):
        raise UsageError(f"there is no script {name!r}")


def _notebook(name: str, rest: Sequence[str], python: str) -> tuple[str, ...]:
    import sys
    from importlib.util import find_spec

    _check_exists(name)
    if rest:
        raise UsageError(f"a notebook takes no arguments, got {' '.join(rest)!r}")
    if find_spec("nbclient") is None:
        raise UsageError("notebooks need nbclient: pip install 'seedblock[notebook]'")
    # -I keeps the recorder out of the driver: it belongs in the kernel.
    return (sys.executable, "-I", str(DRIVER), name, python)
