"""How what was made in a scratch folder takes its final place, and how a killed run's replacement is undone."""

import json
import os
from pathlib import Path

from seedblock import signals
from seedblock.terminal import one_line, remark
from seedblock.writing import disk
from seedblock.writing.exchange import exchange

_NOTE, _OLD = ".seedblock.replacing", ".seedblock.old"


def replace(new: Path, at: Path) -> None:
    """Put `new`, which lies in a scratch folder beside `at`, in its place; what was there goes with the scratch folder.

    At every moment `at` is the old or the new one. Where the system cannot do that, a note tells the next run what to put
    back. Raises OSError.
    """
    with signals.held():
        if exchange(new, at):
            return
        (new.parent / _NOTE).write_text(json.dumps([at.name, new.name]), encoding="ascii")
        at.rename(new.parent / _OLD)
        try:
            new.rename(at)
        except OSError:
            (new.parent / _OLD).rename(at)
            raise


def put_back(folder: Path) -> None:
    """Undo the replacement that a killed run has not finished."""
    try:
        names = json.loads(disk.inspect(folder / _NOTE).content)
        at, new = (Path(str(name)).name for name in names)
        place = folder.parent / at
        if os.path.lexists(folder / new) and os.path.lexists(folder / _OLD):
            (folder / _OLD).rename(place := disk.free_name(place) if os.path.lexists(place) else place)
            remark(f"{one_line(place)} is back: a run was killed before it had replaced it")
    except (OSError, ValueError, TypeError, RecursionError):  # there is none, or it was not written to its end
        return


def replace_and_keep(new: Path, at: Path, backup: Path) -> None:
    """Put `new` at `at`; what was there is kept as `backup`. Raises OSError."""
    with signals.held():
        new.rename(backup)
        if not exchange(backup, at):
            backup.rename(new)
            at.rename(backup)
            new.rename(at)
