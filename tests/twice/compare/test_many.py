"""Many processes, modules and lines: what a comparison takes grows as they do, counted and not timed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seedblock.twice.compare import comparison, twins
from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.tape import gate
from seedblock.twice.tape.lines import Part
from seedblock.twice.tape.reader import TapeReader
from tests.support.processes import ROOT, run
from tests.support.tapes import END, batch, header, part

COUNT = 300


class Tape:
    """A tape that counts how often it is read from its start."""

    def __init__(self, of: Part) -> None:
        self.of, self.begun = of, 0

    def __iter__(self) -> Iterator[Part]:
        self.begun += 1
        return iter([self.of])


@pytest.mark.parametrize("alike", [True, False])
def test_many_processes(alike: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many processes finds its twin, by its name or its first event, and is looked at a fixed number of times."""
    names = ["worker" if alike else f"worker {'x' * number}" for number in range(COUNT)]
    texts = [part([header(main=False, name=name), batch(0, f"d{number}"), END]) for number, name in enumerate(names)]
    looked = 0
    keys_of = twins.keys_of

    def counted(of: twins.Header) -> list[tuple[object, ...]]:
        nonlocal looked
        looked += 1
        return keys_of(of)

    monkeypatch.setattr(twins, "keys_of", counted)
    tapes = {f"{number:04}": Tape(text) for number, text in enumerate(texts)}
    compared = Comparison(tapes)
    compared.feed([(f"{number:04}", text) for number, text in enumerate(reversed(texts))])
    result = compared.finish()
    assert (result.first, result.coverage.processes, result.coverage.batches) == (None, COUNT, COUNT)
    assert looked == 2 * COUNT
    assert all(tape.begun <= 2 for tape in tapes.values())


def test_many_tapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tapes are not listed for each part that is read, and one that has not grown is not opened."""
    lines = b"".join(text + b"\n" for text in part([header(), *[batch(number) for number in range(99)]]).texts)
    for number in range(COUNT):
        (tmp_path / f"{number}.jsonl").write_bytes(lines)
    listed, opened = [], []
    tape_paths, open_one = gate.tape_paths, gate.opened
    monkeypatch.setattr(gate, "tape_paths", lambda *words, **more: listed.append(words) or tape_paths(*words, **more))
    monkeypatch.setattr(gate, "opened", lambda path: opened.append(path) or open_one(path))
    tapes = TapeReader(tmp_path)
    calls = 0
    while tapes.more(50):
        calls += 1
    assert (calls, tapes.batches) == (2 * COUNT, 99 * COUNT)
    assert len(listed) <= 2
    assert len(opened) == calls
    with (tmp_path / "7.jsonl").open("ab") as file:
        file.write(lines.splitlines()[-1] + b"\n")
    opened.clear()
    assert [name for name, _ in tapes.more()] == ["7"]
    assert {path.name for path in opened} == {"7.jsonl"}


def test_a_tape_that_comes_between(tmp_path: Path) -> None:
    """What is written while other tapes are read is found before nothing more is said to be new."""
    line = part([header()]).texts[0] + b"\n"
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_bytes(line * 3)
    tapes, found = TapeReader(tmp_path), []
    for new in (*"cde", *[""] * 9):
        if new:
            (tmp_path / f"{new}.jsonl").write_bytes(line * 2)
            with (tmp_path / "a.jsonl").open("ab") as file:
                file.write(line)
        found += [name for name, text in tapes.more(2) for _ in text.texts]
    assert sorted(found) == [*"aaaaaa", *"bbb", *"ccddee"]


def test_many_lines_before_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a process that has no event for long, no more lines are kept than a fixed number; nothing of it is lost."""
    monkeypatch.setattr(comparison, "MAX_WAITING", 100)
    lines = [header(), *[{"read": f"{number}.pt"} for number in range(2000)], batch(0), END]
    whole = part(lines)
    for first in ({"a": [whole]}, {}):
        compared, kept = Comparison(first), []
        for place in range(0, len(lines), 10):
            compared.feed([("a", Part("a", place + 1, whole.texts[place : place + 10]))])
            kept.append(sum(process.lines for process in compared._unmatched.values()))
        assert max(kept) < 100
        assert (compared.finish().first is None, compared.finish().coverage.batches) == (
            (True, 1) if first else (False, 0)
        )


MODULES = """
from seedblock.twice.compare.event_words import differing_modules
from seedblock.twice.tape.line_kinds import Module

one, two = ([Module("Net", [f"{way}{number}"], f"{run}{number}:0000") for number in range(100_000)] for run, way in ("ab", "cd"))
assert differing_modules(one, one[::-1]) == []
assert differing_modules(one, two) == ["a Net that only one run has"] * 100_000
assert differing_modules(one, [*two, Module("Net", ["b99999"], "x:1111")]) == ["b99999"]
"""


def test_many_modules(tmp_path: Path) -> None:
    """100,000 modules are compared in steps as many: by their square these would be an hour's."""
    done = run("-c", MODULES, cwd=tmp_path, variables={"PYTHONPATH": str(ROOT / "generator")}, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
