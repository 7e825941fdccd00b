"""What two runs print: equal but for what may vary, or not."""

import tracemalloc
from io import BytesIO
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedblock.twice.compare import printed, printed_lines
from seedblock.twice.compare.printed import Pids, Printed
from tests.support.processes import ROOT, run

VARY = [
    ("took 1.23 s", "took 4.5 s"), ("loss 0.51 (12.1 it/s)", "loss 0.51 (13 it/s)"), ("SPS: 1200", "SPS: 1300"),
    ("{'train_runtime': 1.2, 'train_loss': 0.3}", "{'train_runtime': 1.3, 'train_loss': 0.3}"),
    ("<object at 0x7f123456>", "<object at 0x7f99aaaa>"), ("saved /tmp/ab/c.pt", "saved /tmp/xz/c.pt"),
    ("2026-01-01 10:00:01,123 INFO x", "2026-01-01 10:00:02,999 INFO x"), ("1700000000.12", "1700000001.5"),
    ("iter 0: loss 4.1, time 812.39ms, mfu -100.00%", "iter 0: loss 4.1, time 912.39ms, mfu 1.00%"),
    ("100%|###| 10/10 [00:01<00:00, 8.1it/s, loss=0.3]", "100%|###| 10/10 [00:02<00:00, 9.1it/s, loss=0.3]"),
    ("1%|\r50%| 3it/s\rdone", "2%|\r70%| 4it/s\rdone"), ("\x1b[1mtime: 3\x1b[0m", "\x1b[1mtime: 4\x1b[0m"),
    ("| lr 20.00 | ms/batch 82.41 | loss 5.7", "| lr 20.00 | ms/batch 5.1 | loss 5.7"), ("samples/s: 81", "samples/s: 9"),
    ("{'train_runtime': '4.428', 'train_loss': '0.3'}", "{'train_runtime': '3.9', 'train_loss': '0.3'}"),
    ("7/7 0:00:03 • 0:00:00 2.08it/s v_num: 0.000", "7/7 0:00:02 • 0:00:00 3.1it/s v_num: 1.000"),
    ("100%|##| 10/10 [00:01<00:00,  9.99it/s]", "100%|##| 10/10 [00:01<00:00, 10.78it/s]"),
    ("Time  8.905 ( 8.905)\tData  0.352 ( 0.352)\tLoss 6.9", "Time  9.1 ( 8.5)\tData  0.4 ( 0.2)\tLoss 6.9"),
    ("Loss: 1.2 (1.3)  Time: 0.354s,   22.57/s  (0.354s,   22.57/s)  LR: 1.0e-05  Data: 0.096 (0.096)",
     "Loss: 1.2 (1.3)  Time: 0.361s,   21.05/s  (0.371s,   20.00/s)  LR: 1.0e-05  Data: 0.1 (0.1)"),
    ("Mon Nov 24 02:04:02 2026", "Tue Nov 25 03:04:02 2026"), ("C:\\Users\\a\\x.pt", "C:\\Users\\b\\x.pt"),
]  # fmt: skip
COUNT = [
    ("loss 0.5", "loss 0.6"), ("step 10: 5", "step 11: 5"), ("beta 0.5", "beta 0.4"), ("timestep 5", "timestep 6"),
    ("loss 0.5 min 0.1", "loss 0.6 min 0.1"), ("0.5 loss/step", "0.6 loss/step"), ("members 5", "members 6"), ("a", "a\nb"),
    ("acc 0.5 (3 s)", "acc 0.6 (3 s)"), ("accuracy: 91.2%", "accuracy: 91.3%"), ("epoch 1: 0.25", "epoch 1: 0.26"),
    ("Time 1 (1) Loss 0.5 (0.5)", "Time 1 (1) Loss 0.5 (0.6)"), ("Data 0.5 (0.5)", "Data 0.5 (0.6)"),
    ("{'train_runtime': '4', 'train_loss': '0.3'}", "{'train_runtime': '4', 'train_loss': '0.4'}"),
    ("loss/batch 0.5", "loss/batch 0.6"), ("loss/sample 0.5", "loss/sample 0.6"), ("| lr 20.00 | ms/batch 82", "| lr 21.00 | ms/batch 82"),
]  # fmt: skip


def compare_printed(one: bytes, two: bytes, pids: Pids = ((), ())) -> Printed:
    return printed.compare_printed(BytesIO(one), BytesIO(two), pids)


@pytest.mark.parametrize(("one", "two"), VARY)
def test_set_aside(one: str, two: str) -> None:
    """Times, speeds, dates, paths and addresses are set aside, and the line is named."""
    found = compare_printed(f"start\n{one}\n".encode(), f"start\n{two}\n".encode())
    assert (found.first, found.lines) == (None, 2)
    assert found.set_aside in ((2,), ())  # () where a bar has overwritten itself


@pytest.mark.parametrize(("one", "two"), COUNT)
def test_counts(one: str, two: str) -> None:
    """Every other number counts, with its line and both texts."""
    found = compare_printed(f"start\n{one}\n".encode(), f"start\n{two}\n".encode())
    assert found.first is not None
    assert found.first[0] == 2 + (one == "a")


@pytest.mark.parametrize(
    ("one", "two", "lines"),
    [
        ("41\tloss 0.5", "52\tloss 0.5", 1), ("41 41.5 3s", "52 41.5 4s", 1), ("epoch 41, 3 s", "epoch 41, 4 s", 1),
        ("41\tloss 0.5", "53\tloss 0.5", 0), ("loss 41.5", "loss 52.5", 0), ("x41", "x52", 0),
    ],
)  # fmt: skip
def test_process_numbers(one: str, two: str, lines: int) -> None:
    """The number of a run's own process is set aside, and no other number, nor a part of one."""
    assert compare_printed(one.encode(), two.encode(), ({"41"}, {"52"})).lines == lines


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
    """A line without an end is compared to its last byte, in constant memory; what was not searched for times is said."""
    size = 200 * printed_lines.CHUNK_BYTES
    tracemalloc.start()
    try:
        found = [printed.compare_printed(Line(size, b"1"), Line(size, end)) for end in (b"1", b"2")]
        assert tracemalloc.get_traced_memory()[1] < 20 * printed_lines.CHUNK_BYTES
    finally:
        tracemalloc.stop()
    assert found[0] == Printed(1, None, ())
    assert found[1].too_long
    assert found[1].first is not None


def test_numbers_of_lines_are_few() -> None:
    """Of lines that differ in times alone, the first ones are named, and all are counted."""
    one, two = (
        "".join(f"epoch {number} took {number + run}.5 s\n" for number in range(1000)).encode() for run in (0, 1)
    )
    assert compare_printed(one, two) == Printed(1000, None, (1, 2, 3, 4, 5, 6))


def test_any_order() -> None:
    """In another order, a line counts as often as it was printed, and what varies in it is set aside."""
    assert compare_printed(b"start\na took 1 s\nb\na took 2 s\n", b"start\nb\na took 3 s\na took 4 s\n").reordered
    assert not compare_printed(b"a\na\nb\n", b"b\nb\na\n").reordered
    assert not compare_printed(b"a\n\xff\n", b"\xfe\na\n").reordered
    assert not compare_printed(b"a\nb\n", b"b\na\na\n").reordered


SHOWN = {
    "short lines": ("accuracy 1", "accuracy 2", ("'accuracy 1'", "'accuracy 2'")),
    "far behind": ("x" * 100 + "1" + "y" * 100, "x" * 100 + "2" + "y" * 100,
                   (f"...'{'x' * 20}1{'y' * 39}'...", f"...'{'x' * 20}2{'y' * 39}'...")),
    "behind a time": (f"took 1 s {'x' * 100} 1", f"took 2 s {'x' * 100} 2", (f"...'{'x' * 19} 1'", f"...'{'x' * 19} 2'")),
    "a shorter line": ("x" * 100 + "yz", "x" * 100, (f"...'{'x' * 20}yz'", f"...'{'x' * 20}'")),
    "control characters": ("\x1b]0;a\x07\u202e", "\x9b1\x00", ("'\\x1b]0;a\\x07\\u202e'", "'\\x9b1\\x00'")),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown(name: str) -> None:
    """The shown part of two lines has the first character that differs, and no control character."""
    one, two, shown = SHOWN[name]
    found = compare_printed(one.encode(), two.encode()).first
    assert found == (1, *shown)


# Repeated, each of these made some pattern look again and again at the same characters, or may do so.
HOSTILE = (
    "1", "1,", "1_", "1.", "1 ", "1:11:", "1-", "1e1", "_", "-", ".", "/", ":", "(", " ", "\t", "a", "a/", "/a", "//a", "1/", "s/",
    "time", "time ", "time\t", "time(a", "time (1 (", "timetime ", "time_", "time | ", "| time | loss |", "data 1 (", '"time"',
    "Mon ", "Mon Jan 11 1:1:1 ", "0x", "1111-1-1 ", "1 day", "1 days, ", "C:\\", "file:/", "\x1b[1;", "1 s\t\t\t=\t\t\t", "1 a_per_",
    "1" * 30 + "_" * 30 + "a" * 41, "a" * 40 + "time" + "a" * 40 + " ", "1" + "." + "1" * 30, "µs 1µ",
)  # fmt: skip
SEARCH = """
import sys
from seedblock.twice.compare.varying import without_varying

size = int(sys.argv[1])
for unit in sys.argv[2:]:
    for start, end in (("", "x"), ('"time"', '"x"'), ("took 1", "!")):
        without_varying(start + (unit * size)[:size] + end, {"7"})
"""


@pytest.mark.parametrize(
    ("units", "size"),
    [((" ", "| time | loss |", "1,"), 100_000), pytest.param(HOSTILE, 300_000, marks=pytest.mark.slow)],
)
def test_a_search_takes_time_as_long_as_the_line(units: tuple[str, ...], size: int, tmp_path: Path) -> None:
    """What varies is found in steps that grow with a line's length: by its square, one of these would take longer than all may."""
    variables = {"PYTHONPATH": str(ROOT / "generator")}
    done = run("-c", SEARCH, str(size), *units, cwd=tmp_path, variables=variables, timeout=size / 1000)
    assert (done.returncode, done.stderr) == (0, "")
