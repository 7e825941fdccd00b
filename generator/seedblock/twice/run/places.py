"""Where each run of a check works, and the command that it gets there."""

import contextlib
import itertools
import os
from pathlib import Path
from typing import NamedTuple

from seedblock.twice.run import fresh
from seedblock.twice.run.call import Call, elsewhere, moved
from seedblock.twice.run.folder_size import Selection, names
from seedblock.writing.removal import remove_at

TEMPORARY = ("TMPDIR", "TEMP", "TMP")
MAX_NAMES = 20_000  # in a working folder that is copied without being asked for
# In the copy for a control pair these are links: they are large, and no run writes there.
LINKED = Selection(frozenset({".venv", "venv", "node_modules"}))
SKIPPED = "__pycache__"
MAX_BESIDE = 2_000  # entries of the folder above


class Where(NamedTuple):
    """The folder of each run: the working folder; if `fresh`, a copy of it; if `other_folder`, an empty one after run 1.

    control: a copy at the same path for each pair of runs, with its own folder for temporary files, so that no path differs.
    It holds what `standing` names: what was there before run 1.
    """

    here: Path
    scratch: Path
    fresh: bool = False
    other_folder: bool = False
    control: bool = False
    standing: Selection = LINKED

    def noted(self) -> "Where":
        """Note what stands in the working folder before run 1, if that is not too much."""
        return self._replace(standing=LINKED._replace(only=names(self.here, self.scratch, LINKED, MAX_NAMES)))

    @property
    def is_small(self) -> bool:
        """Tell whether a copy for a control pair takes little time and space."""
        return self.standing.only is not None and fresh.is_small(self.here, self.scratch, self.standing)

    def finds_more(self, wrote: bool) -> bool:
        """Tell whether the second run of a control pair finds what the first one did not. wrote: whether that wrote files."""
        if not self.control or self.fresh or self.other_folder:
            return False
        if wrote:
            return True
        found = names(self._control, self.scratch, LINKED, MAX_NAMES)
        if found is None or self.standing.only is None:
            return True
        return any(SKIPPED not in Path(name).parts for name in found ^ frozenset(self.standing.only))

    def place(self, call: Call, number: int, first: bool, refreshed: bool = False) -> tuple[Path, Call]:
        """Make the folder of run `number`, and the command as it is there.

        first: whether it is the first of two. refreshed: whether a second run of a control pair finds nothing of the first.
        """
        if self.other_folder and not first:
            return self._empty(number), elsewhere(call, self.here)
        if self.control:
            folder = self._control
            if first or refreshed or self.fresh:
                self._link_what_is_beside()
                fresh.control_copy(self.here, folder, self.scratch, self.standing)
        elif self.fresh:
            folder = fresh.copy(self.here, self.scratch, number)
        else:
            return self.here, call
        return folder, moved(call, self.here, folder)

    def _empty(self, number: int) -> Path:
        folder = self._control if self.control else self.scratch / f"folder{number}"
        remove_at(folder)
        folder.mkdir(parents=True)
        return folder

    @property
    def _control(self) -> Path:
        return self.scratch / "control" / (self.here.name or "folder")

    def _link_what_is_beside(self) -> None:
        """Make `../data` lead to the same place from a copy."""
        remove_at(self.scratch / "control")
        (self.scratch / "control").mkdir()
        with contextlib.suppress(OSError):
            with os.scandir(self.here.parent) as entries:
                beside = list(itertools.islice(entries, MAX_BESIDE))
            for entry in beside:
                if entry.name != self._control.name and not Path(entry.path).is_relative_to(self.scratch):
                    (self.scratch / "control" / entry.name).symlink_to(entry.path, target_is_directory=entry.is_dir())

    def variables(self) -> dict[str, str]:
        """The variables of a run's own folder for temporary files, which is empty; none if it has the usual one."""
        if not self.control:
            return {}
        remove_at(folder := self.scratch / "tmp")
        folder.mkdir()
        return dict.fromkeys(TEMPORARY, str(folder))
