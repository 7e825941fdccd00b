"""What `install` and `uninstall` print when they are done."""

from collections.abc import Sequence
from pathlib import Path

from seedblock.editors.destinations import Destination, Destinations
from seedblock.editors.install_plan import Plan
from seedblock.editors.installed import InstalledFiles
from seedblock.editors.this_machine import is_running
from seedblock.errors import DONE, NO
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.settings import Settings
from seedblock.terminal import complain, one_line, say
from seedblock.writing.folder import print_action
from seedblock.writing.plan import ABSENT, CHANGES, REFUSED, Action


def print_result(plan: Plan, destinations: Destinations, dry_run: bool, installing: bool) -> int:
    """Print what was done to each file, then what the user has to do. Return the exit code."""
    actions = plan.actions
    verbs = {action.path: action.verb for action in actions}
    found = {path: verbs[first] for path, first in plan.same.items()}  # also where a link leads to the same file
    for destination in destinations.found:
        here = [verb for path, verb in found.items() if path.is_relative_to(destination.folder)]
        if here and all(verb == ABSENT for verb in here):
            say(f"{ABSENT}: no seedblock files in {one_line(destination.folder)}\n")
    for action in actions:
        if action.verb != ABSENT:
            print_action(action, _remedy(action, destinations, installing))
    if dry_run:
        say("dry run: nothing was changed\n")
    else:
        touched = {path for path, verb in found.items() if verb in CHANGES}
        installed = {path for path, verb in found.items() if verb not in (REFUSED, ABSENT)}
        _print_next(destinations, touched, installed if installing else set())
        for destination in destinations.found:
            if destination.editor.restarts and _within(destination, touched) and is_running(destination.folder):
                again = "install" if installing else "uninstall"
                name = destination.folder.name
                complain(f"{name} is running and may undo this when it exits: close it, {again} again and start it")
    complain(*destinations.missing)
    return NO if destinations.missing or any(action.verb == REFUSED for action in actions) else DONE


def _remedy(action: Action, destinations: Destinations, installing: bool) -> str:
    if not installing:
        return "remove it yourself"
    merges = [
        destination.editor.merge
        for destination in destinations.found
        if destination.editor.merge and action.path.is_relative_to(destination.folder)
    ]
    return ". ".join(["--force replaces it and keeps a backup", *merges[:1]])


def _print_next(destinations: Destinations, touched: set[Path], installed: set[Path]) -> None:
    printed = set()
    for destination in destinations.found:
        name = destination.editor.name
        if destination.editor.restarts and _within(destination, touched) and (name, "restart") not in printed:
            printed.add((name, "restart"))
            say(f"{name}: restart it if it is running, because it reads snippets only when it starts\n")
        if _within(destination, installed) and (name, "next") not in printed:
            printed.add((name, "next"))
            say(f"{name}: {destination.editor.next}\n")


def _within(destination: Destination, paths: set[Path]) -> bool:
    return any(path.is_relative_to(destination.folder) for path in paths)


def print_kept(destination: Destination, settings: Settings, now: Settings) -> None:
    """Print the settings that are kept from an earlier run, and which snippets they leave out."""
    kept = Settings(
        tuple(pair for pair in settings.defaults if pair[0] not in dict(now.defaults)),
        settings.only if now.only is None else (),
    )
    if not kept.options:
        return
    import shlex  # rarely needed

    left_out = [entry.abbreviation for entry in CATALOG if entry.abbreviation not in kept.only] if kept.only else []
    more = f"; --all-snippets adds {', '.join(left_out)}" if left_out else ""
    options = shlex.join(kept.options)
    say(f"{destination.editor.name}: {options}, as chosen before in {one_line(destination.folder)}{more}\n")


def print_left(backups: Sequence[Path], installed: InstalledFiles) -> None:
    """Name the backups that `uninstall` has not restored."""
    known = {name for file in installed.values() for name in file.kept}
    for backup in backups:
        why = (
            "kept by an earlier --force" if str(backup) in known else "which the list of installed files does not name"
        )
        say(f"left: {one_line(backup)}, {why}\n")


def print_clashes(paths: Sequence[Path]) -> None:
    """Name the user's own files with live templates of our group."""
    for path in paths:
        complain(
            f"{str(path)!r} has live templates of the group 'seedblock' too, and the IDE loads only one file of a group:"
            " give that group another name, or remove the file"
        )


def print_state(state: Path | None, problem: str) -> None:
    """Print what it means if the list of installed files cannot be written."""
    if problem:
        place = "anywhere" if state is None else f"in {str(state)!r}"
        complain(
            f"the list of installed files cannot be written {place} ({problem}):"
            " a later version of seedblock will ask for --force before it replaces these files"
        )
