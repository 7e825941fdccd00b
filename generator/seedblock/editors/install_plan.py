"""What installing and uninstalling will change, decided from the list of installed files and the disk. Only reads."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock import __version__
from seedblock.editors.archives import notebooks, vscode_extension
from seedblock.editors.destinations import PROJECT, Destination
from seedblock.editors.earlier_settings import drop_unknown
from seedblock.editors.installed import InstalledFile, InstalledFiles
from seedblock.editors.known import EDITORS, WORKSPACE_FILES, match_files
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.product import render_catalog
from seedblock.rendering.settings import Settings, apply
from seedblock.writing import disk
from seedblock.writing.plan import REFUSED, REPLACED, Action, plan_removing, plan_writing, possible_digests


class Plan(NamedTuple):
    """The actions, and the list of installed files after them."""

    actions: tuple[Action, ...]
    installed: InstalledFiles


def plan_install(chosen: Sequence[tuple[Destination, Settings]], installed: InstalledFiles, force: bool) -> Plan:
    """Give each folder the snippets its settings name, and remove files that are no longer wanted."""
    wanted, whose = dict[Path, bytes](), dict[Path, tuple[Destination, Settings]]()
    rendered = {settings: _render(settings) for settings in {settings for _, settings in chosen}}
    for destination, settings in chosen:
        contents = _contents(destination, rendered[settings])
        wanted |= contents
        whose |= dict.fromkeys(contents, (destination, settings))
    dropped = _installed_in([destination for destination, _ in chosen], installed) - wanted.keys()
    on_disk = {path: disk.inspect(path) for path in wanted.keys() | dropped}
    backups = {path: disk.free_name(path) for path in wanted} if force else None
    writing = plan_writing(wanted, on_disk, _digests(installed), backups)
    after = {path: file for path, file in installed.items() if path not in dropped}
    for action in writing:
        if action.verb != REFUSED:
            destination, settings = whose[action.path]
            kept = installed[action.path].kept if action.path in installed else ()
            after[action.path] = InstalledFile(
                destination.owner,
                str(destination.folder),
                tuple(sorted(possible_digests(action, wanted[action.path], on_disk[action.path]))),
                dict(settings.defaults),
                settings.only or (),
                (*kept, str(action.backup)) if action.verb == REPLACED else kept,
            )
    return Plan((*writing, *plan_removing(dict.fromkeys(dropped), on_disk, _digests(installed))), after)


def plan_uninstall(destinations: Sequence[Destination], installed: InstalledFiles) -> Plan:
    """Remove what was ever written into these folders, and restore the latest backup of each file."""
    wanted: dict[Path, bytes | None] = dict.fromkeys(_installed_in(destinations, installed))
    rendered = _render(Settings())
    for destination in destinations:
        wanted |= _contents(destination, rendered)  # also a file that was copied by hand
    on_disk = {path: disk.inspect(path) for path in wanted}
    latest = {path: backups[-1] for path in wanted if (backups := backups_of(path, installed))}
    actions = plan_removing(wanted, on_disk, _digests(installed), latest)
    return Plan(actions, {path: file for path, file in installed.items() if path not in wanted})


def backups_of(path: Path, installed: InstalledFiles) -> list[Path]:
    """List the backups that `--force` made of the file at `path` and that still exist, latest last."""
    return [Path(name) for name in installed[path].kept if os.path.lexists(name)] if path in installed else []


def find_earlier(destination: Destination, installed: InstalledFiles) -> tuple[Settings, list[str]]:
    """Find the settings of an earlier run for this folder, and the options that this version does not know."""
    here = (destination.owner, str(destination.folder))
    for file in installed.values():
        if (file.owner, file.folder) == here:
            return drop_unknown(Settings(tuple(sorted(file.settings.items())), file.only), CATALOG)
    return Settings(), []


def add_installed(found: Sequence[Destination], installed: InstalledFiles) -> tuple[Destination, ...]:
    """Add every folder that something was installed into, such as a project or one given with --config-dir."""
    known = []
    for file in installed.values():
        if file.owner == PROJECT:
            known.append(Destination(EDITORS["vscode"], Path(file.folder), WORKSPACE_FILES))
        elif file.owner in EDITORS:
            known.append(Destination(EDITORS[file.owner], Path(file.folder), EDITORS[file.owner].files))
    return tuple({(destination.owner, destination.folder): destination for destination in (*known, *found)}.values())


def _installed_in(destinations: Sequence[Destination], installed: InstalledFiles) -> set[Path]:
    folders = {(destination.owner, str(destination.folder)) for destination in destinations}
    return {path for path, file in installed.items() if (file.owner, file.folder) in folders}


def _digests(installed: InstalledFiles) -> Collection[str]:
    return {value for file in installed.values() for value in file.digests}


def _contents(destination: Destination, rendered: Mapping[str, bytes]) -> dict[Path, bytes]:
    paths = match_files(destination.files, rendered)
    return {destination.folder / path: rendered[source] for path, source in paths.items()}


def _render(settings: Settings) -> Mapping[str, bytes]:
    entries = apply(settings, CATALOG)
    rendered = render_catalog(entries)
    cells = (*notebooks.jupyter(rendered, entries), *notebooks.elyra(rendered, entries))
    made = (*vscode_extension.folder(rendered, __version__), *cells)
    return {file.path: file.text.encode() for file in (*rendered, *made)}
