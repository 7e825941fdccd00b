"""What is to be run: from the words after `--` and the options to commands, variables and folders. Starts nothing."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import UsageError

DRIVER = Path(__file__).with_name("notebook_driver.py")
_WITH_VALUE = ("-W", "-X")  # Python's own options with a value


class Call(NamedTuple):
    """A command, the variables that it alone has, and the place of the script's own path in it (None: there is none)."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    script: int | None


def read(words: Sequence[str], python: str) -> Call:
    """Read what follows `--`: a script or an option goes to `python`, anything else is a program of its own.

    Raises UsageError where there is no such script, so that no run begins in vain.
    """
    words = words[1:] if words[:1] == ["--"] else words
    if not words:
        raise UsageError("name a script after --, as in: seedblock twice -- train.py --epochs 1")
    if any("\0" in word for word in words):
        raise UsageError("no argument of a command can hold the character NUL")
    first = words[0]
    if first.endswith(".ipynb"):
        return Call(_notebook(first, words[1:], python), {}, None)
    if first.startswith("-"):
        return Call((python, *words), {}, _script(words))
    if first.endswith(".py") or (first and shutil.which(first) is None and Path(first).exists()):
        _must_be_there(first)
        return Call((python, *words), {}, 1)
    if shutil.which(first) is None:
        raise UsageError(f"no script and no program {first!r}")
    known = (n for n, word in enumerate(words) if n and word.endswith((".py", ".sh")) and Path(word).is_file())
    return Call(tuple(words), {}, next(known, 0 if os.sep in first else None))


def vary(calls: Sequence[Call], options: Sequence[str]) -> list[Call]:
    """Give each of the two calls its value of every NAME=FIRST,SECOND; a NAME in capitals is a variable."""
    calls = list(calls)
    problems = []
    for option in options:
        name, equals, values = option.partition("=")
        if not equals or values.count(",") != 1 or not name:
            problems.append(f"--vary takes NAME=FIRST,SECOND, got {option!r}")
            continue
        for number, value in enumerate(values.split(",")):
            call = calls[number]
            if name.isupper():
                calls[number] = call._replace(variables={**call.variables, name: value})
            else:
                calls[number] = call._replace(command=_with_argument(call.command, name, value))
    if problems:
        raise UsageError(*problems)
    return calls


def elsewhere(call: Call, folder: Path) -> Call:
    """Let the call find its script from any other folder than `folder`. No other word changes."""
    if call.script is None:
        path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
        return call._replace(variables={**call.variables, "PYTHONPATH": path})
    words = list(call.command)
    words[call.script] = str(folder / words[call.script])
    return call._replace(command=tuple(words))


def _script(words: Sequence[str]) -> int | None:
    """Find the script's place in the command, behind options of Python's own."""
    place = 0
    while place < len(words) and words[place].startswith("-"):
        if words[place] in ("-m", "-c", "-"):
            return None
        place += 2 if words[place] in _WITH_VALUE else 1
    if place == len(words):
        return None
    _must_be_there(words[place])
    return place + 1


def _must_be_there(name: str) -> None:
    if not Path(name).exists():
        raise UsageError(f"no script {name!r}")


def _notebook(name: str, rest: Sequence[str], python: str) -> tuple[str, ...]:
    import sys
    from importlib.util import find_spec

    _must_be_there(name)
    if rest:
        raise UsageError(f"a notebook takes no arguments, got {' '.join(rest)!r}")
    if find_spec("nbclient") is None:
        raise UsageError("notebooks need nbclient: pip install 'seedblock[notebook]'")
    # -I: without the recorder, which is for the kernel.
    return (sys.executable, "-I", str(DRIVER), name, python)


def _with_argument(command: tuple[str, ...], name: str, value: str) -> tuple[str, ...]:
    """Set --NAME to the value where the command has it, or else add it."""
    option = f"--{name}"
    if option in command[:-1]:
        place = command.index(option) + 1
        return (*command[:place], value, *command[place + 1 :])
    if any(word.startswith(f"{option}=") for word in command):
        return tuple(f"{option}={value}" if word.startswith(f"{option}=") else word for word in command)
    return (*command, option, value)
