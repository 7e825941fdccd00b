"""The data that passes between the stages: fields, snippets, rendered files. Nothing here reads or writes.

These are named tuples, since importing dataclasses would make `seedblock list` take half as long again.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seedblock.errors import TemplateError, unknown
from seedblock.rendering.kinds import Expression, Kind, ModuleName

# A template is rendered with each field's name between these two characters, and then split at them. They are the last
# two private-use code points of Unicode. A template that contains one is refused.
FIELD_START, FIELD_END = "\U0010fffc", "\U0010fffd"


class Field(NamedTuple):
    """A part of a snippet that the user fills in. `name` is in lower_snake_case, `default` is code."""

    name: str
    default: str
    kind: Kind
    description: str


# The forms of a snippet: a block for the top of a script or the head of main(); lines that import from the module and
# can stand anywhere; the same functions in a block of their own, for a script of one file; a whole file.
PASTE, USE, BLOCK, FILE = FORMS = ("paste", "use", "block", "file")

# The place of the selected code, in a snippet that surrounds it. It is not a tab stop.
SELECTION = Field("selection", "", Expression(), "what is selected")


class Entry(NamedTuple):
    """Everything about a snippet except its code, which is in the template that `stem` names.

    Lists of snippets show `title` beside the abbreviation. `form` is one of FORMS. `surround` names the field at the
    end of the call that selected code may replace. `file` is the name of a module: if that were the abbreviation, an
    editor would offer all of the module to those who type `import` and its name.
    """

    abbreviation: str
    title: str
    description: str
    form: str
    fields: tuple[Field, ...] = ()
    surround: str = ""
    file: str = ""


Parts = tuple[str | Field, ...]


class Snippet(NamedTuple):
    """A block of code: literal text and fields in the order of the code. A field may occur several times.

    `call`, the lines below `body`, shows how the block is used. A block that works on its own has none. The other
    attributes are those of its Entry.
    """

    abbreviation: str
    title: str
    description: str
    body: Parts
    call: Parts = ()
    form: str = PASTE
    surround: str = ""
    file: str = ""

    @property
    def parts(self) -> Parts:
        """Everything that an editor inserts."""
        return self.body + self.call

    @property
    def fields(self) -> tuple[Field, ...]:
        """Each field once, in the order of the tab stops: as they appear, and last the module, which seldom changes."""
        fields = (part for part in self.parts if isinstance(part, Field) and part is not SELECTION)
        return tuple(sorted(dict.fromkeys(fields), key=lambda field: isinstance(field.kind, ModuleName)))

    @property
    def code(self) -> str:
        """What an editor inserts, with each field at its default."""
        return at_defaults(self.parts)

    @property
    def plain(self) -> str:
        """The code with the call as a comment, so that the file can be run and imported unchanged."""
        return at_defaults(self.body) + re.sub("^(?=[^#\n])", "# ", at_defaults(self.call), flags=re.MULTILINE)


class RenderedFile(NamedTuple):
    """A file to write. `path` is relative to the output folder, with forward slashes; `text` has LF line ends."""

    path: str
    text: str


def stem(snippet: Entry | Snippet) -> str:
    """Return the name of its template and of its plain file, without the suffix."""
    return snippet.file or snippet.abbreviation


def around(snippets: Iterable[Snippet]) -> list[Snippet]:
    """For each snippet that may surround selected code, make a second that ends with that code."""
    return [
        Snippet(
            f"{snippet.abbreviation}_around",
            f"{snippet.title} around the selection",
            f"The selected code inside the call of {snippet.abbreviation}",
            (*snippet.parts[:-2], SELECTION),  # the last line of the selection already has a line end
            form=snippet.form,
        )
        for snippet in snippets
        if snippet.surround
    ]


def at_defaults(parts: Parts) -> str:
    return "".join(part.default if isinstance(part, Field) else part for part in parts)


def split_at_fields(texts: Iterable[str], fields: Iterable[Field]) -> tuple[Parts, ...]:
    """Split each of a snippet's rendered texts at the field markers into literal text and fields.

    Raises TemplateError for a field that is not in `fields` or that no text uses, and for a stray marker.
    """
    by_name = {field.name: field for field in fields}
    problems: list[str] = []
    split = tuple(_split(text, by_name, problems) for text in texts)
    unused = by_name.keys() - {part.name for parts in split for part in parts if isinstance(part, Field)}
    problems += [f"the field {name!r} is declared but never used" for name in sorted(unused)]
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
            problems.append(f"the characters {FIELD_START!r} and {FIELD_END!r} are reserved for marking fields")
        elif part:
            parts.append(part)
    return tuple(parts)
