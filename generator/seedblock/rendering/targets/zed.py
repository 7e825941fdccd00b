"""Zed snippets: one JSON file for Python, in the subset of VS Code's grammar that Zed's crates/snippet reads.

In Zed, a repeated stop stays empty until something is typed, so each occurrence has the default. A tab
may remain among spaces (zed-industries/zed#15461), so bodies are indented with spaces.
"""

import re
from collections.abc import Sequence

from seedblock.errors import VerificationError
from seedblock.rendering.model import RenderedFile, Snippet
from seedblock.rendering.targets import refuse
from seedblock.rendering.targets.tabstops import TEXT, dump, escape, make_entry, read_entries, unescape

PATH = "zed/python.json"


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "\r", "Zed reads it as a line end")
    refuse(snippets, r"^ *\t", "Zed may leave a tab among the spaces at the start of a line")
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
    """Expand `body` as Zed does before anything is typed: each occurrence of a stop shows its own default."""
    text, position = "", 0
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None:
            raise VerificationError(f"not in the subset of the grammar that Zed reads: {body[position:][:20]!r}")
        escaped, default, literal = token.groups()
        text += escaped or literal or unescape(default or "")
        position = token.end()
    return text
