"""What two runs print: equal but for what the tapes know of their processes, or not."""

import tracemalloc
from io import BytesIO
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedblock.twice.compare import printed, printed_lines
from seedblock.twice.compare.printed import NOTHING_KNOWN, Known, Printed, quoted
from tests.support.processes import ROOT, run

KNOWN = (
    Known({"41", "4100"}, [(0x1000, 0x2000), (0x7F00, 0x7FFF), (140 * 10**12, 140 * 10**12 + 9)]),
    Known({"52"}, [(0x7F123000, 0x7F124000), (139 * 10**12, 139 * 10**12 + 9)]),
)
# What the tapes know of a process, at the same place in both lines.
ALIKE = [
    ("41\tloss 0.5", "52\tloss 0.5"), ("41 41.5 3s", "52 41.5 3s"), ("epoch 41, pid 41", "epoch 41, pid 52"), ("(pid=4100)", "(pid=52)"),
    ("[   41] a", "[   52] a"), ("[ 4100] a", "[   52] a"), ("41   a", "52 a"), ("run_41.log", "run_52.log"), ("pid 41.", "pid 52."),
    ("tfevents.170.host.41.0", "tfevents.170.host.52.0"), ("41", "52"),
    ("<object at 0x1000>", "<object at 0x7f123fff>"), ("<f at 0x7ffe> 41", "<f at 0x7F123000> 52"), ("0x1fff 0x1fff", "0x7f123000 0x7f123abc"),
    ("id 140000000000008", "id 139000000000000"),
]  # fmt: skip
# Everything else counts, whatever it looks like.
COUNT = [
    ("41\tloss 0.5", "53\tloss 0.5"), ("loss 41.5", "loss 52.5"), ("x41", "x52"), ("41 a", "52 b"), ("41 41", "52 53"), ("0.41", "0.52"),
    ("41 a", "a 52"), ("52", "41"), ("41e3", "52e3"), ("3.41", "3.52"), ("-41.", "52."), ("41", ""), ("41  x", "41 x"), ("41a", "52a"),
    ("<object at 0x2000>", "<object at 0x7f123000>"), ("<object at 0x1000>", "<object at 0x7f124000>"), ("0x1000", "0x1001"),
    ("0x10000000000001000", "0x7f123000"), ("0x1000g", "0x7f123000g"), ("0x1000", "52"), ("0x0", "0x7f123000"), ("0x", "0xx"),
    ("took 1.23 s", "took 4.5 s"), ("12.1 it/s", "13 it/s"), ("saved /tmp/ab/c.pt", "saved /tmp/xz/c.pt"), ("sentiment 0.31", "sentiment 0.99"),
    ("2026-01-01 10:00:01", "2026-01-01 10:00:02"), ("1700000000.12", "1700000001.5"), ("\x1b[1ma\x1b[0m", "a"), ("loss  0.5", "loss 0.5"),
    ("1%|\r50%| 3it/s\rdone", "2%|\r70%| 4it/s\rdone."), ("a", "a\nb"), ("v1.41.2", "v1.52.2"), ("140000000000009", "139000000000000"), ("4096", "2131898368"), ("\u0664\u0661", "\u0665\u0662"),
]  # fmt: skip


def compare_printed(one: bytes, two: bytes, known: tuple[Known, Known] = NOTHING_KNOWN) -> Printed:
    return printed.compare_printed(BytesIO(one), BytesIO(two), known)


@pytest.mark.parametrize(("one", "two"), ALIKE)
def test_what_is_known_of_a_process(one: str, two: str) -> None:
    """Ids and addresses of a run's own processes are equal; those that are not known as such are not."""
    found = compare_printed(f"start\n{one}\n".encode(), f"start\n{two}\n".encode(), KNOWN)
    assert found == Printed(2, None)
    assert compare_printed(one.encode(), two.encode()).first is not None


@pytest.mark.parametrize(("one", "two"), COUNT)
def test_counts(one: str, two: str) -> None:
    """Every other byte counts, with its line and both texts."""
    found = compare_printed(f"start\n{one}\n".encode(), f"start\n{two}\n".encode(), KNOWN)
    assert found.first is not None
    assert found.first[0] == 2 + (one == "a")
    assert found.first[1] != found.first[2]


def test_order() -> None:
    """The same lines in another order are told as that."""
    assert compare_printed(b"a\nb\n", b"b\na\n").reordered
    assert not compare_printed(b"a\nb\n", b"b\nc\n").reordered


def test_any_bytes() -> None:
    """What is no text, and a line of megabytes, is compared too."""
    assert compare_printed(bytes(range(256)), bytes(range(256))).first is None
    assert compare_printed(b"x" * 10**7 + b"1", b"x" * 10**7 + b"2").first is not None


OTHER_BYTES = {
    "no text": (b"a\xff\n", b"a\xfe\n"),
    "half a character": (b"\xc3\n", b"\xe2\x82\n"),
    "the replacement character": (b"\xff\n", "\ufffd\n".encode()),
    "beyond 50 MB": (b"same line\n" * 6_000_000 + b"1\n", b"same line\n" * 6_000_000 + b"2\n"),
    "the end of a long line": (b"x" * 3_000_000 + b"1\n", b"x" * 3_000_000 + b"2\n"),
    "a line that only one has": (b"a\n", b"a\n\n\nb"),
}


@pytest.mark.parametrize("name", OTHER_BYTES)
def test_every_byte_counts(name: str) -> None:
    """Bytes that differ are a difference, wherever they are and whatever they mean; the same bytes are none."""
    one, two = OTHER_BYTES[name]
    assert compare_printed(one, two).first is not None
    assert compare_printed(one, one).first is compare_printed(two, two).first is None


def naive(data: bytes) -> list[bytes]:
    lines = (line.rstrip(b"\r").rpartition(b"\r")[2].rstrip() for line in data.split(b"\n"))
    return [line for line in lines if line]


SOME_BYTES = st.lists(st.sampled_from([b"a", b"b", b" ", b"\t", b"\r", b"\n", b"\xff", b"abcdefgh"])).map(b"".join)


@given(SOME_BYTES, SOME_BYTES, SOME_BYTES, st.integers(1, 9))
def test_lines_in_pieces(start: bytes, one: bytes, two: bytes, chunk: int) -> None:
    """Read in pieces of any size, the lines are those of the whole, as a terminal finally shows them."""
    whole = start + one, start + two
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printed_lines, "CHUNK_BYTES", chunk)
        assert list(printed_lines.printed_lines(BytesIO(whole[0]))) == naive(whole[0])
        found = compare_printed(*whole)
        patch.setattr(printed_lines, "MAX_LINE", 3)
        long = compare_printed(*whole)
    assert (found.first is None) == (long.first is None) == (naive(whole[0]) == naive(whole[1]))
    same = [one == two for one, two in zip_longest(*map(naive, whole))]
    assert found.lines == long.lines == (same.index(False) if False in same else len(same))


CUT = {
    "whole lines": (b"a\nb\n", b"a\n", 1),
    "half a line": (b"a\nbcd\n", b"a\nb", 1),
    "half a line that is whole in neither": (b"a\nbcd", b"a\nb", 1),
    "half a progress bar": (b"a\n1%\r2%\r3%\n", b"a\n1%\r2%", 1),
    "nothing": (b"a\n", b"", 0),
    "blank lines": (b"a\n\n\nb\n", b"a\n\n", 1),
    "beyond a chunk": (b"same line\n" * 300_000, b"same line\n" * 200_000, 200_000),
}  # fmt: skip


@pytest.mark.parametrize("name", CUT)
def test_what_an_output_lacks_that_is_not_whole(name: str) -> None:
    """What is missing at the end of an output that is not whole is no difference; in one that is whole, it is."""
    whole, short, lines = CUT[name]
    for one, two, cut in ((whole, short, (False, True)), (short, whole, (True, False)), (whole, short, (True, True))):
        found = printed.compare_printed(BytesIO(one), BytesIO(two), cut=cut)
        assert (found.first, found.lines) == (None, lines)
    for cut in ((False, False), (True, False)):
        lacking = printed.compare_printed(BytesIO(whole), BytesIO(short), cut=cut)
        assert (lacking.first is not None) == (cut == (False, False) or whole.endswith(b"\n"))


def test_what_differs_in_an_output_that_is_not_whole() -> None:
    """A whole line that differs is a difference all the same, and a longer output that is not whole is compared as far as the other."""
    assert printed.compare_printed(BytesIO(b"a\nb\n"), BytesIO(b"x\n"), cut=(False, True)).first is not None
    assert printed.compare_printed(BytesIO(b"a\n"), BytesIO(b"a\nb\n"), cut=(False, True)).first is not None


class Line(BytesIO):
    """A file of one line, which is in no memory as a whole."""

    def __init__(self, size: int, end: bytes) -> None:
        self.size, self.end, self.place = size, end, 0

    def read(self, size: int | None = -1) -> bytes:
        begin, self.place = self.place, self.place + (size or 0)
        return (
            b"x" * min(size or 0, self.size - begin) if begin < self.size else self.end if begin == self.size else b""
        )

    def seek(self, place: int, whence: int = 0) -> int:
        self.place = place
        return place


def test_a_line_of_any_size() -> None:
    """A line without an end is compared to its last byte, in constant memory."""
    size = 200 * printed_lines.CHUNK_BYTES
    tracemalloc.start()
    try:
        found = [printed.compare_printed(Line(size, b"1"), Line(size, end)) for end in (b"1", b"2")]
        assert tracemalloc.get_traced_memory()[1] < 20 * printed_lines.CHUNK_BYTES
    finally:
        tracemalloc.stop()
    assert found[0] == Printed(1, None)
    assert found[1].first is not None
    assert found[1].differing == 1


def test_any_order() -> None:
    """In another order, a line counts as often as it was printed, and what is known of a process is equal."""
    assert compare_printed(b"start\n41 a\nb\n 4100 a\n", b"start\nb\n52 a\n 52 a\n", KNOWN).reordered
    assert not compare_printed(b"start\n41 a\nb\n", b"start\nb\n53 a\n", KNOWN).reordered
    assert not compare_printed(b"a\na\nb\n", b"b\nb\na\n").reordered
    assert not compare_printed(b"a\n\xff\n", b"\xfe\na\n").reordered
    assert not compare_printed(b"a\nb\n", b"b\na\na\n").reordered
    assert not printed.compare_printed(BytesIO(b"a\nb\n"), BytesIO(b"b\na\n"), any_order=False).reordered


DIFFERING = [
    ("a b c", "a x c", 1), ("a b c", "x b y", 2), ("a b c", "a b c", 0), ("a b c", "x y", 0), ("41 a 41", "52 b 53", 2), ("a b", "b a", 2),
]  # fmt: skip


@pytest.mark.parametrize(("one", "two", "differing"), DIFFERING)
def test_how_many_lines_differ(one: str, two: str, differing: int) -> None:
    """The lines that differ are counted where both runs printed equally many."""
    texts = (text.replace(" ", "\n").encode() for text in (one, two))
    assert compare_printed(*texts, KNOWN).differing == differing


SHOWN = {
    "short lines": ("accuracy 1", "accuracy 2", ("'accuracy 1'", "'accuracy 2'")),
    "whole lines": ("x" * 3000 + "1", "x" * 3000 + "2", ("'" + "x" * 3000 + "1'", "'" + "x" * 3000 + "2'")),
    "far behind": ("x" * 3000 + "1" + "y" * 3000, "x" * 3000 + "2" + "y" * 3000,
                   (f"...'{'x' * 2000}1{'y' * 1999}'...", f"...'{'x' * 2000}2{'y' * 1999}'...")),
    "a shorter line": ("x" * 5000 + "yz", "x" * 5000, (f"...'{'x' * 2000}yz'", f"...'{'x' * 2000}'")),
    "beyond what is kept": ("x" * 20_000 + "1", "x" * 20_000 + "2",
                            (f"'{'x' * 4000}'...", "a line that differs after its first 10,000 bytes")),
    "control characters": ("\x1b]0;a\x07\u202e", "\x9b1\x00", ("'\\x1b]0;a\\x07\\u202e'", "'\\x9b1\\x00'")),
    "no text": ("\udcff", "\udcfe", ("'\\udcff'", "'\\udcfe'")),
    "colours": ("\x1b[31mloss 1\x1b[0m", "\x1b[31mloss 2\x1b[0m", ("'loss 1'", "'loss 2'")),
    "only colours differ": ("\x1b[31mloss", "\x1b[32mloss", ("'\\x1b[31mloss'", "'\\x1b[32mloss'")),
    "no line": ("\x1b[31ma", "", ("'a'", "nothing")),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown(name: str) -> None:
    """Two lines are shown whole, or the part with the first character that differs, without control characters and colours."""
    one, two, shown = SHOWN[name]
    found = compare_printed(*(text.encode("utf-8", "surrogateescape") for text in (one, two))).first
    assert found is not None
    assert (found[0], quoted(*found[1:])) == (1, shown)


# Repeated, each of these might make the search for numbers look again and again at the same characters.
HOSTILE = (
    "1", "1.", "1_", "1 ", "1.1", "a.1", "a.1.", " ", "0x", "0xa", "0x1 ", "00x1", "1" * 10 + " ", "1" * 11 + " ", "0x" + "1" * 16 + " ",
    "0x" + "1" * 17, "\t1", "7", "7 ", " 7", "       7", "7      ", "a", "a.", "µ1",
)  # fmt: skip
SEARCH = """
import sys
from seedblock.twice.compare.printed import Known, _alike, _digest

known = Known({"7"}, [(1, 2)])
for unit in sys.argv[2:]:
    line = (unit * int(sys.argv[1]))[:int(sys.argv[1])].encode()
    _alike(line + b"x", line + b"y", (known, known))
    _digest(line, known)
"""


@pytest.mark.parametrize(
    ("units", "size"),
    [((" ", "1.", "0x", "7      "), 100_000), pytest.param(HOSTILE, 300_000, marks=pytest.mark.slow)],
)
def test_a_search_takes_time_as_long_as_the_line(units: tuple[str, ...], size: int, tmp_path: Path) -> None:
    """Numbers are found in steps that grow with a line's length: by its square, one of these would take longer than all may."""
    variables = {"PYTHONPATH": str(ROOT / "generator")}
    done = run("-c", SEARCH, str(size), *units, cwd=tmp_path, variables=variables, timeout=size / 1000)
    assert (done.returncode, done.stderr) == (0, "")
