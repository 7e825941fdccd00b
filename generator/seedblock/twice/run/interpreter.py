"""Which Python runs the script: the one that its user would call, not the one that seedblock happens to live in."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import UsageError


class Interpreter(NamedTuple):
    """An interpreter, and why it was taken: None where nobody would ask."""

    path: str
    why: str | None = None


def choose(named: str | None, environment: Mapping[str, str], folder: Path) -> Interpreter:
    """Take the one named, else the active environment's, else this one if it has torch, else the project's, else this one."""
    if named is not None:
        return Interpreter(_checked(named))
    for variable, what in (("VIRTUAL_ENV", "the active environment"), ("CONDA_PREFIX", "the active conda environment")):
        if environment.get(variable):
            return _other(_python(Path(environment[variable])), f"of {what}")
    if find_spec("torch") is None:
        for path in _project(folder):
            if (found := _python(path)) is not None:
                return _other(found, "of the project's environment, as there is no torch where seedblock is installed")
    return Interpreter(sys.executable)


def _checked(named: str) -> str:
    path = shutil.which(named)
    if path is None:
        raise UsageError(f"--python takes an interpreter, got {named!r}: no program is there")
    return path


def _other(path: Path | None, why: str) -> Interpreter:
    if path is None or path.parent.parent == Path(sys.prefix):
        return Interpreter(sys.executable)
    return Interpreter(str(path), why)


def _python(environment: Path) -> Path | None:
    found = (environment / place for place in ("bin/python", "Scripts/python.exe", "python.exe"))
    return next((path for path in found if os.access(path, os.X_OK)), None)


def _project(folder: Path) -> Iterator[Path]:
    """Name the usual places of an environment, from the working folder up to the project's root."""
    for parent in (folder, *folder.parents):
        yield from (parent / name for name in (".venv", "venv"))
        if (parent / "pyproject.toml").exists() or (parent / ".git").exists():
            return
