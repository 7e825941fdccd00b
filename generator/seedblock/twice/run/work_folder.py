"""What is in the working folder, and what a run has written there."""

import os
from pathlib import Path

# Not searched for what a run has written: they hold many files, and no results of a script.
SKIPPED_FOLDERS = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints"})
MAX_FILES = 20_000  # searched for what a run has written, roughly


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
