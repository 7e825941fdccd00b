"""PyCharm live templates, in one XML file of one group; and file templates, for snippets that are whole files.

The rules are from the sources of intellij-community: TemplateSettings (file), TemplateTextLexer.flex (`$`), MacroParser
and _MacroLexer.flex (expressions), TemplateState (stops).
"""

import re
from collections.abc import Sequence

from lxml import etree

from seedblock.errors import FormatError
from seedblock.rendering.kinds import Choice
from seedblock.rendering.model import BLOCK, FILE, Field, RenderedFile, Snippet, around
from seedblock.rendering.targets import refuse, velocity

GROUP = "seedblock"
FILE_TEMPLATES = "pycharm/fileTemplates/"

# Variables with a meaning of their own in PyCharm, and the abbreviations of its bundled Python live templates.
RESERVED_VARIABLES = frozenset({"END", "SELECTION", "SELECTION_START", "SELECTION_END", "ARG"})
# fmt: off
TAKEN_ABBREVIATIONS = frozenset({
    "main", "iter", "itere", "super", "prop", "props", "propsd", "compl", "compli", "compg", "compgi", "comps", "compsi",
    "compd", "compdi",
})
# fmt: on


def render(snippets: Sequence[Snippet]) -> tuple[RenderedFile, ...]:
    group = etree.Element("templateSet", group=GROUP)
    group.extend(_elements((*snippets, *around(snippets))))
    files = [RenderedFile(f"pycharm/{GROUP}.xml", _text(group))]
    for snippet in snippets:
        if snippet.form == FILE:
            files.append(_file_template(snippet))
            files.append(RenderedFile(_file_name(snippet, "html"), velocity.description(snippet)))
    return tuple(files)


def show(snippet: Snippet) -> RenderedFile:
    """Render the bare `<template>` element, which can be pasted on PyCharm's Live Templates page.

    For a whole file, render the file template.
    """
    if snippet.form == FILE:
        return _file_template(snippet)
    return RenderedFile(f"pycharm/{snippet.abbreviation}.xml", _text(_elements((snippet,))[0]))


def expected(snippets: Sequence[Snippet]) -> dict[str, str]:
    live = {snippet.abbreviation: snippet.code for snippet in (*snippets, *around(snippets))}
    return live | {snippet.title: snippet.code for snippet in snippets if snippet.form == FILE}


def expand(file: RenderedFile) -> dict[str, str]:
    if file.path.startswith(FILE_TEMPLATES):
        title, _, kind = file.path.removeprefix(FILE_TEMPLATES).partition(".py.")
        return {title: velocity.expand(file.text)} if kind == "ft" else {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    root = etree.fromstring(file.text.encode(), parser)
    return {str(element.get("name")): _expand(element) for element in root.iter("template")}


def _file_template(snippet: Snippet) -> RenderedFile:
    if not re.fullmatch("[A-Za-z][A-Za-z0-9 _-]*", snippet.title):
        raise FormatError(f"{snippet.abbreviation}: the title {snippet.title!r} cannot be a file name")
    return RenderedFile(_file_name(snippet, "ft"), velocity.render(snippet))


def _file_name(snippet: Snippet, kind: str) -> str:
    return f"{FILE_TEMPLATES}{snippet.title}.py.{kind}"


def _elements(snippets: Sequence[Snippet]) -> list[etree._Element]:
    _check(snippets)
    refuse(snippets, "\r", "PyCharm reads it as a line end")
    try:
        return [_element(snippet) for snippet in snippets]
    except ValueError:  # lxml does not say where; compiling this pattern takes as long as all the rest
        refuse(snippets, r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "XML cannot hold this character")
        raise


def _check(snippets: Sequence[Snippet]) -> None:
    problems = []
    for snippet in snippets:
        if not re.fullmatch("[a-z_][a-z0-9_]*", snippet.abbreviation):
            problems.append(
                f"{snippet.abbreviation!r}: PyCharm expands only abbreviations of letters a-z, digits and _"
            )
        if snippet.abbreviation in TAKEN_ABBREVIATIONS:
            problems.append(f"{snippet.abbreviation}: PyCharm already has a live template with this abbreviation")
        for field in snippet.fields:
            if not re.fullmatch("[a-z][a-z0-9_]*", field.name) or _variable(field) in RESERVED_VARIABLES:
                problems.append(f"{snippet.abbreviation}: PyCharm cannot take a field named {field.name!r}")
    if problems:
        raise FormatError(*problems)


def _element(snippet: Snippet) -> etree._Element:
    value = "".join(
        f"${_variable(part)}$" if isinstance(part, Field) else part.replace("$", "$$") for part in snippet.parts
    )
    live_template = etree.Element(
        "template",
        name=snippet.abbreviation,
        value=f"{value}$END$",
        description=snippet.description,
        toReformat="false",  # reformatting runs at every stop, and cannot repair Python's indentation
        toShortenFQNames="false",
    )
    for field in snippet.fields:
        etree.SubElement(
            live_template,
            "variable",
            name=_variable(field),
            expression=_enum(field) if isinstance(field.kind, Choice) else "",
            defaultValue=_quote(field.default),
            alwaysStopAt="true",
        )
    context = etree.SubElement(live_template, "context")
    # A block that defines functions belongs to the top of a file; anything else may be typed anywhere.
    place = "Python_Top_Level" if snippet.form == BLOCK else "Python"
    etree.SubElement(context, "option", name=place, value="true")
    return live_template


def _text(element: etree._Element) -> str:
    return etree.tostring(element, encoding="unicode", pretty_print=True)


def _variable(field: Field) -> str:
    return field.name.upper()


def _enum(field: Field) -> str:
    """Put the default first: PyCharm inserts the first argument of enum() and ignores defaultValue."""
    assert isinstance(field.kind, Choice)
    options = dict.fromkeys((field.default, *field.kind.options))
    return f"enum({','.join(map(_quote, options))})"


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def _quote(text: str) -> str:
    """Write a string literal. Without quotes PyCharm reads a word as a variable and drops a number."""
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


def _expand(live_template: etree._Element) -> str:
    values = {variable.get("name"): _value(variable) for variable in live_template.iter("variable")}
    values["END"] = ""
    return re.sub(
        r"\$\$|\$([A-Za-z0-9_]+)\$",
        lambda match: values.get(match[1], "") if match[1] else "$",
        str(live_template.get("value")),
    )


def _value(variable: etree._Element) -> str:
    """Evaluate a string literal, or the first argument of enum(), as PyCharm does."""
    code = variable.get("expression") or variable.get("defaultValue") or ""
    match = re.match(r'(?:enum\()?"((?:\\.|[^"\\])*)"', code)
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), match[1]) if match else ""
