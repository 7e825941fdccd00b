"""Renders everything, in pure functions. All output is verified before it is returned."""

from collections.abc import Iterable, Mapping, Sequence

from seedblock.errors import TemplateError, VerificationError
from seedblock.rendering import targets
from seedblock.rendering.body import SUFFIX, read_snippets
from seedblock.rendering.model import Entry, RenderedFile, Snippet, stem


def render_all(entries: Sequence[Entry], templates: Mapping[str, str]) -> tuple[RenderedFile, ...]:
    """Render every snippet for every target, sorted by path.

    `templates` maps a path to its text. Raises TemplateError, FormatError or VerificationError with every problem
    of the first stage that fails.
    """
    snippets = read_snippets(entries, templates)
    check_python(snippets)
    files: list[RenderedFile] = []
    for name in targets.NAMES:
        rendered = targets.load(name).render(snippets)
        verify(name, rendered, snippets, complete=True)
        files += rendered
    return tuple(sorted(files))


def render_one(entry: Entry, templates: Mapping[str, str], target_name: str) -> str:
    """Render one snippet for one target, as a user would paste it. Raises what `render_all` does."""
    snippets = read_snippets((entry,), templates)
    check_python(snippets)
    targets.load("python").render(snippets)  # no other target may contain what it refuses
    shown = targets.load(target_name).show(snippets[0])
    verify(target_name, (shown,), snippets)
    return shown.text


def check_python(snippets: Iterable[Snippet]) -> None:
    """Raise TemplateError with each snippet that Python cannot compile, with or without its call."""
    problems = []
    for snippet in snippets:
        try:
            for code in (snippet.plain, snippet.code):
                compile(code, snippet.abbreviation, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where = f" (line {line} of the rendered code)" if line else ""
            problems.append(f"templates/{stem(snippet)}{SUFFIX}: not Python: {getattr(error, 'msg', error)}{where}")
    if problems:
        raise TemplateError(*problems)


def verify(
    target_name: str, files: Iterable[RenderedFile], snippets: Sequence[Snippet], complete: bool = False
) -> None:
    """Expand `files` by the rules of their format, and raise VerificationError unless the code comes out unchanged.

    With `complete`, every form of each snippet must be there; otherwise at least one form.
    """
    target = targets.load(target_name)
    expanded: dict[str, str] = {}
    for file in files:
        expanded.update(target.expand(file))
    expected = target.expected(snippets)
    names = expanded.keys() if expanded and not complete else expected.keys() | expanded.keys()
    wrong = sorted(name for name in names if expected.get(name) != expanded.get(name))
    if wrong:
        raise VerificationError(
            *(
                f"{name}: the {target_name} form does not expand to its code; this is a bug in seedblock"
                for name in wrong
            )
        )
