"""VS Code snippets: one JSON file, in the subset of the grammar that other editors (Zed, Neovim ...) read the same way:
`$n`, `${n:text}`, one `$0`; no choices, variables or transforms. The grammar is that of VS Code's snippetParser.

An entry for selected code has a variable that only VS Code and its forks know. It has no prefix, so it is offered under
*Surround With Snippet* and not while typing.
"""

import re
from collections.abc import Sequence

from seedblock.rendering.model import FILE, RenderedFile, Snippet, around
from seedblock.rendering.targets import refuse
from seedblock.rendering.targets.tabstops import (
    SPECIAL,
    TEXT,
    dump,
    levels_for_tabs,
    make_entry,
    read_entries,
    read_stops,
    tabs_for_levels,
    write_stops,
)

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
        name: read_stops(
            levels_for_tabs(body if has_prefix else body.replace(_SELECTION, "")),
            _TOKEN,
            "the portable subset of VS Code's grammar",
        )
        for name, body, has_prefix in read_entries(file)
    }


def _body(snippet: Snippet) -> str:
    # In braces: a digit may follow.
    return tabs_for_levels(write_stops(snippet, SPECIAL, lambda number: f"${{{number}}}", _SELECTION))


_TOKEN = re.compile(rf"\\([\\$}}])|\$\{{(\d+)(?::({TEXT}))?\}}|\$0\Z|([^\\$}}]+)", re.DOTALL)
