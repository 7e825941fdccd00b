"""The folders that runs work in: temporary ones, and copies of the working folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seedblock.errors import UsageError
from seedblock.writing import disk
from seedblock.writing.plan import FILE, FOLDER, LINK

# Not searched for what a run has written: they hold many files, and no results of a script.
SKIPPED_FOLDERS = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints"})
MAX_FILES = 20_000  # searched for what a run has written, roughly


@contextmanager
def scratch(beside: Path | None = None) -> Iterator[Path]:
    """Make a temporary folder that is removed after the block: in the system's usual place, or next to `beside`."""
    folder = Path(tempfile.mkdtemp(prefix=".seedblock-" if beside else "seedblock-", dir=beside and beside.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)  # a process of the run may have made one more file meanwhile


def copy(folder: Path, to: Path) -> Path:
    """Copy a working folder. Links out of it keep their targets; pipes, sockets and devices are left out.

    Raises UsageError that names each file that cannot be copied.
    """

    def ignored(place: str, names: list[str]) -> list[str]:
        known = (FILE, FOLDER, LINK)
        paths = [Path(place) / name for name in names]
        return [path.name for path in paths if disk.standing(path) not in known or to.is_relative_to(path)]

    try:
        shutil.copytree(folder, to, symlinks=True, ignore=ignored)
    except shutil.Error as error:
        raise UsageError(*(f"--fresh cannot copy {source!r}: {why}" for source, _, why in error.args[0])) from None
    for path in (Path(place) / name for place, inner, names in os.walk(to) for name in (*inner, *names)):
        if path.is_symlink() and not Path(target := path.readlink()).is_absolute():
            source = folder / path.relative_to(to)
            leads = Path(os.path.normpath(source.parent / target))
            if not leads.is_relative_to(folder):
                path.unlink()
                path.symlink_to(leads)
    return to


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """List the files in a folder and its subfolders with their sizes and modification times (in nanoseconds).

    Compared before and after a run, they tell what it has written.
    """
    found: dict[str, tuple[int, int]] = {}
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(set(inner) - SKIPPED_FOLDERS)
        for name in sorted(names):
            path = os.path.join(place, name)  # noqa: PTH118 - pathlib is slow for so many files
            try:
                found[os.path.relpath(path, folder)] = ((status := os.lstat(path)).st_size, status.st_mtime_ns)
            except OSError:
                continue
        if len(found) > MAX_FILES:
            break
    return found
