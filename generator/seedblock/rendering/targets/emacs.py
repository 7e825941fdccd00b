"""Emacs snippets for the package yasnippet, one file each.

The rules are those of yasnippet.el: yas--parse-template (the head), yas--escaped-characters, yas--field-parse-create and
yas--transform-mirror-parse-create. There is no form around a selection: yasnippet would indent the selected lines again.
"""

import re
from collections.abc import Sequence

from seedblock.errors import VerificationError
from seedblock.rendering.model import RenderedFile, Snippet
from seedblock.rendering.targets import refuse
from seedblock.rendering.targets.tabstops import read_stops, write_stops

FOLDER = "emacs/python-mode/"

# Otherwise Emacs would guess the indentation of each line anew, and the encoding of the file; and TAB, which indents a
# line wherever the caret is in it, would expand `np.random.seed`.
_HEAD = """\
# -*- mode: snippet; coding: utf-8 -*-
# name: {snippet.title}
# key: {snippet.abbreviation}
# condition: (looking-back "^[ \\t]*[a-z_]*" (line-beginning-position))
# expand-env: ((yas-indent-line 'fixed))
# --
"""


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    return tuple(map(show, snippets))


def show(snippet: Snippet) -> RenderedFile:
    refuse((snippet,), "\r", "Emacs may read it as a line end")
    refuse((snippet,), r"\A\s*\n", "yasnippet drops empty lines at the start")
    refuse((snippet,), "YASESCAPE", "yasnippet uses it for itself")
    body = write_stops(snippet, r"[\\`$}]", lambda number: f"${{{number}:{_SAME}}}")
    return RenderedFile(FOLDER + snippet.abbreviation, _HEAD.format(snippet=snippet) + body)


def expected(snippets: Sequence[Snippet]) -> dict[str, str]:
    return {snippet.abbreviation: snippet.code for snippet in snippets}


def expand(file: RenderedFile) -> dict[str, str]:
    head, found, body = file.text.partition("# --\n")
    key = re.search("^# key: (.+)$", head, re.MULTILINE)
    if not found or key is None:
        raise VerificationError(f"{file.path}: no head that yasnippet can read")
    return {key[1]: read_stops(body, _TOKEN, "the subset of yasnippet's grammar that is used here")}


# Where a field is repeated: `$1` alone would take in a digit that follows.
_SAME = "$(identity yas-text)"
_TOKEN = re.compile(
    rf"\\([\\`$}}])|\$\{{(\d+):(?:{re.escape(_SAME)}|((?:\\[\\`$}}]|[^\\`$}}])*))\}}|\$0\Z|([^\\`$]+)", re.DOTALL
)
