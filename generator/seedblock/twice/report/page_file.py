"""The file of a page: recognised by its content, and written in place of an earlier one."""

from pathlib import Path

from seedblock.twice.report.page import GENERATOR
from seedblock.writing import disk
from seedblock.writing.plan import FILE, NOTHING

MARK = f'<meta name="generator" content="{GENERATOR}">'


def is_page(path: Path) -> bool:
    """Tell by its content whether a file is a page that `twice` wrote."""
    if disk.standing(path) != FILE:
        return False
    with path.open("rb") as file:
        return MARK.encode() in file.read(1000)


def keep_page(page: str, at: Path) -> Path | None:
    """Write a page to `at` in place of an earlier one. Anything else there is renamed; return its new path."""
    content = page.encode("utf-8", "backslashreplace")
    backup = None if disk.standing(at) == NOTHING or is_page(at) else disk.free_name(at)
    disk.put({at: content}, {} if backup is None else {at: backup})
    return backup
