"""What differs, on the page: the parts of the verdict, both printed lines, the files. Pure."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from seedblock.twice.files.data import FilesCompared
from seedblock.twice.report.differing_text import Piece, marked
from seedblock.twice.verdict import Part

MAX_OPEN_FILES = 20


def add_parts(body: Element, parts: Sequence[Part]) -> None:
    """Add a card for each part, with its state as a word and as a colour."""
    cards = SubElement(body, "dl", {"class": "parts"})
    for part in parts:
        card = SubElement(cards, "div", {"class": f"part {part.state.replace(' ', '-')}"})
        SubElement(card, "dt").text = part.name
        SubElement(card, "dd", {"class": "state"}).text = part.state
        if part.what:
            SubElement(card, "dd").text = part.what


def add_lines(
    section: Element, number: int, left: str | None, right: str | None, runs: tuple[int, int] = (1, 2)
) -> None:
    """Add both texts of a printed line, with the characters in which they differ marked. None: that run has no such line."""
    both: tuple[Sequence[Piece], Sequence[Piece]] = marked(left or "", right or "")
    for run, line, pieces in zip(runs, (left, right), both, strict=True):
        title = SubElement(section, "p", {"class": "soft"})
        title.text = f"run {run}, line {number:,}"
        if line is None:
            title.text = f"run {run} printed no line {number:,}"
            continue
        pre = SubElement(section, "pre", {"class": "wrap line", "dir": "ltr"})
        for text, differs in pieces:
            SubElement(pre, "mark" if differs else "span").text = text
    if left == right:
        SubElement(section, "p").text = "They differ after what is shown: it is all that was kept of so long a line."


def add_files(section: Element, rows: Sequence[tuple[str, str]]) -> None:
    """Add the name of each file with what differs in it; many are folded."""
    _table(section, rows[:MAX_OPEN_FILES])
    if more := rows[MAX_OPEN_FILES:]:
        details = SubElement(section, "details")
        SubElement(details, "summary").text = f"{len(more):,} more"
        _table(details, more)


def file_rows(found: FilesCompared | None) -> list[tuple[str, str]]:
    """Return the name of each file that differs or was not compared, and what is said of it."""
    if found is None:
        return []
    first = found.first
    rows = [] if first is None else [(first.name, first.part or first.why or "its bytes differ")]
    rows += [(name, "differs") for name in found.differing.first if first is None or name != first.name]
    rows += [(name, f"only in run {run}") for run, names in enumerate(found.only, start=1) for name in names.first]
    rows += [(name, f"not compared: {why}") for name, why in found.not_compared]
    more = sum(names.total - len(names.first) for names in (found.differing, *found.only))
    return rows + ([(f"{more:,} more files", "differ")] if more else [])


def _table(parent: Element, rows: Sequence[tuple[str, str]]) -> None:
    table = SubElement(parent, "table", {"class": "files"})
    header = SubElement(table, "tr")
    for title in ("file", "what differs"):
        SubElement(header, "th", scope="col").text = title
    for name, what in rows:
        row = SubElement(table, "tr")
        SubElement(SubElement(row, "th", scope="row"), "code").text = name
        SubElement(row, "td").text = what
