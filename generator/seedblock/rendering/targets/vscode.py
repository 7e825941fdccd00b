"""VS Code snippets: one JSON file, in the subset of the grammar that other editors (Zed, Neovim ...) read the same way:
`$n`, `${n:text}`, one `$0`; no choices, variables or transforms. The grammar is that of VS Code's snippetParser.

An entry for selected code has a variable that only VS Code and its forks know. It has no prefix, so it is offered under
*Surround With Snippet* and not while typing.
"""

import re
from collections.abc import Sequence

from seedblock.errors import VerificationError
from seedblock.rendering.model import FILE, SELECTION, Field, RenderedFile, Snippet, around
from seedblock.rendering.targets import refuse
from seedblock.rendering.targets.tabstops import TEXT, dump, escape, make_entry, read_entries, unescape

PATH = "vscode/seedblock.code-snippets"
_SELECTION = "${TM_SELECTED_TEXT}"


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "\r", "VS Code reads it as a line end")
    refuse(snippets, r"^ *\t", "VS Code turns a tab at the start of a line into one level of indentation")
    entries = {}
    for snippet in snippets:
        file = {"isFileTemplate": True} if snippet.form == FILE else {}
        entries[snippet.title] = make_entry(snippet, _body(snippet), scope="python", **file)
    for snippet in around(snippets):
        entries[snippet.title] = make_entry(snippet, _body(snippet), scope="python")
        del entries[snippet.title]["prefix"]
    return (dump(PATH, entries),)


def show(snippet: Snippet) -> RenderedFile:
    return render((snippet,))[0]


def expected(snippets: Sequence[Snippet]) -> dict[str, str]:
    codes = {snippet.abbreviation: snippet.code for snippet in snippets}
    return codes | {snippet.title: snippet.code for snippet in around(snippets)}


def expand(file: RenderedFile) -> dict[str, str]:
    return {
        name: _expand(body if has_prefix else body.replace(_SELECTION, ""))
        for name, body, has_prefix in read_entries(file)
    }


def _body(snippet: Snippet) -> str:
    numbers = {field: number for number, field in enumerate(snippet.fields, start=1)}
    parts, seen = [], set[Field]()
    for part in snippet.parts:
        if isinstance(part, str):
            parts.append(escape(part))
        elif part is SELECTION:
            parts.append(_SELECTION)
        elif part in seen:
            parts.append(f"${{{numbers[part]}}}")  # in braces: a digit may follow
        else:
            parts.append(f"${{{numbers[part]}:{escape(part.default)}}}")
            seen.add(part)
    # VS Code turns a tab into one level of the file's indentation, and leaves four spaces alone.
    indented = re.sub("^(?: {4})+", lambda match: "\t" * (len(match[0]) // 4), "".join(parts), flags=re.MULTILINE)
    return indented + "$0"


_TOKEN = re.compile(rf"\\([\\$}}])|\$\{{(\d+)(?::({TEXT}))?\}}|\$0\Z|([^\\$}}]+)", re.DOTALL)


def _expand(body: str) -> str:
    """Expand `body` as in a file indented by four spaces. Raises VerificationError outside the portable subset."""
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
