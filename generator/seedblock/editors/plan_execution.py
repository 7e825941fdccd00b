"""Carrying out an install plan: the list of installed files is read first, then written before and after the changes."""

from collections.abc import Sequence
from pathlib import Path

from seedblock import signals
from seedblock.editors.destinations import Destination
from seedblock.editors.install_plan import Plan
from seedblock.editors.installed import InstalledFiles, read_installed, write_installed
from seedblock.terminal import complain
from seedblock.writing import disk


def read_or_complain(state: Path | None) -> InstalledFiles:
    """Read the list of installed files. If that fails, say so and return an empty one."""
    try:
        return read_installed(state)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        complain(f"the list of installed files in {str(state)!r} cannot be read ({reason}): those files count as yours")
        return {}


def execute(plan: Plan, destinations: Sequence[Destination], state: Path | None, installed: InstalledFiles) -> str:
    """Change the disk. Return why the list of installed files cannot be written; "" if it can."""
    with signals.held():
        both = {**installed, **plan.installed}
        problem = _write(state, installed, both)  # first, so that a killed run's files are known as ours
        disk.carry_out(plan.actions, {destination.folder for destination in destinations})
        return _write(state, both, plan.installed) or problem


def _write(state: Path | None, old: InstalledFiles, new: InstalledFiles) -> str:
    try:
        if new != old:
            write_installed(state, new)
    except OSError as error:
        return error.strerror or str(error)
    return ""
