"""Two printed lines as a reader can compare them: without colours, in visible characters, those that differ marked. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby

MAX_SHOWN, SHOWN_BEFORE = 10_000, 1_000  # characters of a line; of them before the first one that differs
MAX_PAIRS = 100_000  # words of one line times words of the other: above, a search for equal words is slow

Piece = tuple[str, bool]  # a part of a line, and whether it differs
Places = tuple[int, int, int, int]  # from where to where in the one line, and in the other

# Colours and the cursor; titles and links; all others.
_CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])")
_WORD = re.compile(r"\w+(?:\.\w+)*|\W")


def visible(text: str) -> str:
    """Write what cannot be seen as escapes: controls, text directions, lone surrogates, blanks other than the usual one."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def marked(left: str, right: str) -> tuple[list[Piece], list[Piece]]:
    r"""Cut two lines into pieces, in order, each with whether it differs.

    The pieces are to be shown as they are: codes of a terminal are left out, and invisible characters are escapes. If both
    lines would then look equal, their codes are shown as escapes too, and a backslash as \\. Of a line of more than MAX_SHOWN
    characters only those around the first difference are shown.
    """
    one, two = _CODES.sub("", left), _CODES.sub("", right)
    if same := visible(one) == visible(two):
        one, two = left, right
    begin = 0
    if max(len(one), len(two)) > MAX_SHOWN:
        begin = max(0, _common(one, two) - SHOWN_BEFORE)
    ranges = list(_differing(one[begin : begin + MAX_SHOWN], two[begin : begin + MAX_SHOWN]))
    return (
        _pieces(one, begin, [(first, last) for first, last, _, _ in ranges], same),
        _pieces(two, begin, [(first, last) for _, _, first, last in ranges], same),
    )


def carets(pieces: Sequence[Piece]) -> str:
    """Return a line for a terminal that has a caret below each character that differs."""
    return "".join(("^" if differs else " ") * sum(map(_columns, text)) for text, differs in pieces).rstrip()


def _pieces(line: str, begin: int, ranges: Iterable[tuple[int, int]], doubled: bool) -> list[Piece]:
    shown = line[begin : begin + MAX_SHOWN]
    differs = bytearray(len(shown))
    for first, last in ranges:
        differs[first:last] = b"\1" * (last - first)
    pieces = [
        (
            "".join(r"\\" if doubled and shown[place] == "\\" else _escaped(shown[place]) for place in places),
            bool(state),
        )
        for state, places in groupby(range(len(shown)), differs.__getitem__)
    ]
    return [*[("...", False)] * (begin > 0), *pieces, *[("...", False)] * (len(line) > begin + MAX_SHOWN)]


def _differing(one: str, two: str) -> Iterator[Places]:
    """Find what differs: first by words, so that not every letter that two words share breaks the marks."""
    begin, end = _ends(one, two)
    words, others = ([*_WORD.finditer(text, begin, len(text) - end)] for text in (one, two))
    starts = [*(word.start() for word in words), len(one) - end]
    second = [*(word.start() for word in others), len(two) - end]
    for a, b, c, d in _differing_words([word[0] for word in words], [word[0] for word in others]):
        before, after = _ends(one[starts[a] : starts[b]], two[second[c] : second[d]])
        yield starts[a] + before, starts[b] - after, second[c] + before, second[d] - after


def _differing_words(one: Sequence[str], two: Sequence[str]) -> Iterable[Places]:
    if [_between(word) for word in one] == [_between(word) for word in two]:  # one format, filled with other values
        return ((place, place + 1) * 2 for place, (a, b) in enumerate(zip(one, two, strict=True)) if a != b)
    if len(one) * len(two) > MAX_PAIRS:
        return [(0, len(one), 0, len(two))]
    return ((a, b, c, d) for kind, a, b, c, d in SequenceMatcher(None, one, two).get_opcodes() if kind != "equal")


def _between(word: str) -> str:
    return "" if re.match(r"\w", word) else word


def _ends(one: str, two: str) -> tuple[int, int]:
    """Count the characters that both texts begin with, and those that the rest of both ends with."""
    begin = _common(one, two)
    return begin, _common(one[begin:][::-1], two[begin:][::-1])


def _common(one: str, two: str) -> int:
    return next((place for place, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":  # a byte that is no text
        return f"\\x{ord(character) - 0xDC00:02x}"
    return repr(character)[1:-1]


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
