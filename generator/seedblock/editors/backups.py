"""The backups that `--force` made of the user's files. Only reads."""

import os
from collections.abc import Sequence
from pathlib import Path

from seedblock.editors.installed import InstalledFiles
from seedblock.editors.links import without_links
from seedblock.writing import disk
from seedblock.writing.plan import REMOVED, RESTORED, Action


def listed_backups(installed: InstalledFiles) -> dict[Path, list[Path]]:
    """Map each installed file, as `without_links`, to its backups that still exist, each once, latest last."""
    found = dict[Path, dict[Path, Path]]()
    for path, file in installed.items():
        backups = found.setdefault(without_links(path), {})
        for name in filter(os.path.lexists, file.kept):
            backups.setdefault(without_links(Path(name)), Path(name))
    return {path: list(backups.values()) for path, backups in found.items()}


def backups_left(actions: Sequence[Action], installed: InstalledFiles) -> list[Path]:
    """List the backups that `actions` do not restore, of files that they take away."""
    listed, left = listed_backups(installed), list[Path]()
    for action in actions:
        if action.verb in (REMOVED, RESTORED):
            # Also what is not listed: the list may have been broken or lost since.
            beside, named = (
                disk.backups_beside(action.path, of_snippets=True),
                listed.get(without_links(action.path), []),
            )
            backups = {without_links(backup): backup for backup in (*beside, *named)}
            left += [backup for backup in backups.values() if backup != action.backup]
    return left
