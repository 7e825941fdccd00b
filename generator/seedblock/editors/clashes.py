"""Live templates that hide ours: a JetBrains IDE loads one file of each group. Only reads."""

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from seedblock.editors.destinations import Destination
from seedblock.editors.known import LIVE_TEMPLATES
from seedblock.editors.links import first_names

# The file is searched and not parsed, so a malicious one can do no harm. The group stands in its first element.
_SAME_GROUP = re.compile(r"""<templateSet\s[^>]*\bgroup\s*=\s*["']seedblock["']""")
_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
_HEAD_BYTES = 10_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def find_clashes(destinations: Iterable[Destination]) -> list[Path]:
    """List the user's own files with live templates of our group."""
    ours = [one.folder / LIVE_TEMPLATES for one in destinations if LIVE_TEMPLATES in one.files]
    others = [path for own in ours for path in _others(own)]
    return [path for path in dict.fromkeys(first_names(others).values()) if _SAME_GROUP.search(_head(path))]


def _others(ours: Path) -> Iterator[Path]:
    return (path for path in sorted(ours.parent.glob("*.xml")) if path != ours and path.is_file())


def _head(path: Path) -> str:
    """Return the first characters of an XML file without its comments; "" if it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return ""
    return _COMMENT.sub("", head.decode("utf-16" if head.startswith(_UTF_16) else "utf-8", "replace"))
