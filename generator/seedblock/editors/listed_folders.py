"""What the list of installed files says of folders. Only reads."""

import os
from collections.abc import Sequence
from pathlib import Path

from seedblock.editors.destinations import PROJECT, Destination
from seedblock.editors.earlier_settings import drop_unknown
from seedblock.editors.installed import InstalledFile, InstalledFiles, read_installed
from seedblock.editors.known import EDITORS, WORKSPACE_FILES
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.settings import Settings


def listed_folders(state: Path | None) -> list[tuple[str, Path]]:
    """List each owner and folder, before the list is locked; none if it cannot be read."""
    try:
        return sorted({(file.owner, Path(file.folder)) for file in read_installed(state).values()})
    except (OSError, ValueError):
        return []


def find_earlier(destination: Destination, installed: InstalledFiles) -> tuple[Settings, list[str]]:
    """Find the settings of an earlier run for this folder, and the options that this version does not know.

    Those of another editor count too if it has the same folder by a link, since the two share their files.
    """
    here, ours = os.path.realpath(destination.folder), (destination.owner, str(destination.folder))
    found = [
        file
        for file in installed.values()
        if os.path.realpath(file.folder) == here
        and (one := _destination_of(file)) is not None
        and one.files is destination.files
    ]
    if not found:
        return Settings(), []
    nearest = min(found, key=lambda file: (file.owner, file.folder) != ours)
    return drop_unknown(Settings(tuple(sorted(nearest.settings.items())), nearest.only), CATALOG)


def add_installed(found: Sequence[Destination], installed: InstalledFiles) -> tuple[Destination, ...]:
    """Add every folder that something was installed into, such as a project or one given with --config-dir."""
    known = [one for file in installed.values() if (one := _destination_of(file)) is not None]
    return tuple({(destination.owner, destination.folder): destination for destination in (*known, *found)}.values())


def _destination_of(file: InstalledFile) -> Destination | None:
    if file.owner == PROJECT:
        return Destination(EDITORS["vscode"], Path(file.folder), WORKSPACE_FILES)
    editor = EDITORS.get(file.owner)
    return Destination(editor, Path(file.folder), editor.files) if editor else None
