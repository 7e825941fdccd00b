"""Templates to snippets: the only place that knows Jinja."""

import traceback
from collections.abc import Iterable, Mapping

import jinja2

from seedblock.errors import TemplateError
from seedblock.kinds import Choice
from seedblock.model import FIELD_END, FIELD_START, Entry, Snippet, split_body

SUFFIX = ".py.jinja"


def read_snippets(entries: Iterable[Entry], templates: Mapping[str, str]) -> tuple[Snippet, ...]:
    """Render each entry's template once, its fields marked, and split it into literal text and fields.

    `templates` maps a file name to its text, shared fragments included. Raises TemplateError with every problem of every
    template, each with its file and, where Jinja knows it, its line.
    """
    environment = jinja2.Environment(
        # Not a DictLoader: with the file's name as its origin, a fault can be traced to its line.
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
            snippets.append(_read(environment, entry, templates))
        except TemplateError as error:
            problems += error.problems
    if problems:
        raise TemplateError(*problems)
    return tuple(snippets)


def unlisted(entries: Iterable[Entry], templates: Iterable[str]) -> list[str]:
    """Name the templates that are neither an entry's nor a shared fragment."""
    listed = {entry.abbreviation + SUFFIX for entry in entries}
    return sorted(name for name in templates if not name.startswith("_") and name not in listed)


def _read(environment: jinja2.Environment, entry: Entry, templates: Mapping[str, str]) -> Snippet:
    name = entry.abbreviation + SUFFIX
    marked = {field.name: f"{FIELD_START}{field.name}{FIELD_END}" for field in entry.fields}
    try:
        text = environment.get_template(name).render(marked)
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"templates/{error.name}: no such template") from error
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"templates/{error.name}, line {error.lineno}: {error.message}") from error
    except Exception as error:  # a template's own code may raise anything
        at = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in templates][-1]
        raise TemplateError(f"templates/{at.filename}, line {at.lineno}: {error}") from error
    try:
        snippet = Snippet(entry.abbreviation, entry.description, split_body(text, entry.fields))
        _check_comments(snippet)
    except TemplateError as error:
        raise TemplateError(*(f"templates/{name}: {problem}" for problem in error.problems)) from error
    return snippet


def _check_comments(snippet: Snippet) -> None:
    """Hold that the comment beside a choice names its options: an editor without choices shows nothing else."""
    for field in snippet.fields:
        if isinstance(field.kind, Choice):
            before = "".join(
                part if isinstance(part, str) else "" for part in snippet.body[: snippet.body.index(field)]
            )
            comment = snippet.code.split("\n")[before.count("\n")].partition("#")[2]
            missing = [repr(option) for option in field.kind.options if option not in comment]
            if missing:
                raise TemplateError(f"the comment beside {field.name} does not name {', '.join(missing)}")
