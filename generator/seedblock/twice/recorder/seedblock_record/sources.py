"""The digest of a file of which a line is named: the report shows the line only if the file is still the same."""

from __future__ import annotations

import os
import stat
import sys

MAX_BYTES = 10_000_000  # of a file that is digested

# Python names the script as its command line does, and the script may change its working folder.
try:
    _BEGAN_IN = os.getcwd()
except OSError:  # it is gone
    _BEGAN_IN = ""


def source_digest(filename: str) -> str | None:
    """The SHA-256 of a file; None if it is no regular file, as with `python <(...)`. Raises OSError."""
    filename = os.path.join(_BEGAN_IN, filename)
    status = os.stat(filename)
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
        return None
    file = os.open(filename, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    try:
        data = os.read(file, status.st_size + 1)
    finally:
        os.close(file)
    # Not hashlib: the script may have a module of that name.
    return str(__import__("_sha2" if sys.version_info >= (3, 12) else "_sha256").sha256(data).hexdigest())
