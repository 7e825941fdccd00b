"""Two printed lines as they are shown: what differs is marked, nothing else is, and what cannot be seen is an escape."""

import random

import pytest

from seedblock.twice.report.differing_text import MAX_SHOWN, carets, marked, visible

# Both lines as they are shown, with what differs in brackets.
CASES = {
    "the end of a number": ("loss 0.123456 acc 0.5", "loss 0.123912 acc 0.5", "loss 0.123[456] acc 0.5", "loss 0.123[912] acc 0.5"),
    "several numbers": ("a 1.5 b 2 c 3", "a 1.6 b 2 c 4", "a 1.[5] b 2 c [3]", "a 1.[6] b 2 c [4]"),
    "a longer number": ("took 9 s", "took 10 s", "took [9] s", "took [10] s"),
    "one has more": ("a b", "a b c", "a b", "a b[ c]"),
    "a word between": ("epoch 1 loss 2", "epoch 1 best loss 3", "epoch 1 loss [2]", "epoch 1 [best ]loss [3]"),
    "an order": ("{'a', 'b'}", "{'b', 'a'}", "{'[a]', '[b]'}", "{'[b]', '[a]'}"),
    "nothing in common": ("abc", "xyz", "[abc]", "[xyz]"),
    "no line": ("", "x", "", "[x]"),
    "coloured alike": ("\x1b[1;31mloss\x1b[0m 1", "\x1b[1;31mloss\x1b[0m 2", "loss [1]", "loss [2]"),
    "coloured otherwise, too": ("\x1b[31mloss 1", "\x1b[38;5;12mloss 2\x1b[K", "loss [1]", "loss [2]"),
    "links and titles": ("\x1b]0;title\x07a\x1b(B 1", "\x1b]8;;http://a\x1b\\a 2", "a [1]", "a [2]"),
    "a code that does not end": ("\x1b[31", "\x1b[32", "\\x1b[3[1]", "\\x1b[3[2]"),
    "only colours differ": ("\x1b[31mred", "\x1b[32mred", "\\x1b[3[1]mred", "\\x1b[3[2]mred"),
    "an escape and its text": ("a\0b", "a\\x00b", "a[\\x00]b", "a[\\\\x00]b"),
    "a path beside it": ("C:\\data 1", "C:\\data 2", "C:\\data [1]", "C:\\data [2]"),
    "blanks of two kinds": ("a b", "a\u00a0b", "a[ ]b", "a[\\xa0]b"),
    "a tab": ("a\tb", "a b", "a[\\t]b", "a[ ]b"),
    "NUL and a lone surrogate": ("\0a", "\ud800a", "[\\x00]a", "[\\ud800]a"),
    "bytes that are no text": ("\udcfe", "\udcff", "[\\xfe]", "[\\xff]"),
    "text directions": ("\u202eabc", "abc", "[\\u202e]abc", "abc"),
    "wide": ("\u65e5\u672c 1", "\u65e5\u672c 2", "\u65e5\u672c [1]", "\u65e5\u672c [2]"),
    "right to left": ("\u05d0\u05d1 1", "\u05d0\u05d1 2", "\u05d0\u05d1 [1]", "\u05d0\u05d1 [2]"),
    "equal": ("a\\b", "a\\b", "a\\\\b", "a\\\\b"),
}  # fmt: skip


def bracketed(pieces: list[tuple[str, bool]]) -> str:
    return "".join(f"[{text}]" if differs else text for text, differs in pieces)


@pytest.mark.parametrize("name", CASES)
def test_what_is_marked(name: str) -> None:
    """The differing characters of both lines are marked, whichever is the first; an escape is marked as a whole."""
    left, right, one, two = CASES[name]
    assert tuple(map(bracketed, marked(left, right))) == (one, two)
    assert tuple(map(bracketed, marked(right, left))) == (two, one)


def test_what_is_not_marked_is_equal() -> None:
    """Of any two lines, the parts without a mark are the same, all characters are shown, and none that cannot be seen."""
    drawn = random.Random(0)
    for _ in range(2000):
        left, right = (
            "".join(drawn.choices("ab01.,- \\\x1b[m\t\u202e\udcff\u65e5", k=drawn.randrange(20))) for _ in "12"
        )
        one, two = marked(left, right)
        kept, other = ("".join(text for text, differs in pieces if not differs) for pieces in (one, two))
        assert kept == other, (left, right)
        assert all(text.isprintable() for text, _ in (*one, *two))
        shown, beside = ("".join(text for text, _ in pieces) for pieces in (one, two))
        assert (shown == beside) == (left == right), (left, right)


LONG = {
    "words": ("a " * 5000, "b a " * 2500),
    "numbers": (" ".join(map(str, range(2000))), " ".join(map(str, range(1, 2001)))),
    "one word": ("x" * 10**6 + "1", "x" * 10**6 + "2"),
    "begun codes": ("\x1b[" * 10**5, "\x1b]" * 10**5),
    "an order of words": ("a,b " * 80, "b,a " * 79),
}


@pytest.mark.parametrize("name", LONG)
def test_long_lines(name: str) -> None:
    """Of a line of any length, what is shown is limited and has the first difference in it."""
    for pieces in marked(*LONG[name]):
        assert any(differs for _, differs in pieces)
        assert sum(len(text) for text, _ in pieces) <= 4 * MAX_SHOWN + 6


@pytest.mark.parametrize(
    ("left", "right", "below"),
    [
        ("loss 1", "loss 2", "     ^"),
        ("\u65e5\u672c 1", "\u65e5\u672c 2", "     ^"),
        ("e\u0301 1", "e\u0301 2", "  ^"),
        ("\u65e5", "\u672c", "^^"),
        ("a\0b", "a b", " ^^^^"),
        ("same 1 end", "same 2 end", "     ^"),
        ("a", "a b", ""),
    ],
)
def test_carets(left: str, right: str, below: str) -> None:
    """Each caret stands below a character that differs, as wide as a terminal shows it; none are left at the end."""
    assert carets(marked(left, right)[0]) == below


def test_visible() -> None:
    """Text that can be seen is unchanged, in any script."""
    assert visible("a b \u00e4 \u65e5 \u05d0 \U0001f600") == "a b \u00e4 \u65e5 \u05d0 \U0001f600"
    assert visible("a\nb\u2028c") == "a\\nb\\u2028c"
