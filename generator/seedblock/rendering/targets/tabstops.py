"""What several targets share: text with tab stops; and, for VS Code and Zed, a JSON file of entries."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from seedblock.errors import VerificationError
from seedblock.rendering.model import SELECTION, Field, RenderedFile, Snippet

# What VS Code and Zed take as text only after a backslash; and the default of a stop, between `${n:` and `}`.
SPECIAL = r"[\\$}]"
TEXT = r"(?:\\[\\$}]|[^\\$}])*"


def write_stops(snippet: Snippet, special: str, again: Callable[[int], str], selection: str = "") -> str:
    """Write all that is inserted, with a backslash before each match of the regular expression `special`.

    A field is `${n:default}` where it stands first and `again(n)` further on. `$0`, where the caret ends, is last.
    """
    numbers = {field: number for number, field in enumerate(snippet.fields, start=1)}
    written, seen = list[str](), set[Field]()
    for part in snippet.parts:
        if isinstance(part, str):
            written.append(re.sub(special, r"\\\g<0>", part))
        elif part is SELECTION:
            written.append(selection)
        elif part in seen:
            written.append(again(numbers[part]))
        else:
            default = re.sub(special, r"\\\g<0>", part.default)
            written.append(f"${{{numbers[part]}:{default}}}")
            seen.add(part)
    return "".join(written) + "$0"


def read_stops(body: str, token: re.Pattern[str], grammar: str) -> str:
    """Expand `body`, all of which must be matches of `token`: its groups are an escaped character, n, default, literal.

    Raises VerificationError for anything else: it is not in `grammar`.
    """
    values: dict[str, str] = {}
    text, position = "", 0
    while position < len(body):
        found = token.match(body, position)
        if found is None:
            raise VerificationError(f"not in {grammar}: {body[position:][:20]!r}")
        escaped, stop, default, literal = found.groups()
        if stop:
            text += values.setdefault(stop, re.sub(r"\\(.)", r"\1", default or ""))
        else:
            text += escaped or literal or ""
        position = found.end()
    return text


def tabs_for_levels(text: str) -> str:
    """Write each level of indentation as a tab: editors turn it into one level of the file's, and leave spaces alone."""
    return re.sub("^(?: {4})+", lambda match: "\t" * (len(match[0]) // 4), text, flags=re.MULTILINE)


def levels_for_tabs(text: str) -> str:
    """Read the tabs at the start of a line as in a file indented by four spaces."""
    return re.sub("^\t+", lambda match: "    " * len(match[0]), text, flags=re.MULTILINE)


def make_entry(snippet: Snippet, body: str, **more: object) -> dict[str, object]:
    """Make the entry of a snippet, with its body as a list of lines and `more` properties."""
    return {
        "prefix": snippet.abbreviation,
        **more,
        "description": snippet.description,
        "body": body.split("\n"),
    }


def dump(path: str, entries: Mapping[str, Mapping[str, object]]) -> RenderedFile:
    """Write entries keyed by title, which snippet lists show beside the prefix."""
    return RenderedFile(path, json.dumps(entries, indent=2, ensure_ascii=False) + "\n")


def read_entries(file: RenderedFile) -> Iterator[tuple[str, str, bool]]:
    """Yield the prefix of each entry (or its title, if it has none), its body, and whether it has a prefix."""
    for title, found in json.loads(file.text).items():
        yield found.get("prefix", title), "\n".join(found["body"]), "prefix" in found


def escape(text: str) -> str:
    return re.sub(SPECIAL, r"\\\g<0>", text)


def unescape(text: str) -> str:
    return re.sub(r"\\([\\$}])", r"\1", text)
