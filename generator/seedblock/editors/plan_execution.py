"""Carrying out an install plan: the list of installed files is read first, then written before and after the changes."""

from collections.abc import Sequence
from pathlib import Path

from seedblock import signals
from seedblock.editors.destinations import Destination
from seedblock.editors.install_plan import Plan
from seedblock.editors.installed import InstalledFile, InstalledFiles, read_installed, set_aside, write_installed
from seedblock.terminal import complain
from seedblock.writing import disk
from seedblock.writing.plan import is_ours


def read_or_complain(state: Path | None, changes_nothing: bool) -> InstalledFiles:
    """Read the list of installed files. If that fails, set it aside, say so and return an empty one."""
    try:
        return read_installed(state)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        kept = "" if changes_nothing or state is None else _set_aside(state)
        complain(
            f"the list of installed files in {str(state)!r} cannot be read ({reason}){kept}:"
            " what it lists counts as yours, unless this version writes the same"
        )
        return {}


def _set_aside(state: Path) -> str:
    try:
        return f", and is kept as {str(set_aside(state))!r}"
    except OSError:
        return ""


def execute(plan: Plan, destinations: Sequence[Destination], state: Path | None, installed: InstalledFiles) -> str:
    """Change the disk. Return why the list of installed files cannot be written; "" if it can."""
    with signals.held():
        both = {**installed, **plan.installed}
        problem = _write(state, installed, both)  # first, so that a killed run's files are known as ours
        try:
            disk.carry_out(plan.actions, {destination.folder for destination in destinations})
        except BaseException:
            written = {path: file for path, file in both.items() if path in installed or _is_there(path, file)}
            _write(state, both, written)
            raise
        return _write(state, both, plan.installed) or problem


def _is_there(path: Path, file: InstalledFile) -> bool:
    try:
        return is_ours(disk.inspect(path), file.digests)
    except OSError:
        return False


def _write(state: Path | None, old: InstalledFiles, new: InstalledFiles) -> str:
    try:
        if new != old:
            write_installed(state, new)
    except OSError as error:
        return error.strerror or str(error)
    return ""
