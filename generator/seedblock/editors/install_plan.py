"""What installing and uninstalling will change, decided from the list of installed files and the disk. Only reads."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock import __version__
from seedblock.editors.archives import notebooks, vscode_extension
from seedblock.editors.backups import listed_backups
from seedblock.editors.destinations import Destination
from seedblock.editors.installed import InstalledFile, InstalledFiles
from seedblock.editors.known import match_files
from seedblock.editors.links import first_names, without_links
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.product import render_catalog
from seedblock.rendering.settings import Settings, apply
from seedblock.writing import disk
from seedblock.writing.plan import (
    REFUSED,
    REPLACED,
    Action,
    plan_removing,
    plan_writing,
    possible_digests,
)


class Plan(NamedTuple):
    """The actions, and the list of installed files after them.

    Each file has one action, also where links give it several paths: `same` maps all of them to that of the action.
    """

    actions: tuple[Action, ...]
    installed: InstalledFiles
    same: Mapping[Path, Path]


def plan_install(chosen: Sequence[tuple[Destination, Settings]], installed: InstalledFiles, force: bool) -> Plan:
    """Give each folder the snippets its settings name, and remove files that are no longer wanted."""
    wanted, whose = dict[Path, bytes](), dict[Path, tuple[Destination, Settings]]()
    rendered = {settings: _render(settings) for settings in {settings for _, settings in chosen}}
    for destination, settings in chosen:
        contents = _contents(destination, rendered[settings])
        wanted |= contents
        whose |= dict.fromkeys(contents, (destination, settings))
    listed = _installed_in([destination for destination, _ in chosen], installed)
    same = first_names((*wanted, *listed))
    paths = set(same.values())
    written = {path: content for path, content in wanted.items() if path in paths}
    on_disk = {path: disk.inspect(path) for path in paths}
    backups = {path: disk.free_name(path, of_snippets=True) for path in written} if force else None
    writing = plan_writing(written, on_disk, _digests(installed), backups)
    removing = plan_removing(dict.fromkeys(paths - written.keys()), on_disk, _digests(installed))
    digests = {action.path: possible_digests(action, wanted[action.path], on_disk[action.path]) for action in writing}
    others = {path: file for path, file in installed.items() if path in wanted or path not in listed}
    return Plan((*writing, *removing), _after_writing(writing, digests, whose, others), same)


def _after_writing(
    actions: Sequence[Action],
    digests: Mapping[Path, Collection[str]],
    whose: Mapping[Path, tuple[Destination, Settings]],
    installed: InstalledFiles,
) -> InstalledFiles:
    """Note what is written under each path that leads to it, so that editors that share it have one choice too."""
    after = dict(installed)
    done = {action.path: action for action in actions if action.verb != REFUSED}
    for path, first in first_names((*whose, *installed)).items():
        if action := done.get(first):
            destination, _ = whose.get(path, (None, None))
            owner = (destination.owner, str(destination.folder)) if destination else installed[path][:2]
            _, settings = whose[first]
            kept = installed[path].kept if path in installed else ()
            after[path] = InstalledFile(
                *owner,
                tuple(sorted(digests[first])),
                dict(settings.defaults),
                settings.only or (),
                (*kept, str(action.backup)) if action.verb == REPLACED else kept,
            )
    return after


def plan_uninstall(destinations: Sequence[Destination], installed: InstalledFiles) -> Plan:
    """Remove what was ever written into these folders, and restore the latest backup of each file."""
    wanted, rendered = dict[Path, bytes | None](), _render(Settings())
    for destination in destinations:
        listed = dict.fromkeys(_installed_in([destination], installed))
        wanted |= {**listed, **_contents(destination, rendered)}  # also a file that was copied by hand
    same = first_names(wanted)
    paths = set(same.values())
    on_disk = {path: disk.inspect(path) for path in paths}
    backups = listed_backups(installed)
    latest = {path: known[-1] for path in paths if (known := backups.get(without_links(path)))}
    actions = plan_removing({path: wanted[path] for path in paths}, on_disk, _digests(installed), latest)
    gone = {without_links(path) for path in paths}
    after = {path: file for path, file in installed.items() if without_links(path) not in gone}
    return Plan(actions, after, same)


def _installed_in(destinations: Sequence[Destination], installed: InstalledFiles) -> list[Path]:
    folders = {(destination.owner, str(destination.folder)) for destination in destinations}
    return sorted(path for path, file in installed.items() if (file.owner, file.folder) in folders)


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
