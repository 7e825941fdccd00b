"""Which Python runs the script: the one its user would call, which need not be the one seedblock is installed in."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import UsageError


class Interpreter(NamedTuple):
    """An interpreter, and why it was chosen: None for the default."""

    path: str
    why: str | None = None


def choose(named: str | None, environment: Mapping[str, str], folder: Path) -> Interpreter:
    """Choose the interpreter: `named`; else the active environment's; else ours if it has torch; else the project's; else ours.

    environment: the variables that name the active environment. folder: where the search for the project's begins.
    """
    if named is not None:
        return Interpreter(_program(named))
    for variable, what in (("VIRTUAL_ENV", "the active environment"), ("CONDA_PREFIX", "the active conda environment")):
        if environment.get(variable):
            return _unless_ours(_python(Path(environment[variable])), f"of {what}")
    if find_spec("torch") is None:
        for path in _project_environments(folder):
            if (found := _python(path)) is not None:
                return _unless_ours(
                    found, "of the project's environment, as there is no torch where seedblock is installed"
                )
    return Interpreter(sys.executable)


def _program(named: str) -> str:
    path = shutil.which(named)
    if path is None:
        raise UsageError(f"--python takes an interpreter, got {named!r}: there is no such program")
    return path


def _unless_ours(path: Path | None, why: str) -> Interpreter:
    if path is None or path.parent.parent == Path(sys.prefix):
        return Interpreter(sys.executable)
    return Interpreter(str(path), why)


def _python(environment: Path) -> Path | None:
    found = (environment / name for name in ("bin/python", "Scripts/python.exe", "python.exe"))
    return next((path for path in found if os.access(path, os.X_OK)), None)


def _project_environments(folder: Path) -> Iterator[Path]:
    """The usual paths of an environment, from the working folder up to the project's root."""
    for parent in (folder, *folder.parents):
        yield from (parent / name for name in (".venv", "venv"))
        if (parent / "pyproject.toml").exists() or (parent / ".git").exists():
            return
