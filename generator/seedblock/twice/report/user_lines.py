"""The lines of the user's code that a verdict names, read for the page."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from seedblock.twice.report.code import Source
from seedblock.twice.verdict import Verdict

AROUND, LONGEST, MOST = 3, 200, 4  # lines before and after; characters of a line; places


def named(verdict: Verdict, folders: Sequence[Path]) -> list[Source]:
    """Find `name.py:12` in what a verdict says, as far as there is such a file below one of the folders."""
    found = verdict.difference
    text = "" if found is None else f"{found.place} {found.what} {found.remedy}"
    places = dict.fromkeys(re.findall(r"([\w./\\~+@-]+\.py):(\d{1,7})\b", text))
    return [source for name, number in places for source in _read(name, int(number), folders)][:MOST]


def _read(name: str, number: int, folders: Sequence[Path]) -> Iterator[Source]:
    for path in (folder / name for folder in folders):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        except OSError:
            continue
        if number <= len(lines):
            first = max(1, number - AROUND)
            yield Source(name, number, first, tuple(line[:LONGEST] for line in lines[first - 1 : number + AROUND]))
            return
