"""Which Python runs the script: the one its user would call, which need not be the one seedblock is installed in."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import UsageError
from seedblock.twice.run import ownership

_NO_TORCH = "as there is no torch where seedblock is installed"


class Interpreter(NamedTuple):
    """An interpreter, and why it was chosen: None for the default."""

    path: str
    why: str | None = None


def choose(named: str | None, environment: Mapping[str, str], folder: Path) -> Interpreter:
    """Choose the interpreter: `named`; else the active environment's; else ours if it has torch; else the project's; else
    the user's `python`; else ours.

    environment: the variables that name the active environment, and PATH. folder: where the search for the project's begins.
    Raises UsageError if somebody else could have put the project's interpreter there.
    """
    if named is not None:
        return Interpreter(_program(named))
    for variable, what in (("VIRTUAL_ENV", "the active environment"), ("CONDA_PREFIX", "the active conda environment")):
        if environment.get(variable):
            return _unless_ours(_python(Path(environment[variable])), f"of {what}")
    if find_spec("torch") is None:
        root = _project_root(folder)
        for environment_folder in _project_environments(folder, root):
            if (found := _python(environment_folder)) is not None:
                return _checked(found, root)
        return _unless_ours(_on_path(environment), f"on PATH, {_NO_TORCH}")
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


def _checked(found: Path, root: Path) -> Interpreter:
    chosen = _unless_ours(found, f"of the project's environment, {_NO_TORCH}")
    if chosen.why is not None and (why := ownership.objection(found, root)) is not None:
        raise UsageError(
            f"the project's interpreter {str(found)!r} is not run, as somebody else could have put it there: {why};"
            " give the interpreter with --python PATH"
        )
    return chosen


def _python(environment: Path) -> Path | None:
    found = (environment / name for name in ("bin/python", "Scripts/python.exe", "python.exe"))
    return next((path for path in found if os.access(path, os.X_OK)), None)


def _on_path(environment: Mapping[str, str]) -> Path | None:
    """What the word python starts, or else python3. A relative entry of PATH, as `.`, could be anybody's folder."""
    found = (shutil.which(name, path=environment.get("PATH", "")) for name in ("python", "python3"))
    return next((Path(path) for path in found if path is not None and os.path.isabs(path)), None)  # noqa: PTH117 - a text


def _project_root(folder: Path) -> Path:
    """The nearest folder upwards that is a project; without one the folder itself, as what lies above may be anybody's."""
    marks = ("pyproject.toml", ".git")
    roots = (place for place in (folder, *folder.parents) if any(os.access(place / mark, os.F_OK) for mark in marks))
    return next(roots, folder)


def _project_environments(folder: Path, root: Path) -> Iterator[Path]:
    """The usual paths of an environment, from the working folder up to the project's root."""
    for parent in (folder, *folder.parents):
        yield from (parent / name for name in (".venv", "venv"))
        if parent == root:
            return
