"""From templates to snippets."""

from collections.abc import Iterable, Mapping

from seedblock.errors import TemplateError
from seedblock.rendering.jinja import CALL, Environment, make_environment, render_marked
from seedblock.rendering.kinds import Choice
from seedblock.rendering.model import BLOCK, FILE, USE, Entry, Field, Snippet, at_defaults, split_at_fields, stem
from seedblock.rendering.stamp import ORIGIN, first_line

SUFFIX = ".py.jinja"


def read_snippets(entries: Iterable[Entry], templates: Mapping[str, str]) -> tuple[Snippet, ...]:
    """Render each entry's template once with its fields marked, and split it into literal text and fields.

    `templates` maps paths to texts, shared fragments included. Raises TemplateError with every problem of every
    template, each with its file and, if Jinja knows it, its line.
    """
    environment = make_environment(templates)
    snippets: list[Snippet] = []
    problems: list[str] = []
    for entry in entries:
        try:
            snippets.append(_read_snippet(environment, entry, templates))
        except TemplateError as error:
            problems += error.problems
    if problems:
        raise TemplateError(*problems)
    return tuple(snippets)


def _read_snippet(environment: Environment, entry: Entry, templates: Mapping[str, str]) -> Snippet:
    name = stem(entry) + SUFFIX
    text, blocks = render_marked(environment, templates, name, [field.name for field in entry.fields])
    try:
        return _make_snippet(entry, text, blocks)
    except TemplateError as error:
        raise TemplateError(*(f"templates/{name}: {problem}" for problem in error.problems)) from error


def _make_snippet(entry: Entry, text: str, blocks: Mapping[str, str]) -> Snippet:
    call = _find_call(blocks, text, entry.form)
    body, call_parts = split_at_fields((text.removesuffix(call), call), entry.fields)
    if entry.form == FILE:
        body = (first_line(stem(entry), at_defaults(body)), *body)
    elif entry.form == BLOCK:
        body = (ORIGIN, *body)
    snippet = Snippet(*entry[:3], body, call_parts, entry.form, entry.surround, entry.file)
    _check_comments(snippet)
    _check_surround(snippet)
    return snippet


def _find_call(blocks: Mapping[str, str], text: str, form: str) -> str:
    """Return the rendered block `call`, which must be the last lines of `text`; "" for a template without one."""
    call = blocks.get(CALL, "")
    body = text.removesuffix(call)
    if (blocks or form in (USE, BLOCK)) and (not call or body + call != text or not body.endswith("\n")):
        raise TemplateError(f"the block {CALL!r} must hold the last lines of the template")
    if call and form == FILE:
        raise TemplateError(f"a whole file has no block {CALL!r}")
    return call


def _check_comments(snippet: Snippet) -> None:
    """Check that the comment beside a choice names its options: many editors show them nowhere else.

    True and False need no comment.
    """
    for field in snippet.fields:
        if isinstance(field.kind, Choice) and field.kind.options != ("True", "False"):
            before = at_defaults(snippet.parts[: snippet.parts.index(field)])
            comment = snippet.code.split("\n")[before.count("\n")].partition("#")[2]
            missing = [repr(option) for option in field.kind.options if option not in comment]
            if missing:
                raise TemplateError(f"the comment beside {field.name} does not name {', '.join(missing)}")


def _check_surround(snippet: Snippet) -> None:
    """Check that the call ends with the field that selected code may replace."""
    *_, field, end = ("", "", *snippet.call)
    if snippet.surround and not (isinstance(field, Field) and field.name == snippet.surround and end == "\n"):
        raise TemplateError(f"the call must end with the field {snippet.surround!r}, which a selection replaces")
