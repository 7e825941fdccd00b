"""VS Code snippets: one JSON file, in the subset of the grammar that its kin (Cursor, Zed, Neovim ...) read alike:
`$n`, `${n:text}`, one `$0`; no choices, variables or transforms. The grammar is that of VS Code's snippetParser.
"""

import re
from collections.abc import Iterable, Sequence

from seedblock.errors import VerificationError
from seedblock.rendering.model import Field, RenderedFile, Snippet
from seedblock.rendering.targets import refuse
from seedblock.rendering.targets.tabstops import TEXT, dump, escape, read, unescape

PATH = "vscode/seedblock.code-snippets"


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "\r", "VS Code reads it as the end of a line")
    refuse(snippets, r"^ *\t", "VS Code reads a tab at the start of a line as one level of indentation")
    return (dump(PATH, snippets, _body, scope="python"),)


def show(snippet: Snippet) -> RenderedFile:
    return render((snippet,))[0]


def meant(snippets: Iterable[Snippet]) -> dict[str, str]:
    return {snippet.abbreviation: snippet.code for snippet in snippets}


def expand(file: RenderedFile) -> dict[str, str]:
    return read(file, _expand)


def _body(snippet: Snippet) -> str:
    numbers = {field: number for number, field in enumerate(snippet.fields, start=1)}
    parts, seen = [], set[Field]()
    for part in snippet.parts:
        if isinstance(part, str):
            parts.append(escape(part))
        elif part in seen:
            parts.append(f"${{{numbers[part]}}}")  # in braces: a digit may follow
        else:
            parts.append(f"${{{numbers[part]}:{escape(part.default)}}}")
            seen.add(part)
    # A tab is one level in a file of any indentation, where four spaces would stay four.
    indented = re.sub("^(?: {4})+", lambda match: "\t" * (len(match[0]) // 4), "".join(parts), flags=re.MULTILINE)
    return indented + "$0"


_TOKEN = re.compile(rf"\\([\\$}}])|\$\{{(\d+)(?::({TEXT}))?\}}|\$0\Z|([^\\$}}]+)", re.DOTALL)


def _expand(body: str) -> str:
    """Insert `body` into a file indented by four spaces. Raises VerificationError outside the portable subset."""
    values: dict[str, str] = {}
    text, position = "", 0
    body = re.sub("^\t+", lambda match: "    " * len(match[0]), body, flags=re.MULTILINE)
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None:
            raise VerificationError(f"not in the portable subset of VS Code's grammar: {body[position:][:20]!r}")
        escaped, stop, default, literal = token.groups()
        if stop:
            text += values.setdefault(stop, unescape(default or ""))
        else:
            text += escaped or literal or ""
        position = token.end()
    return text
