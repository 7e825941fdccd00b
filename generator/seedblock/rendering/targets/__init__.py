"""The output formats, one module each. A new one needs a module here and its name in NAMES."""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Protocol, cast

from seedblock.errors import FormatError
from seedblock.rendering.kinds import Choice
from seedblock.rendering.model import RenderedFile, Snippet

NAMES = ("python", "pycharm", "vscode", "zed", "emacs", "vim")


class Target(Protocol):
    """The functions of each module here."""

    def render(self, snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
        """Render all snippets in this format. Raises FormatError for text that it cannot hold."""

    def show(self, snippet: Snippet) -> RenderedFile:
        """Render one snippet, as a user would paste it."""

    def expand(self, file: RenderedFile) -> dict[str, str]:
        """Expand a file by the format's own rules, with fields at defaults and no selection. Return texts by name."""

    def expected(self, snippets: Sequence[Snippet]) -> dict[str, str]:
        """What `expand` must return for the files of `snippets`, taken together."""


def load(name: str) -> Target:
    """Import the target `name`, so that a command only pays for the targets it uses."""
    return cast(Target, import_module(f"{__name__}.{name}"))


def refuse(snippets: Iterable[Snippet], unwanted: str, reason: str) -> None:
    """Raise FormatError with each place where the regular expression `unwanted` matches the text of a snippet."""
    pattern = re.compile(unwanted, re.MULTILINE)
    problems = [
        f"{snippet.abbreviation}: {where} contains {match[0]!r}: {reason}"
        for snippet in snippets
        for where, match in _matches(snippet, pattern)
    ]
    if problems:
        raise FormatError(*problems)


def _matches(snippet: Snippet, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
    for match in pattern.finditer(snippet.code):
        before = snippet.code[: match.end() - 1]
        yield f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}", match
    others = [("the abbreviation", snippet.abbreviation), ("the description", snippet.description)]
    for field in snippet.fields:
        if isinstance(field.kind, Choice):  # the code shows one option, PyCharm's list shows all
            others += [(f"an option of {field.name}", option) for option in field.kind.options]
    for name, text in others:
        for match in pattern.finditer(text):
            yield name, match
