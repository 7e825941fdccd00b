"""The folders to install into: those given on the command line, or those of the editors on this machine."""

import argparse
import os
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from seedblock.editors.known import (
    EDITORS,
    READ_WORKSPACES,
    WORKSPACE_FILES,
    Editor,
    Machine,
    editor_name,
    makes_its_folder_later,
)
from seedblock.editors.this_machine import deleted_folders_of, folders_of, machine
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


def find_destinations(arguments: argparse.Namespace, listed: Collection[tuple[str, Path]] = ()) -> Destinations:
    """Find where to write. Raises UsageError with everything that is wrong.

    `listed` holds an editor's name and a folder of it; the folder counts as found if it was deleted since.
    """
    names = tuple(dict.fromkeys(map(editor_name, arguments.editors)))
    editors = list(EDITORS.values()) if arguments.all else [EDITORS[name] for name in names if name in EDITORS]
    problems = [_unknown(name, arguments.command) for name in names if name not in EDITORS]
    problems += _contradictions(arguments, names)
    is_project = arguments.workspace is not None
    given = arguments.workspace if is_project else arguments.config_dir
    if given is not None:
        destinations = _in_folder(given, editors, is_project)
        problems += _wrong_folder(given, editors, is_project, may_be_made=arguments.command == "install")
    elif arguments.all:
        destinations = _on_this_machine(editors, listed)._replace(missing=())
    else:
        destinations = _on_this_machine(editors, listed)
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


def _unknown(name: str, command: str) -> str:
    said = unknown("editor", name, EDITORS)
    if said.endswith("?") and not any(known in name.lower() for known in EDITORS):  # a mistyped name
        return said
    user = EDITORS["vscode"].folders(Machine(sys.platform, os.environ, PurePath("~")))[0].path
    return (
        f"{said}{'' if said.endswith('?') else '.'} For another relative of VS Code: `seedblock {command} vscode --config-dir FOLDER`,"
        f" where FOLDER is like {user.parent.with_name('NAME') / user.name}"
    )


def _wrong_folder(given: str, editors: Sequence[Editor], is_project: bool, may_be_made: bool) -> list[str]:
    """Say why a folder given on the command line is of no use. It may have yet to be made, for an editor that makes it late."""
    if given and Path(given).is_dir():
        return []
    if given and os.path.lexists(given):
        return [f"{given!r} is not a folder"]
    if is_project or not given or not may_be_made:
        return [f"no folder {given!r}"]
    early = [editor.name for editor in editors if not makes_its_folder_later(editor)]
    return [
        f"no folder {given!r}: {name} makes its folder when it first starts, so give one that exists"
        for name in early[:1]
    ]


def _in_folder(given: str, editors: Iterable[Editor], is_project: bool) -> Destinations:
    folder = Path(os.path.abspath(given))  # noqa: PTH100 - does not resolve links
    return Destinations(
        tuple(Destination(editor, folder, WORKSPACE_FILES if is_project else editor.files) for editor in editors)
    )


def _on_this_machine(editors: Iterable[Editor], listed: Collection[tuple[str, Path]]) -> Destinations:
    found, missing = list[Destination](), list[str]()
    for editor in editors:
        own = [folder for owner, folder in listed if owner == editor.name]
        folders = dict.fromkeys([*folders_of(editor), *deleted_folders_of(editor, own)])
        found += [Destination(editor, folder, editor.files) for folder in folders]
        if not folders:
            missing.append(
                f"no {editor.name} found (looked in {str(editor.folders(machine())[0].path)!r}):"
                f" {editor.missing}, or give its folder with --config-dir"
            )
    return Destinations(tuple(found), tuple(missing))
