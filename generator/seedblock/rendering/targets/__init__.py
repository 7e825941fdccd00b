"""The output formats, one module each: adding one is a module here and its name below."""

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Protocol, cast

from seedblock.errors import FormatError
from seedblock.rendering.kinds import Choice
from seedblock.rendering.model import RenderedFile, Snippet

NAMES = ("python", "pycharm", "vscode", "zed")


class Target(Protocol):
    """What each module here has."""

    def render(self, snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
        """Write all snippets in this format. Raises FormatError for text that it cannot hold."""

    def show(self, snippet: Snippet) -> RenderedFile:
        """Write one snippet, as a user would paste it."""

    def expand(self, file: RenderedFile) -> dict[str, str]:
        """Read a file back by the format's own rules: names to texts, each field at its default, nothing selected."""

    def expected(self, snippets: Sequence[Snippet]) -> dict[str, str]:
        """What `expand` must find in the files of `snippets`."""


def load(name: str) -> Target:
    """Import the target `name`, so that a command pays only for those it uses."""
    return cast(Target, import_module(f"{__name__}.{name}"))


def refuse(snippets: Iterable[Snippet], unwanted: str, reason: str) -> None:
    """Raise FormatError with each place where the regular expression `unwanted` matches a snippet's text."""
    pattern = re.compile(unwanted, re.MULTILINE)
    problems = [
        f"{snippet.abbreviation}: {where} holds {match[0]!r}: {reason}"
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
        if isinstance(field.kind, Choice):  # no code has them all, but PyCharm's list does
            others += [(f"an option of {field.name}", option) for option in field.kind.options]
    for name, text in others:
        for match in pattern.finditer(text):
            yield name, match
