"""Paths that lead to one file because a folder is a link, as in many dotfiles. Only reads."""

import os
from collections.abc import Iterable
from pathlib import Path


def without_links(path: Path) -> Path:
    """Return where `path` really is. A link at `path` itself is not followed: it is a file of its own."""
    return Path(os.path.realpath(path.parent)) / path.name


def first_names(paths: Iterable[Path]) -> dict[Path, Path]:
    """Map each path to the first of `paths` that leads to the same file."""
    first = dict[Path, Path]()
    return {path: first.setdefault(without_links(path), path) for path in paths}
