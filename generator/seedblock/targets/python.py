"""Plain Python: one file for each snippet, exactly the text that an editor inserts."""

from collections.abc import Sequence

from seedblock.model import RenderedFile, Snippet
from seedblock.targets import refuse


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    refuse(snippets, "\r", "line ends are LF, an editor writes them as the file has them")
    refuse(snippets, "[\ud800-\udfff]", "half a surrogate pair is no character, UTF-8 cannot write it")
    return tuple(RenderedFile(f"python/{snippet.abbreviation}.py", snippet.code) for snippet in snippets)


def show(snippet: Snippet) -> RenderedFile:
    return render((snippet,))[0]


def expand(file: RenderedFile) -> dict[str, str]:
    return {file.path.removeprefix("python/").removesuffix(".py"): file.text}
