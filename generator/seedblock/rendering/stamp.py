"""The first line of a whole file, which tells it from others, and of a block. Pure."""

import hashlib
import re
from typing import NamedTuple

from seedblock import __version__

ORIGIN = f"# seedblock {__version__}, MIT licence: for the top level of a script, below any `from __future__`\n"
_LINE = re.compile(rb"# (\w+)\.py of seedblock (\d{1,9}(?:\.\d{1,9})*), MIT licence, digest ([0-9a-f]{16})\n")


class Stamp(NamedTuple):
    """What the first line of a file says. `changed` tells that the lines below it are not as they were rendered."""

    name: str
    version: tuple[int, ...]
    changed: bool


def first_line(name: str, rest: str) -> str:
    """Say what a file is, of which version, and give a digest of `rest`, all that is below this line."""
    # The targets say where half a surrogate pair is, so it must not be an error here.
    digest = _digest(rest.encode("utf-8", "surrogatepass"))
    return f"# {name}.py of seedblock {__version__}, MIT licence, digest {digest}\n"


def read_stamp(content: bytes) -> Stamp | None:
    """Read the first line of a file with LF line ends; None if it is not as `first_line` writes it."""
    found = _LINE.match(content)
    if found is None:
        return None
    name, version, digest = (group.decode() for group in found.groups())
    return Stamp(name, tuple(map(int, version.split("."))), _digest(content[found.end() :]) != digest)


def _digest(rest: bytes) -> str:
    return hashlib.sha256(rest).hexdigest()[:16]
