"""The data that passes between the stages: fields, snippets, rendered files. Nothing here reads or writes.

Named tuples, not dataclasses: importing dataclasses would make `seedblock list` take half as long again.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seedblock.errors import TemplateError, unknown
from seedblock.rendering.kinds import Expression, Kind

# A template is rendered with each field's name between these two characters, and split at them afterwards. They are the
# last private-use code points of Unicode, and a template that holds one is refused.
FIELD_START, FIELD_END = "\U0010fffc", "\U0010fffd"


class Field(NamedTuple):
    """A hole in a snippet: `name` in lower_snake_case, `default` as it stands in the code."""

    name: str
    default: str
    kind: Kind
    description: str


# Where a snippet that is put around selected code has this code. Nothing is typed there.
SELECTION = Field("selection", "", Expression(), "what is selected")


class Entry(NamedTuple):
    """A snippet as the catalogue has it: all but its body, which is the template named after its abbreviation.

    `title` is what a list of snippets shows beside the abbreviation. `surround` names the field at the end of the call in whose
    place selected code may stand. A `whole_file` is a script of its own, for a new file.
    """

    abbreviation: str
    title: str
    description: str
    fields: tuple[Field, ...] = ()
    surround: str = ""
    whole_file: bool = False


Parts = tuple[str | Field, ...]


class Snippet(NamedTuple):
    """A block of code: literal text and fields in the order of the code; a field may stand in it several times.

    `call` is how the block is used, the lines below `body`; a block that already acts by itself has none. All else is
    as in its Entry.
    """

    abbreviation: str
    title: str
    description: str
    body: Parts
    call: Parts = ()
    surround: str = ""
    whole_file: bool = False

    @property
    def parts(self) -> Parts:
        """All that an editor inserts."""
        return self.body + self.call

    @property
    def fields(self) -> tuple[Field, ...]:
        """Each field once, in the order of first appearance: the order of the tab stops."""
        fields = (part for part in self.parts if isinstance(part, Field) and part is not SELECTION)
        return tuple(dict.fromkeys(fields))

    @property
    def code(self) -> str:
        """What an editor inserts, each field at its default."""
        return at_defaults(self.parts)

    @property
    def plain(self) -> str:
        """What a plain file holds: the call is a comment, so that the file runs, and can be imported, as it stands."""
        return at_defaults(self.body) + re.sub("^(?=[^#\n])", "# ", at_defaults(self.call), flags=re.MULTILINE)


class RenderedFile(NamedTuple):
    """A file to be: `path` relative to the output folder, with forward slashes; `text` with LF line ends."""

    path: str
    text: str


def around(snippets: Iterable[Snippet]) -> list[Snippet]:
    """Make of each snippet that may surround selected code one of its call alone, with that code at its end."""
    return [
        Snippet(
            f"{snippet.abbreviation}_around",
            f"{snippet.title} around the selection",
            f"The selected code inside the call of {snippet.abbreviation}",
            (*snippet.call[:-2], SELECTION),  # the line that the selection ends in has its line end
        )
        for snippet in snippets
        if snippet.surround
    ]


def at_defaults(parts: Parts) -> str:
    return "".join(part.default if isinstance(part, Field) else part for part in parts)


def split_at_fields(texts: Iterable[str], fields: Iterable[Field]) -> tuple[Parts, ...]:
    """Split each of a snippet's rendered texts at the field markers into literal text and fields.

    Raises TemplateError for a field that `fields` lacks or that no text uses, and for a stray marker.
    """
    by_name = {field.name: field for field in fields}
    problems: list[str] = []
    split = tuple(_split(text, by_name, problems) for text in texts)
    unused = by_name.keys() - {part.name for parts in split for part in parts if isinstance(part, Field)}
    problems += [f"the field {name!r} is declared and never used" for name in sorted(unused)]
    if problems:
        raise TemplateError(*problems)
    return split


def _split(text: str, by_name: Mapping[str, Field], problems: list[str]) -> Parts:
    parts: list[str | Field] = []
    for index, part in enumerate(re.split(f"{FIELD_START}([^{FIELD_START}{FIELD_END}]*){FIELD_END}", text)):
        if index % 2 and part in by_name:
            parts.append(by_name[part])
        elif index % 2:
            problems.append(unknown("field", part, by_name))
        elif FIELD_START in part or FIELD_END in part:
            problems.append(f"the characters {FIELD_START!r} and {FIELD_END!r} are kept for marking fields")
        elif part:
            parts.append(part)
    return tuple(parts)
