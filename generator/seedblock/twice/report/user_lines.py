"""The user's own lines that a verdict names, read for the page."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from seedblock.twice.report.code import UserLines
from seedblock.twice.verdict import Verdict

LINES_AROUND, MAX_CHARACTERS, MAX_PLACES = 3, 200, 4  # before and after a line; of a line; of a verdict


def read_user_lines(verdict: Verdict, folders: Sequence[Path]) -> list[UserLines]:
    """Find each `name.py:12` in the verdict, if one of the folders has such a file."""
    difference = verdict.difference
    text = "" if difference is None else f"{difference.place} {difference.what} {difference.remedy}"
    places = dict.fromkeys(re.findall(r"([\w./\\~+@-]+\.py):(\d{1,7})\b", text))
    return [found for name, number in places for found in _read(name, int(number), folders)][:MAX_PLACES]


def _read(name: str, number: int, folders: Sequence[Path]) -> Iterator[UserLines]:
    for path in (folder / name for folder in folders):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        except OSError:
            continue
        if number <= len(lines):
            first = max(1, number - LINES_AROUND)
            around = lines[first - 1 : number + LINES_AROUND]
            yield UserLines(name, number, first, tuple(line[:MAX_CHARACTERS] for line in around))
            return
