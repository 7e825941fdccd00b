"""Which folders of which editors are meant: what the command line names, and what of it is on this machine."""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from seedblock.editors.known import EDITORS, READ_WORKSPACES, WORKSPACE_FILES, Editor, Folder, Machine, named
from seedblock.errors import UsageError, unknown

PROJECT = "project"


class Goal(NamedTuple):
    """A folder of an editor, and which rendered file goes where in it."""

    editor: Editor
    folder: Path
    files: Mapping[str, str]

    @property
    def owner(self) -> str:
        """By what its files are noted: a project's are those of all editors that read them."""
        return PROJECT if self.files is WORKSPACE_FILES else self.editor.name


class Found(NamedTuple):
    """The goals, and a problem for each editor that is not on this machine while another is."""

    goals: tuple[Goal, ...]
    missing: tuple[str, ...] = ()


def find(arguments: argparse.Namespace) -> Found:
    """Find where to write. Raises UsageError with everything that is wrong."""
    names = tuple(dict.fromkeys(map(named, arguments.editors)))
    chosen = [EDITORS[name] for name in names if name in EDITORS]
    given = arguments.config_dir if arguments.workspace is None else arguments.workspace
    problems = [unknown("editor", name, EDITORS) for name in names if name not in EDITORS]
    if arguments.all and (names or given is not None):
        problems.append("--all takes every editor found: name none, and no folder")
    if arguments.config_dir is not None and arguments.workspace is not None:
        problems.append("--config-dir and --workspace are two places: give one")
    if arguments.config_dir is not None and len(names) > 1:
        problems.append(f"--config-dir is the folder of one editor, got {len(names)} editors")
    if arguments.workspace is not None:
        problems += [
            f"{editor.name} reads no snippets from a project: --workspace is for {', '.join(sorted(READ_WORKSPACES))}"
            for editor in chosen
            if editor.name not in READ_WORKSPACES
        ]
    if given is not None:
        found = _in_folder(chosen, given, arguments.workspace is not None)
        problems += [] if given and Path(given).is_dir() else [f"no folder {given!r}"]
    elif arguments.all:
        found = Found(_on_this_machine(EDITORS.values()).goals)
    else:
        found = _on_this_machine(chosen)
        problems += [] if found.goals else found.missing
    if problems:
        raise UsageError(*problems)
    return found


def _in_folder(editors: Iterable[Editor], given: str, is_project: bool) -> Found:
    folder = Path(os.path.abspath(given))  # noqa: PTH100 - links stay as the user named them
    return Found(tuple(Goal(editor, folder, WORKSPACE_FILES if is_project else editor.files) for editor in editors))


def _on_this_machine(editors: Iterable[Editor]) -> Found:
    goals, missing = list[Goal](), list[str]()
    for editor in editors:
        folders = folders_of(editor)
        goals += [Goal(editor, folder, editor.files) for folder in folders]
        if not folders:
            missing.append(
                f"no {editor.name} found: nothing of it in {str(editor.folders(machine())[0].path)!r};"
                " start it once, or name its folder with --config-dir"
            )
    return Found(tuple(goals), tuple(missing))


def machine() -> Machine:
    try:
        return Machine(sys.platform, os.environ, Path.home())
    except RuntimeError as error:
        raise UsageError("no home folder: set HOME, or name the editor's folder with --config-dir") from error


def folders_of(editor: Editor) -> list[Path]:
    """List the folders of an editor on this machine."""
    return [path for folder in editor.folders(machine()) for path in find_folders(folder)]


def find_folders(folder: Folder) -> tuple[Path, ...]:
    """List the folders that are there, or that are to be made for an editor that is there."""
    path = Path(folder.path)
    if folder.sign is not None and Path(folder.sign).is_dir():
        return (path,)
    if not path.is_dir():
        return ()
    if not folder.names:
        return (path,)
    return tuple(child for child in sorted(path.iterdir()) if re.fullmatch(folder.names, child.name) and child.is_dir())


def is_running(folder: Path) -> bool:
    """Tell whether a JetBrains IDE works on this configuration: it keeps its process's number in .lock."""
    try:
        number = int((folder / ".lock").read_text(encoding="ascii"))
        if os.name == "posix":  # elsewhere signal 0 would end the process: there the file has to do
            os.kill(number, 0)
    except PermissionError:
        return True  # another user's process, or a lock that Windows lets nobody read: alive
    except (OSError, ValueError, OverflowError):
        return False
    return True
