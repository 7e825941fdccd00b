"""The user's own lines that a verdict names, read for the page: only from the working folder, and only as they were run."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path

from seedblock.twice.compare.result import Result
from seedblock.twice.report.code import UserLines
from seedblock.twice.tape import gate
from seedblock.twice.tape.lines import TapeError
from seedblock.twice.verdict import Verdict
from seedblock.writing.plan import digest

LINES_AROUND, MAX_CHARACTERS, MAX_PLACES = 3, 200, 4  # before and after a line; of a line; of a verdict
MAX_SOURCE_BYTES = 10_000_000

_OF_NAME = r"[\w./\\~+@-]"
# Each name is tried from its first character only, or a long one without an end takes the square of its length.
_PLACE = re.compile(rf"(?<!{_OF_NAME})({_OF_NAME}+\.py):(\d{{1,7}})\b")


def sources(result: Result) -> dict[str, set[str]]:
    """Map the name of each source file on the tapes to the digests that it had."""
    found: dict[str, set[str]] = {}
    for facts in (facts for process in result.processes for facts in process.facts):
        for name, value in facts.sources.items():
            found.setdefault(name, set()).add(value)
    return found


def read_user_lines(verdict: Verdict, folder: Path, digests: Mapping[str, set[str]]) -> list[UserLines]:
    """Find each `name.py:12` in the verdict, if `folder` has that file with the digest that each run found."""
    difference = verdict.difference
    text = "" if difference is None else f"{difference.place} {difference.what} {difference.remedy}"
    places = dict.fromkeys(_PLACE.findall(text))
    found = (_read(name, int(number), folder, digests.get(name, set())) for name, number in places)
    return list(islice(chain.from_iterable(found), MAX_PLACES))


def _read(name: str, number: int, folder: Path, digests: set[str]) -> Iterator[UserLines]:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return
    # A run in a copy of the folder, or in another one, names the folder too.
    for path in (folder / name, folder.parent / name):
        data = _source(path, folder)
        if data is not None and digests == {digest(data)}:
            lines = data.splitlines()  # of bytes: a form feed or U+2028 ends no line for Python
            first = max(1, number - LINES_AROUND)
            around = lines[first - 1 : number + LINES_AROUND]
            if number <= len(lines):
                yield UserLines(
                    name, number, first, tuple(line.decode("utf-8", "replace")[:MAX_CHARACTERS] for line in around)
                )
            return


def _source(path: Path, folder: Path) -> bytes | None:
    """Read a file that lies in `folder`, wherever links lead; None for any other."""
    try:
        inside = path.resolve(strict=True)
        return gate.read(inside, MAX_SOURCE_BYTES) if inside.is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError, ValueError, TapeError):
        return None
