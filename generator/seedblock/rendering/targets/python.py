"""Plain Python: one file per snippet, with the text that an editor inserts and the call as a comment."""

from collections.abc import Sequence

from seedblock.rendering.model import RenderedFile, Snippet, stem
from seedblock.rendering.targets import refuse

# They change the order in which text is displayed, so code can look like a comment (CVE-2021-42574).
_BIDIRECTIONAL = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "\r", "line ends must be LF; editors insert the file's own")
    refuse(snippets, "[\ud800-\udfff]", "UTF-8 cannot encode half a surrogate pair")
    refuse(snippets, _BIDIRECTIONAL, "it shows code in a different order than Python runs it")
    return tuple(RenderedFile(f"python/{stem(snippet)}.py", snippet.plain) for snippet in snippets)


def show(snippet: Snippet) -> RenderedFile:
    return render((snippet,))[0]


def expand(file: RenderedFile) -> dict[str, str]:
    return {file.path.removeprefix("python/").removesuffix(".py"): file.text}


def expected(snippets: Sequence[Snippet]) -> dict[str, str]:
    return {stem(snippet): snippet.plain for snippet in snippets}
