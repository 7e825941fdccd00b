"""The file of a page: known as ours by the digest of its content that it carries, and written in place of an earlier one."""

import re
from pathlib import Path

from seedblock.twice.report.page import GENERATOR
from seedblock.writing import disk
from seedblock.writing.plan import FILE, NOTHING, digest

HEAD_BYTES, MAX_PAGE_BYTES = 1000, 100_000_000
_MARK = f'<meta name="generator" content="{GENERATOR}'.encode()
_SEAL = re.compile(re.escape(_MARK) + b' ([0-9a-f]{64})">')


def is_page(path: Path) -> bool:
    """Tell whether a file is a page that `twice` wrote and nobody has changed since."""
    if disk.standing(path) != FILE or path.stat().st_size > MAX_PAGE_BYTES:
        return False
    content = path.read_bytes()
    found = _SEAL.search(content, 0, HEAD_BYTES)
    return found is not None and found[1].decode() == digest(content[: found.start(1) - 1] + content[found.end(1) :])


def keep_page(page: str, at: Path) -> Path | None:
    """Write a page to `at` in place of an earlier one. Anything else there is renamed; return its new path."""
    content = _sealed(page.encode("utf-8", "backslashreplace"))
    backup = None if disk.standing(at) == NOTHING or is_page(at) else disk.free_name(at)
    disk.put({at: content}, {} if backup is None else {at: backup})
    return backup


def _sealed(page: bytes) -> bytes:
    """Put the digest of a page into its own mark."""
    return page.replace(_MARK, _MARK + f" {digest(page)}".encode(), 1)
