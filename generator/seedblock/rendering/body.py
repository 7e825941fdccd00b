"""From Jinja templates to snippets. No other module uses Jinja."""

import traceback
from collections.abc import Iterable, Mapping

import jinja2

from seedblock.errors import TemplateError, unknown
from seedblock.rendering.kinds import Choice
from seedblock.rendering.model import (
    BLOCK,
    FIELD_END,
    FIELD_START,
    FILE,
    Entry,
    Field,
    Snippet,
    at_defaults,
    split_at_fields,
)
from seedblock.rendering.stamp import ORIGIN, first_line

SUFFIX = ".py.jinja"
PARTS = "parts/"  # the folder of fragments that several templates include
# The parts of a template that another one may take over: what a snippet defines or imports, and at the end how it is
# used.
DEFINITION, CALL = "definition", "call"


def read_snippets(entries: Iterable[Entry], templates: Mapping[str, str]) -> tuple[Snippet, ...]:
    """Render each entry's template once with its fields marked, and split it into literal text and fields.

    `templates` maps file names to texts, shared fragments included. Raises TemplateError with every problem of every
    template, each with its file and, if Jinja knows it, its line.
    """
    environment = jinja2.Environment(
        # Not a DictLoader: tracebacks name a template's file only if the loader gives it.
        loader=jinja2.FunctionLoader(lambda name: (templates[name], name, None) if name in templates else None),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
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


def unlisted(entries: Iterable[Entry], templates: Iterable[str]) -> list[str]:
    """Name the templates that belong to no entry and are not shared fragments."""
    listed = {entry.abbreviation + SUFFIX for entry in entries}
    return sorted(name for name in templates if not name.startswith(PARTS) and name not in listed)


def _read_snippet(environment: jinja2.Environment, entry: Entry, templates: Mapping[str, str]) -> Snippet:
    name = entry.abbreviation + SUFFIX
    try:
        template = environment.get_template(name)
        values = {field.name: _Placeholder(field.name) for field in entry.fields}
        context = template.new_context(values)
        text = "".join(template.root_render_func(context))
        # Rendering has filled in the blocks that the template inherits.
        blocks = {name: "".join(versions[0](context)) for name, versions in context.blocks.items()}
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"templates/{error.name}, line {error.lineno}: {error.message}") from error
    except Exception as error:  # the code in a template may raise anything
        what = f"no template {error.name!r}" if isinstance(error, jinja2.TemplateNotFound) else str(error)
        raise TemplateError(f"{_innermost_line(error, templates) or f'templates/{name}'}: {what}") from error
    try:
        call = _find_call(blocks, text)
        body, call_parts = split_at_fields((text.removesuffix(call), call), entry.fields)
        if entry.form == FILE:
            body = (first_line(entry.abbreviation, at_defaults(body)), *body)
        elif entry.form == BLOCK:
            body = (ORIGIN, *body)
        snippet = Snippet(*entry[:3], body, call_parts, entry.form, entry.surround)
        _check_comments(snippet)
        _check_surround(snippet)
    except TemplateError as error:
        raise TemplateError(*(f"templates/{name}: {problem}" for problem in error.problems)) from error
    return snippet


def _find_call(blocks: Mapping[str, str], text: str) -> str:
    """Return the rendered block `call`, which must be the last lines of `text`; "" for a template without one."""
    problems = [unknown("block", block, [DEFINITION, CALL]) for block in blocks if block not in (DEFINITION, CALL)]
    call = blocks.get(CALL, "")
    body = text.removesuffix(call)
    if CALL in blocks and (not call or body + call != text or not body.endswith("\n")):
        problems.append(f"the block {CALL!r} must hold the last lines of the template")
    if problems:
        raise TemplateError(*problems)
    return call


class _Placeholder:
    """The value of a field in a template. It can only be written out, since the user types the real value later."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return f"{FIELD_START}{self.name}{FIELD_END}"

    def __eq__(self, other: object) -> bool:
        raise TypeError(f"the field {self.name!r} can be written out, not compared")

    def __bool__(self) -> bool:
        raise TypeError(f"the field {self.name!r} can be written out, not tested")


def _innermost_line(error: BaseException, templates: Mapping[str, str]) -> str:
    """Name the innermost template and line in the traceback, where Jinja puts its templates; "" if there is none."""
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return next((f"templates/{name}, line {line}" for name, line in reversed(frames) if name in templates), "")


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
