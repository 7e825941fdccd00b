"""Zed snippets: one JSON file for Python, in the part of VS Code's grammar that Zed's crates/snippet reads.

A second place of a stop stays empty in Zed until something is typed, so each place has the default; and a tab may stay
a tab among blanks (zed-industries/zed#15461), so indentation is blanks.
"""

import json
import re
from collections.abc import Sequence

from seedblock.errors import VerificationError
from seedblock.model import RenderedFile, Snippet
from seedblock.targets import refuse

PATH = "zed/python.json"


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "\r", "Zed reads it as the end of a line")
    refuse(snippets, r"^ *\t", "Zed may leave a tab at the start of a line as it is, among blanks")
    entries = {
        snippet.abbreviation: {
            "prefix": snippet.abbreviation,
            "description": snippet.description,
            "body": _body(snippet).split("\n"),
        }
        for snippet in snippets
    }
    return (RenderedFile(PATH, json.dumps(entries, indent=2, ensure_ascii=False) + "\n"),)


def show(snippet: Snippet) -> RenderedFile:
    return render((snippet,))[0]


def expand(file: RenderedFile) -> dict[str, str]:
    entries = json.loads(file.text)
    return {entry["prefix"]: _expand("\n".join(entry["body"])) for entry in entries.values()}


def _body(snippet: Snippet) -> str:
    numbers = {field: number for number, field in enumerate(snippet.fields, start=1)}
    parts = (
        _escape(part) if isinstance(part, str) else f"${{{numbers[part]}:{_escape(part.default)}}}"
        for part in snippet.body
    )
    return "".join(parts) + "$0"


def _escape(text: str) -> str:
    return re.sub(r"[\\$}]", r"\\\g<0>", text)


_TOKEN = re.compile(r"\\([\\$}])|\$\{\d+:((?:\\[\\$}]|[^\\$}])*)\}|\$0\Z|([^\\$}]+)", re.DOTALL)


def _expand(body: str) -> str:
    """Insert `body` as Zed does before anything is typed: every place has its own text."""
    text, position = "", 0
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None:
            raise VerificationError(f"not in the part of the grammar that Zed reads: {body[position:][:20]!r}")
        escaped, default, literal = token.groups()
        text += escaped or literal or re.sub(r"\\([\\$}])", r"\1", default or "")
        position = token.end()
    return text
