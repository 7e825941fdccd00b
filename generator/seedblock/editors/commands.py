"""The commands install, uninstall and bundle, with their arguments."""

import argparse
from contextlib import nullcontext

from seedblock import __version__
from seedblock.editors.backups import backups_left
from seedblock.editors.clashes import find_clashes
from seedblock.editors.destinations import Destination, Destinations, find_destinations
from seedblock.editors.earlier_settings import drop_defaults, merge
from seedblock.editors.install_plan import plan_install, plan_uninstall
from seedblock.editors.installed import InstalledFiles, lock_state, state_folder
from seedblock.editors.known import EDITORS
from seedblock.editors.listed_folders import add_installed, find_earlier, listed_folders
from seedblock.editors.messages import print_clashes, print_kept, print_left, print_result, print_state
from seedblock.editors.plan_execution import execute, read_or_complain
from seedblock.editors.this_machine import folders_of
from seedblock.errors import DONE, NO, UsageError, gather
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.options import add_force, add_only, add_out, add_set, read_out
from seedblock.rendering.product import render_catalog
from seedblock.rendering.settings import Settings, apply, parse
from seedblock.terminal import complain, one_line, say
from seedblock.writing import folder

DIST_FOLDER = "dist"


def add_install(command: argparse.ArgumentParser) -> None:
    command.description = "Install the snippets into editors. Without EDITOR, list those found here."
    _add_editors(command, "install into every editor found")
    add_force(command)
    add_only(command)
    command.add_argument("--all-snippets", action="store_true", help="all snippets again, after an earlier --only")
    add_set(command)


def add_uninstall(command: argparse.ArgumentParser) -> None:
    command.description = "Remove what `install` wrote. Files that you have changed are left alone."
    _add_editors(command, "remove everything that `install` ever wrote")


def add_bundle(command: argparse.ArgumentParser) -> None:
    command.description = "Write archives that editors can import, also where seedblock is not installed."
    add_out(command, DIST_FOLDER)
    add_force(command)
    add_only(command)
    add_set(command)


def _add_editors(command: argparse.ArgumentParser, all_help: str) -> None:
    command.usage = "%(prog)s [options] [EDITOR ...]"
    command.add_argument("editors", metavar="EDITOR", nargs="*", help=f"one of {', '.join(EDITORS)}")
    command.add_argument("--all", action="store_true", help=all_help)
    command.add_argument(
        "--config-dir", metavar="DIR", help="the editor's folder, if it is not found (for VS Code: User)"
    )
    command.add_argument("--workspace", metavar="DIR", help="for everyone who opens this folder in VS Code or a fork")
    command.add_argument("--dry-run", action="store_true", help="print what would be done, and change nothing")


def install(arguments: argparse.Namespace) -> int:
    if not arguments.editors and not arguments.all:
        return _list_found(arguments)
    destinations, now = gather(
        lambda: find_destinations(arguments),
        lambda: parse(CATALOG, arguments.set, arguments.only, arguments.all_snippets),
    )
    if not destinations.found:
        return _nothing_found()
    state = state_folder()
    with nullcontext() if arguments.dry_run else lock_state(state):
        installed = read_or_complain(state, arguments.dry_run)
        chosen = [(destination, _settings_for(destination, installed, now)) for destination in destinations.found]
        plan = plan_install(chosen, installed, arguments.force)
        problem = "" if arguments.dry_run else execute(plan, destinations.found, state, installed)
    for destination, settings in chosen:
        print_kept(destination, settings, now)
    code = print_result(plan, destinations, arguments.dry_run, installing=True)
    print_clashes(find_clashes(destinations.found))
    print_state(state, problem)
    return code


def uninstall(arguments: argparse.Namespace) -> int:
    if not arguments.editors and not arguments.all:
        raise UsageError("name an editor, or give --all")
    state = state_folder()
    destinations = find_destinations(arguments, listed_folders(state))
    with nullcontext() if arguments.dry_run else lock_state(state):
        installed = read_or_complain(state, arguments.dry_run)
        if arguments.all:
            destinations = Destinations(add_installed(destinations.found, installed))
        plan = plan_uninstall(destinations.found, installed)
        left = backups_left(plan.actions, installed)
        if not arguments.dry_run:
            execute(plan, destinations.found, state, installed)
    code = print_result(plan, destinations, arguments.dry_run, installing=False)
    print_left(left, installed)
    return code


def bundle(arguments: argparse.Namespace) -> int:
    from seedblock.editors.archive_extras import read_extras
    from seedblock.editors.archives.bundle import bundle_all

    out, settings = gather(lambda: read_out(arguments.out), lambda: parse(CATALOG, arguments.set, arguments.only))
    entries = apply(settings, CATALOG)
    archives = bundle_all(render_catalog(entries), entries, read_extras(), __version__)
    return folder.print_actions(folder.write_out(out, archives, arguments.force), out)


def _list_found(arguments: argparse.Namespace) -> int:
    given = (arguments.config_dir, arguments.workspace, arguments.force, arguments.set, arguments.only)
    if any(value not in (None, False, []) for value in given):
        raise UsageError(f"name an editor: {', '.join(EDITORS)}")
    width = max(map(len, EDITORS))
    found = [(editor.name, path) for editor in EDITORS.values() for path in folders_of(editor)]
    for name, path in found:
        say(f"{name:{width}}  {one_line(path)}\n")
    return DONE if found else _nothing_found()


def _nothing_found() -> int:
    complain(f"no editor found: looked for {', '.join(EDITORS)}")
    return NO


def _settings_for(destination: Destination, installed: InstalledFiles, now: Settings) -> Settings:
    """The settings for this folder: those given now, else those of an earlier run."""
    earlier, dropped = find_earlier(destination, installed)
    for option in dropped:
        complain(f"{destination.editor.name}: dropping the earlier {option!r}, which this version does not know")
    return drop_defaults(merge(earlier, now), CATALOG)


COMMANDS = {
    "install": (add_install, install),
    "uninstall": (add_uninstall, uninstall),
    "bundle": (add_bundle, bundle),
}
