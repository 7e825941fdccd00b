"""The folders to install into: those given on the command line, or those of the editors on this machine."""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.editors.known import EDITORS, READ_WORKSPACES, WORKSPACE_FILES, Editor, Folder, Machine, editor_name
from seedblock.errors import UsageError, unknown

PROJECT = "project"


class Destination(NamedTuple):
    """A folder of an editor. `files` maps a path in this folder to the rendered file that goes there."""

    editor: Editor
    folder: Path
    files: Mapping[str, str]

    @property
    def owner(self) -> str:
        """The editor's name, or PROJECT: a project's file belongs to all editors that read it."""
        return PROJECT if self.files is WORKSPACE_FILES else self.editor.name


class Destinations(NamedTuple):
    """Where to write, and a problem for each requested editor that is not on this machine."""

    found: tuple[Destination, ...]
    missing: tuple[str, ...] = ()


def find_destinations(arguments: argparse.Namespace) -> Destinations:
    """Find where to write. Raises UsageError with everything that is wrong."""
    names = tuple(dict.fromkeys(map(editor_name, arguments.editors)))
    editors = list(EDITORS.values()) if arguments.all else [EDITORS[name] for name in names if name in EDITORS]
    problems = [unknown("editor", name, EDITORS) for name in names if name not in EDITORS]
    problems += _contradictions(arguments, names)
    given = arguments.config_dir if arguments.workspace is None else arguments.workspace
    if given is not None:
        destinations = _in_folder(given, editors, is_project=arguments.workspace is not None)
        problems += [] if given and Path(given).is_dir() else [f"no folder {given!r}"]
    elif arguments.all:
        destinations = _on_this_machine(editors)._replace(missing=())
    else:
        destinations = _on_this_machine(editors)
        problems += [] if destinations.found else destinations.missing
    if problems:
        raise UsageError(*problems)
    return destinations


def _contradictions(arguments: argparse.Namespace, names: Sequence[str]) -> list[str]:
    problems = []
    if arguments.all and (names or arguments.config_dir is not None or arguments.workspace is not None):
        problems.append("--all means every editor found: name no editor and no folder")
    if arguments.config_dir is not None and arguments.workspace is not None:
        problems.append("--config-dir and --workspace exclude each other: give one")
    if arguments.config_dir is not None and len(names) > 1:
        problems.append(f"--config-dir is for one editor, got {len(names)} editors")
    if arguments.workspace is not None:
        problems += [
            f"{name} reads no snippets from a project: --workspace is for {', '.join(sorted(READ_WORKSPACES))}"
            for name in names
            if name in EDITORS and name not in READ_WORKSPACES
        ]
    return problems


def _in_folder(given: str, editors: Iterable[Editor], is_project: bool) -> Destinations:
    folder = Path(os.path.abspath(given))  # noqa: PTH100 - does not resolve links
    return Destinations(
        tuple(Destination(editor, folder, WORKSPACE_FILES if is_project else editor.files) for editor in editors)
    )


def _on_this_machine(editors: Iterable[Editor]) -> Destinations:
    found, missing = list[Destination](), list[str]()
    for editor in editors:
        folders = folders_of(editor)
        found += [Destination(editor, folder, editor.files) for folder in folders]
        if not folders:
            missing.append(
                f"no {editor.name} found (looked in {str(editor.folders(machine())[0].path)!r}):"
                " start it once, or give its folder with --config-dir"
            )
    return Destinations(tuple(found), tuple(missing))


def machine() -> Machine:
    try:
        return Machine(sys.platform, os.environ, Path.home())
    except RuntimeError as error:
        raise UsageError("no home folder: set HOME, or give the editor's folder with --config-dir") from error


def folders_of(editor: Editor) -> list[Path]:
    """List the folders of an editor on this machine."""
    return [path for folder in editor.folders(machine()) for path in find_folders(folder)]


def find_folders(folder: Folder) -> tuple[Path, ...]:
    """List the folders that exist, or that have yet to be made for an installed editor."""
    path = Path(folder.path)
    if folder.sign is not None and Path(folder.sign).is_dir():
        return (path,)
    if not path.is_dir():
        return ()
    if not folder.names:
        return (path,)
    return tuple(child for child in sorted(path.iterdir()) if re.fullmatch(folder.names, child.name) and child.is_dir())


def is_running(folder: Path) -> bool:
    """Tell whether a JetBrains IDE is running with this folder: its process id is then in .lock."""
    try:
        number = int((folder / ".lock").read_text(encoding="ascii"))
        if os.name == "posix":  # elsewhere signal 0 would end the process, so only the file counts
            os.kill(number, 0)
    except PermissionError:
        return True  # another user's process, or a file that Windows keeps locked: running
    except (OSError, ValueError, OverflowError):
        return False
    return True
