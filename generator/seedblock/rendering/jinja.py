"""Renders Jinja templates with the fields of a snippet marked. No other module uses Jinja."""

import traceback
from collections.abc import Iterable, Mapping

import jinja2
from jinja2 import Environment, meta, nodes

from seedblock.errors import TemplateError, unknown
from seedblock.rendering.model import FIELD_END, FIELD_START

__all__ = ["CALL", "Environment", "check_used", "make_environment", "render_marked"]

PARTS = "parts/"  # the folder of fragments that templates include
# The parts of a template that another one may take over: what a snippet defines or imports, and at the end how it is
# used.
DEFINITION, CALL = "definition", "call"


def make_environment(templates: Mapping[str, str]) -> Environment:
    """Make the environment of `templates`, which maps paths to texts, shared fragments included."""
    return Environment(
        loader=jinja2.DictLoader(templates),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render_marked(
    environment: Environment, templates: Mapping[str, str], name: str, fields: Iterable[str]
) -> tuple[str, Mapping[str, str]]:
    """Render the template `name` with each field's name between the two marks; return the text, and that of each block.

    Raises TemplateError with the file and, if Jinja knows it, the line.
    """
    try:
        template = environment.get_template(name)
        if template.blocks.keys() - {DEFINITION, CALL}:
            raise TemplateError(*_wrong_blocks(environment.parse(templates[name]), name))
        context = template.new_context({field: _Placeholder(field) for field in fields})
        text = "".join(template.root_render_func(context))
        # Rendering has filled in the blocks that the template inherits.
        return text, {block: "".join(versions[0](context)) for block, versions in context.blocks.items()}
    except TemplateError:
        raise
    except jinja2.TemplateSyntaxError as error:
        raise _syntax_error(error) from error
    except Exception as error:  # the code in a template may raise anything
        what = f"no template {error.name!r}" if isinstance(error, jinja2.TemplateNotFound) else str(error)
        raise TemplateError(f"{_innermost_line(error) or f'templates/{name}'}: {what}") from error


def check_used(names: Iterable[str], templates: Mapping[str, str]) -> None:
    """Raise TemplateError with each template that is not in `names`, and each fragment that none of these includes."""
    environment = make_environment(templates)
    found = [name for name in names if name in templates]
    used = set[str]()
    while found:
        used.add(name := found.pop())
        try:
            others = meta.find_referenced_templates(environment.parse(templates[name], name))
        except jinja2.TemplateSyntaxError as error:
            raise _syntax_error(error) from error
        found += [other for other in others if other and other in templates and other not in used]
    unused = sorted(templates.keys() - used)
    if unused:
        lost, unlisted = "no template includes it", "no entry in the catalogue has this abbreviation"
        raise TemplateError(*(f"templates/{name}: {lost if name.startswith(PARTS) else unlisted}" for name in unused))


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


def _wrong_blocks(template: nodes.Template, name: str) -> list[str]:
    """Name the blocks that no template takes over. In one that extends another, they would be lost silently."""
    return [
        f"templates/{name}, line {block.lineno}: {unknown('block', block.name, [DEFINITION, CALL])}"
        for block in template.find_all(nodes.Block)
        if block.name not in (DEFINITION, CALL)
    ]


def _syntax_error(error: jinja2.TemplateSyntaxError) -> TemplateError:
    return TemplateError(f"templates/{error.name}, line {error.lineno}: {error.message}")


def _innermost_line(error: BaseException) -> str:
    """Name the innermost template and its line in the traceback; "" if there is none."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if isinstance(template := frame.f_globals.get("__jinja_template__"), jinja2.Template):
            return f"templates/{template.name}, line {template.get_corresponding_lineno(line)}"
    return ""
