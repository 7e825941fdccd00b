"""Zed snippets: one JSON file for Python, in the part of VS Code's grammar that Zed's crates/snippet reads.

A second place of a stop stays empty in Zed until something is typed, so each place has the default; and a tab may stay
a tab among blanks (zed-industries/zed#15461), so indentation is blanks.
"""

import re
from collections.abc import Sequence

from seedblock.errors import VerificationError
from seedblock.rendering.model import RenderedFile, Snippet
from seedblock.rendering.targets import refuse
from seedblock.rendering.targets.tabstops import TEXT, dump, escape, make_entry, read_entries, unescape

PATH = "zed/python.json"


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "\r", "Zed reads it as the end of a line")
    refuse(snippets, r"^ *\t", "Zed may leave a tab at the start of a line as it is, among blanks")
    return (dump(PATH, {snippet.title: make_entry(snippet, _body(snippet)) for snippet in snippets}),)


def show(snippet: Snippet) -> RenderedFile:
    return render((snippet,))[0]


def expected(snippets: Sequence[Snippet]) -> dict[str, str]:
    return {snippet.abbreviation: snippet.code for snippet in snippets}


def expand(file: RenderedFile) -> dict[str, str]:
    return {name: _expand(body) for name, body, _ in read_entries(file)}


def _body(snippet: Snippet) -> str:
    numbers = {field: number for number, field in enumerate(snippet.fields, start=1)}
    parts = (
        escape(part) if isinstance(part, str) else f"${{{numbers[part]}:{escape(part.default)}}}"
        for part in snippet.parts
    )
    return "".join(parts) + "$0"


_TOKEN = re.compile(rf"\\([\\$}}])|\$\{{\d+:({TEXT})\}}|\$0\Z|([^\\$}}]+)", re.DOTALL)


def _expand(body: str) -> str:
    """Insert `body` as Zed does before anything is typed: every place has its own text."""
    text, position = "", 0
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None:
            raise VerificationError(f"not in the part of the grammar that Zed reads: {body[position:][:20]!r}")
        escaped, default, literal = token.groups()
        text += escaped or literal or unescape(default or "")
        position = token.end()
    return text
