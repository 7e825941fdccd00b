"""Plain Python: one file for each snippet, the text that an editor inserts, its call as a comment."""

from collections.abc import Sequence

from seedblock.rendering.model import RenderedFile, Snippet
from seedblock.rendering.targets import refuse

# They turn the order of what is read around: code may hide in what looks like a comment (CVE-2021-42574).
_BIDIRECTIONAL = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "\r", "line ends are LF, an editor writes them as the file has them")
    refuse(snippets, "[\ud800-\udfff]", "half a surrogate pair is no character, UTF-8 cannot write it")
    refuse(snippets, _BIDIRECTIONAL, "it shows code in another order than Python runs it")
    return tuple(RenderedFile(f"python/{snippet.abbreviation}.py", snippet.plain) for snippet in snippets)


def show(snippet: Snippet) -> RenderedFile:
    return render((snippet,))[0]


def expand(file: RenderedFile) -> dict[str, str]:
    return {file.path.removeprefix("python/").removesuffix(".py"): file.text}


def expected(snippets: Sequence[Snippet]) -> dict[str, str]:
    return {snippet.abbreviation: snippet.plain for snippet in snippets}
