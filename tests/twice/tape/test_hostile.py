"""Broken and hostile tapes: a clear error or a right answer, never a traceback."""

import json
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.explain.cause import explain
from seedblock.twice.tape.lines import MAX_LINE_BYTES, TapeError
from seedblock.twice.tape.reader import TapeReader, tape_files
from seedblock.twice.verdict import Verdict
from tests.support.tapes import WHOLE_TAPE

LINES = [json.dumps(line).encode() for line in WHOLE_TAPE]
VALUES: tuple[Any, ...] = (
    None, True, -1, 2**70, 1e308, float("nan"), float("-inf"), "", "\x1b[2J", "\ud800", "<b>", [], [[]], [None], {}, {"": None}, "x" * 3000,
)  # fmt: skip


def compared(folder: Path, one: bytes, two: bytes) -> Verdict | TapeError:
    for name, data in (("one", one), ("two", two)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "7.0.jsonl").write_bytes(data)
    try:
        comparison = Comparison(tape_files(folder / "one"))
        reader = TapeReader(folder / "two")
        while new := reader.more(5):
            comparison.feed(new)
        return explain(comparison.finish((BytesIO(b"same\n"), BytesIO(b"same\n"))), (0, 0))
    except TapeError as error:
        return error


def another_value(data: Any, source: random.Random) -> Any:
    """Replace, remove or add something, anywhere."""
    if isinstance(data, dict) and data and source.random() < 0.8:
        key = source.choice(sorted(data))
        if source.random() < 0.2:
            return {name: value for name, value in data.items() if name != key}
        return {**data, key: another_value(data[key], source)}
    if isinstance(data, list) and data and source.random() < 0.5:
        place = source.randrange(len(data))
        return [*data[:place], another_value(data[place], source), *data[place + 1 :]]
    return source.choice(VALUES)


def value(source: random.Random) -> bytes:
    place = source.randrange(len(LINES))
    line = json.dumps(another_value(json.loads(LINES[place]), source)).encode()
    return b"\n".join([*LINES[:place], line, *LINES[place + 1 :], b""])


def cut(source: random.Random) -> bytes:
    data = b"\n".join([*LINES, b""])
    return data[: source.randrange(len(data))]


def binary(source: random.Random) -> bytes:
    data = bytearray(b"\n".join([*LINES, b""]))
    for _ in range(source.randrange(1, 4)):
        data[source.randrange(len(data))] = source.randrange(256)
    return bytes(data)


def shuffled(source: random.Random) -> bytes:
    lines = LINES[1:] * 2
    source.shuffle(lines)
    return b"\n".join([LINES[0], *lines[: source.randrange(len(lines))], b""])


WAYS: tuple[Callable[[random.Random], bytes], ...] = (value, value, value, cut, binary, shuffled)


def check(folder: Path, seed: int) -> None:
    source = random.Random(seed)
    tapes = [b"\n".join([*LINES, b""]), source.choice(WAYS)(source)]
    if source.random() < 0.3:
        tapes[0] = source.choice(WAYS)(source)
    source.shuffle(tapes)
    found = compared(folder, tapes[0], tapes[1])
    if isinstance(found, TapeError):
        assert "7.0.jsonl" in found.problems[0]
    elif found.difference is not None:
        assert all(isinstance(part, str) for part in found.difference)
        assert found.difference.remedy
    else:
        assert str(found.coverage)


@pytest.mark.parametrize("block", range(10))
def test_broken_tapes(block: int, tmp_path: Path) -> None:
    """300 broken tapes: each is compared, or refused with its name."""
    for seed in range(30):
        check(tmp_path, 1000 * block + seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(100, 110))
def test_many_broken_tapes(block: int, tmp_path: Path) -> None:
    """10,000 broken tapes."""
    for seed in range(1000):
        check(tmp_path, 1000 * block + seed)


REFUSED = {
    "no tape": (b"{}\n", "not a tape: its first line does not say that it is one"),
    "no JSON": (b"hello\n", "line 1 is not JSON"),
    "a list": (b"[]\n", "line 1 is not an object"),
    "an older version": (b'{"tape":1,"environment":{}}\n', "a tape of format 1; this seedblock reads 5: record it again"),
    "a newer version": (b'{"tape":99}\n', "a tape of format 99"),
    "a version that is no number": (b'{"tape":[]}\n', "a tape of format []"),
    "a missing key": (LINES[0] + b'\n{"batch":0}\n', "line 2: data, samples, streams: missing or invalid"),
    "a wrong type": (LINES[0] + b'\n{"gone":"x","weights":3}\n', "line 2: gone, weights: missing or invalid"),
    "nested too deeply": (LINES[0] + b"\n" + b"[" * 100_000 + b"]" * 100_000 + b"\n", "line 2 is not JSON: nested too deeply"),
    "an endless number": (LINES[0] + b'\n{"step":' + b"9" * 5000 + b"}\n", "line 2"),
    "binary": (bytes(range(256)) * 4 + b"\n", "line 1 is not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_tape_is_refused(name: str, tmp_path: Path) -> None:
    """Another file, or a tape of another format, is named with what is wrong and where."""
    data, problem = REFUSED[name]
    found = compared(tmp_path, b"\n".join([*LINES, b""]), data)
    assert isinstance(found, TapeError)
    assert problem in found.problems[0]


def test_a_line_of_a_gigabyte(tmp_path: Path) -> None:
    """A line without an end is refused before it fills the memory."""
    with (tmp_path / "7.0.jsonl").open("wb") as file:
        file.seek(10**9)
        file.write(b"\n")
    with pytest.raises(TapeError) as caught:
        TapeReader(tmp_path).more()
    assert f"line 1 is longer than {MAX_LINE_BYTES} bytes" in caught.value.problems[0]


def test_an_empty_tape_is_no_identical(tmp_path: Path) -> None:
    """Nothing recorded is said to be that, run by run."""
    found = compared(tmp_path, b"", b"\n".join([*LINES, b""]))
    assert isinstance(found, Verdict)
    assert found.coverage.recorded == (False, True)


def test_a_tape_is_read_as_it_grows(tmp_path: Path) -> None:
    """Each line is given once, when it is whole."""
    path, reader = tmp_path / "7.0.jsonl", TapeReader(tmp_path)
    data, seen = b"\n".join([*LINES, b""]), []
    for place in range(0, len(data), 37):
        with path.open("ab") as file:
            file.write(data[place : place + 37])
        for _, part in reader.more():
            assert part.first == len(seen) + 1
            seen += part.texts
    assert seen == LINES
    assert (reader.batches, reader.steps) == (2, 2)
    assert reader.more() == []
