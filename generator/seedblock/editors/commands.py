"""The commands install, uninstall and bundle, with their arguments."""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import platformdirs

from seedblock import __version__, files
from seedblock.editors import extension, places
from seedblock.editors.known import EDITORS, READ_WORKSPACES, WORKSPACE_FILES, Editor, Machine
from seedblock.editors.plan import CHANGES, REFUSED, Step, plan_install, plan_uninstall
from seedblock.errors import DONE, NO, UsageError, unknown
from seedblock.rendering import sources
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import Entry, RenderedFile
from seedblock.rendering.render import render_all
from seedblock.rendering.settings import add_set, with_settings
from seedblock.terminal import complain, say

DIST_FOLDER = "dist"


class Goal(NamedTuple):
    """A folder of an editor, and which rendered file goes where in it."""

    editor: Editor
    folder: Path
    files: Mapping[str, str]


def add_install(command: argparse.ArgumentParser) -> None:
    _add_editors(command, "*", "; none: list those found on this machine")
    command.add_argument(
        "--force", action="store_true", help="replace files of other origin too; keep each under another name"
    )
    add_set(command)


def add_uninstall(command: argparse.ArgumentParser) -> None:
    _add_editors(command, "+", "")


def add_bundle(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out", metavar="DIR", default=DIST_FOLDER, help=f"the folder to write into (default: {DIST_FOLDER})"
    )


def _add_editors(command: argparse.ArgumentParser, number: str, otherwise: str) -> None:
    command.add_argument("editors", metavar="EDITOR", nargs=number, help=f"one of {', '.join(EDITORS)}{otherwise}")
    command.add_argument("--config-dir", metavar="DIR", help="the editor's folder (VS Code: User), where none is found")
    command.add_argument("--workspace", metavar="DIR", help="a project, for all who open it in VS Code or its kin")
    command.add_argument("--dry-run", action="store_true", help="change nothing; print what would be done")


def install(arguments: argparse.Namespace) -> int:
    if not arguments.editors:
        return _list_found(arguments)
    problems: list[str] = []
    goals = _goals(arguments, problems)
    wanted = _wanted(goals, with_settings(CATALOG, arguments.settings, problems))
    state = _state()
    with nullcontext() if arguments.dry_run else places.alone(state):
        seen = {path: places.look(path) for path in wanted}
        backups = {path: files.free_name(path) for path in wanted} if arguments.force else None
        steps = plan_install(wanted, seen, places.noted(state), backups)
        if not arguments.dry_run:
            # Before the first byte: what a killed run has written is ours, too.
            places.note(state, [wanted[step.path] for step in steps if step.verb != REFUSED])
            places.carry_out(steps, {goal.folder for goal in goals})
    return _report(arguments, steps, goals)


def uninstall(arguments: argparse.Namespace) -> int:
    problems: list[str] = []
    goals = _goals(arguments, problems)
    wanted = _wanted(goals, with_settings(CATALOG, [], problems))
    state = _state()
    with nullcontext() if arguments.dry_run else places.alone(state):
        steps = plan_uninstall(wanted, {path: places.look(path) for path in wanted}, places.noted(state))
        if not arguments.dry_run:
            places.carry_out(steps, {goal.folder for goal in goals})
    return _report(arguments, steps, goals)


def bundle(arguments: argparse.Namespace) -> int:
    from seedblock.editors.bundle import bundle_all

    if not arguments.out:
        raise UsageError("--out takes a folder, got ''")
    archives = bundle_all(_rendered(CATALOG), CATALOG, sources.read_extras(), __version__)
    out = Path(arguments.out)
    changed = {change.path: change for change in files.write({out / name: archives[name] for name in archives})}
    for name in sorted(archives):
        change = changed.get(out / name)
        say(f"{'current' if change is None else 'new' if change.old is None else 'changed'}: {out / name}\n")
    return DONE


def _machine() -> Machine:
    try:
        return Machine(sys.platform, os.environ, Path.home())
    except RuntimeError as error:
        raise UsageError("no home folder: set HOME, or name the editor's folder with --config-dir") from error


def _state() -> Path:
    return platformdirs.user_state_path("seedblock", appauthor=False)


def _rendered(entries: Sequence[Entry]) -> tuple[RenderedFile, ...]:
    return render_all(entries, sources.read_templates(sources.find_templates()))


def _wanted(goals: Iterable[Goal], entries: Sequence[Entry]) -> dict[Path, bytes]:
    rendered = _rendered(entries)
    contents = {file.path: file.text.encode() for file in (*rendered, *extension.folder(rendered, __version__))}
    return {goal.folder / path: contents[source] for goal in goals for path, source in goal.files.items()}


def _goals(arguments: argparse.Namespace, problems: list[str]) -> tuple[Goal, ...]:
    """Find where to write. What is wrong is added to `problems`."""
    names = tuple(dict.fromkeys(arguments.editors))
    problems += [unknown("editor", name, EDITORS) for name in names if name not in EDITORS]
    chosen = [EDITORS[name] for name in names if name in EDITORS]
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
    given = arguments.workspace if arguments.workspace is not None else arguments.config_dir
    if given is None:
        return tuple(Goal(editor, path, editor.files) for editor in chosen for path in _find(editor, problems))
    if not given or not Path(given).is_dir():
        problems.append(f"no folder {given!r}")
    return tuple(
        Goal(editor, Path(given), editor.files if arguments.workspace is None else WORKSPACE_FILES) for editor in chosen
    )


def _find(editor: Editor, problems: list[str]) -> list[Path]:
    folders = editor.folders(_machine())
    found = [path for folder in folders for path in places.find_folders(folder)]
    if not found:
        problems.append(
            f"no {editor.name} found: nothing of it in {str(folders[0].path)!r};"
            " start it once, or name its folder with --config-dir"
        )
    return found


def _list_found(arguments: argparse.Namespace) -> int:
    if arguments.config_dir is not None or arguments.workspace is not None or arguments.force or arguments.settings:
        raise UsageError(f"name an editor: {', '.join(EDITORS)}")
    width = max(map(len, EDITORS))
    found = [(editor.name, path) for editor in EDITORS.values() for path in _find(editor, [])]
    for name, path in found:
        say(f"{name:{width}}  {path}\n")
    if found:
        return DONE
    complain(f"no editor found, looked for {', '.join(EDITORS)}")
    return NO


def _report(arguments: argparse.Namespace, steps: Sequence[Step], goals: Sequence[Goal]) -> int:
    """Say what was done to each file, and what is left to the user."""
    editors = {goal.folder / path: goal.editor for goal in goals for path in goal.files}
    installing = arguments.command == "install"
    remedy = "--force replaces it and keeps it under another name" if installing else "remove it yourself"
    for step in steps:
        kept = f" (what stood there is kept as {step.backup})" if step.backup else ""
        if step.verb != REFUSED:
            say(f"{step.verb}: {step.path}{kept}\n")
            continue
        merge = f". {editors[step.path].merge}" if installing and editors[step.path].merge else ""
        complain(f"{str(step.path)!r} is not as seedblock wrote it, and is left as it is: {remedy}{merge}")
    if arguments.dry_run:
        say("dry run: nothing is changed\n")
    else:
        touched = {step.path for step in steps if step.verb in CHANGES}
        for name in dict.fromkeys(editors[path].name for path in editors if path in touched):
            _say_what_is_left(EDITORS[name], installing)
        for goal in goals:
            if goal.editor.restarts and touched & {goal.folder / path for path in goal.files}:
                _check_running(goal, installing)
    return NO if any(step.verb == REFUSED for step in steps) else DONE


def _say_what_is_left(editor: Editor, installing: bool) -> None:
    if editor.restarts:
        say(f"{editor.name}: it reads snippets when it starts; restart it if it is running\n")
    if editor.hint and installing:
        say(f"{editor.name}: {editor.hint}\n")


def _check_running(goal: Goal, installing: bool) -> None:
    if places.is_running(goal.folder):
        command = "install" if installing else "uninstall"
        complain(f"{goal.folder.name} is running and may undo this when it ends: close it, {command} again, start it")


COMMANDS = {
    "install": (add_install, install),
    "uninstall": (add_uninstall, uninstall),
    "bundle": (add_bundle, bundle),
}
