"""What VS Code and Zed share: a JSON file of entries, and the same characters escaped in a body."""

import json
import re
from collections.abc import Callable, Sequence

from seedblock.rendering.model import RenderedFile, Snippet

# The grammar of a place with its own text, after `${n:`.
TEXT = r"(?:\\[\\$}]|[^\\$}])*"


def dump(path: str, snippets: Sequence[Snippet], body: Callable[[Snippet], str], **more: str) -> RenderedFile:
    """Write an entry for each snippet, with `more` in each, its body line by line."""
    entries = {
        snippet.abbreviation: {
            "prefix": snippet.abbreviation,
            **more,
            "description": snippet.description,
            "body": body(snippet).split("\n"),
        }
        for snippet in snippets
    }
    return RenderedFile(path, json.dumps(entries, indent=2, ensure_ascii=False) + "\n")


def read(file: RenderedFile, expand: Callable[[str], str]) -> dict[str, str]:
    return {entry["prefix"]: expand("\n".join(entry["body"])) for entry in json.loads(file.text).values()}


def escape(text: str) -> str:
    return re.sub(r"[\\$}]", r"\\\g<0>", text)


def unescape(text: str) -> str:
    return re.sub(r"\\([\\$}])", r"\1", text)
