"""Vim snippets for the plugin UltiSnips, in one file.

The rules are those of UltiSnips' parsing/lexer.py (the tokens), source/file/ulti_snips.py (the file) and
SnippetDefinition.launch (a tab at the start of a line is one level of the file's indentation).
"""

import re
from collections.abc import Sequence

from seedblock.errors import FormatError
from seedblock.rendering.model import RenderedFile, Snippet
from seedblock.rendering.targets import refuse
from seedblock.rendering.targets.tabstops import levels_for_tabs, read_stops, tabs_for_levels, write_stops

PATH = "vim/python_seedblock.snippets"


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", "UltiSnips reads it as a line end")
    refuse(snippets, r"^ *\t", "UltiSnips turns a tab at the start of a line into one level of indentation")
    refuse(snippets, r"[^\S\n]+\n", "UltiSnips removes blanks at the end of a line")
    refuse(snippets, r"^endsnippet[^\S\n]*$", "UltiSnips ends a snippet there")
    if problems := [
        f"{snippet.abbreviation}: {field.name} is {field.default!r}: UltiSnips reads a backslash at the end with what follows"
        for snippet in snippets
        for field in snippet.fields
        if field.default.endswith("\\")
    ]:
        raise FormatError(*problems)
    # b: only where nothing but blanks stands before it on the line. m: no blanks at the end of an indented line.
    entries = (f'snippet {each.abbreviation} "{each.title}" bm\n{_body(each)}\nendsnippet\n' for each in snippets)
    return (RenderedFile(PATH, "\n".join(entries)),)


def show(snippet: Snippet) -> RenderedFile:
    return render((snippet,))[0]


def expected(snippets: Sequence[Snippet]) -> dict[str, str]:
    return {snippet.abbreviation: snippet.code for snippet in snippets}


def expand(file: RenderedFile) -> dict[str, str]:
    entries = re.findall(r'^snippet (\S+) "[^"\n]*" bm\n(.*?)\nendsnippet$', file.text, re.MULTILINE | re.DOTALL)
    return {
        name: read_stops(levels_for_tabs(body), _TOKEN, "the subset of UltiSnips' grammar that is used here")
        for name, body in entries
    }


def _body(snippet: Snippet) -> str:
    # Where a field is repeated: `$1` alone would take in a digit that follows, so it is a substitution of nothing.
    return tabs_for_levels(write_stops(snippet, r"[\\`${}]", lambda number: f"${{{number}/^//}}"))


_TOKEN = re.compile(r"\\([\\`${}])|\$\{(\d+)(?:/\^//|:((?:\\[\\`${}]|[^\\`${}])*))\}|\$0\Z|([^\\`$]+)", re.DOTALL)
