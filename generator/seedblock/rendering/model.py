"""The data that passes between the stages: fields, snippets, rendered files. Nothing here reads or writes.

Named tuples, not dataclasses: importing dataclasses would make `seedblock list` take half as long again.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from seedblock.errors import TemplateError, unknown
from seedblock.rendering.kinds import Kind

# A template is rendered with each field's name between these two characters, and split at them afterwards. They are the
# last private-use code points of Unicode, and a template that holds one is refused.
FIELD_START, FIELD_END = "\U0010fffc", "\U0010fffd"


class Field(NamedTuple):
    """A hole in a snippet: `name` in lower_snake_case, `default` as it stands in the code."""

    name: str
    default: str
    kind: Kind
    description: str


class Entry(NamedTuple):
    """A snippet as the catalogue has it: all but its body, which is the template named after its abbreviation."""

    abbreviation: str
    description: str
    fields: tuple[Field, ...] = ()


class Snippet(NamedTuple):
    """A block of code: literal text and fields in the order of the code; a field may stand in it several times."""

    abbreviation: str
    description: str
    body: tuple[str | Field, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """Each field once, in the order of first appearance: the order of the tab stops."""
        return tuple(dict.fromkeys(part for part in self.body if isinstance(part, Field)))

    @property
    def code(self) -> str:
        """The plain code, each field at its default."""
        return "".join(part.default if isinstance(part, Field) else part for part in self.body)


class RenderedFile(NamedTuple):
    """A file to be: `path` relative to the output folder, with forward slashes; `text` with LF line ends."""

    path: str
    text: str


def split_body(text: str, fields: Iterable[Field]) -> tuple[str | Field, ...]:
    """Split rendered text at the field markers into literal text and fields.

    Raises TemplateError for a field that `fields` lacks or that the text never uses, and for a stray marker.
    """
    by_name = {field.name: field for field in fields}
    body: list[str | Field] = []
    problems = []
    for index, part in enumerate(re.split(f"{FIELD_START}([^{FIELD_START}{FIELD_END}]*){FIELD_END}", text)):
        if index % 2 and part in by_name:
            body.append(by_name[part])
        elif index % 2:
            problems.append(unknown("field", part, by_name))
        elif FIELD_START in part or FIELD_END in part:
            problems.append(f"the characters {FIELD_START!r} and {FIELD_END!r} are kept for marking fields")
        elif part:
            body.append(part)
    unused = by_name.keys() - {part.name for part in body if isinstance(part, Field)}
    problems += [f"the field {name!r} is declared and never used" for name in sorted(unused)]
    if problems:
        raise TemplateError(*problems)
    return tuple(body)
