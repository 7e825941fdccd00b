"""What VS Code and Zed share: a JSON file of entries, and the characters that are escaped in a body."""

import json
import re
from collections.abc import Iterator, Mapping

from seedblock.rendering.model import RenderedFile, Snippet

# The default of a stop, between `${n:` and `}`.
TEXT = r"(?:\\[\\$}]|[^\\$}])*"


def make_entry(snippet: Snippet, body: str, **more: object) -> dict[str, object]:
    """Make the entry of a snippet, with its body as a list of lines and `more` properties."""
    return {
        "prefix": snippet.abbreviation,
        **more,
        "description": snippet.description,
        "body": body.split("\n"),
    }


def dump(path: str, entries: Mapping[str, Mapping[str, object]]) -> RenderedFile:
    """Write entries keyed by title, which snippet lists show beside the prefix."""
    return RenderedFile(path, json.dumps(entries, indent=2, ensure_ascii=False) + "\n")


def read_entries(file: RenderedFile) -> Iterator[tuple[str, str, bool]]:
    """Yield the prefix of each entry (or its title, if it has none), its body, and whether it has a prefix."""
    for title, found in json.loads(file.text).items():
        yield found.get("prefix", title), "\n".join(found["body"]), "prefix" in found


def escape(text: str) -> str:
    return re.sub(r"[\\$}]", r"\\\g<0>", text)


def unescape(text: str) -> str:
    return re.sub(r"\\([\\$}])", r"\1", text)
