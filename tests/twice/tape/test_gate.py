"""The gate for all that is read from a tape: only files, never waited for, of a limited size; and no text that could pass for ours."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedblock.cli import main
from seedblock.errors import UsageError
from seedblock.twice.tape import gate, lines
from seedblock.twice.tape.clean import MAX_DEPTH, clean_text
from seedblock.twice.tape.folder import OUTPUT_FILE, RUN_FILE, read_run_file
from seedblock.twice.tape.lines import FORMAT, TapeError
from seedblock.twice.tape.reader import TapeReader, tape_files
from tests.support.processes import run
from tests.support.standing import link
from tests.support.tapes import WHOLE_TAPE

POSIX = pytest.mark.skipif(os.name != "posix", reason="such files are POSIX's")
RUN: dict[str, Any] = {
    "seedblock": "tape", "format": FORMAT, "command": ["python", "train.py"], "variables": {}, "python": "python",
    "began": "2026-01-01T00:00:00+00:00", "exit": 0, "stopped": None,
}  # fmt: skip
PROCESS = "7.0.jsonl"
FILES = (RUN_FILE, OUTPUT_FILE, PROCESS)


def tape(folder: Path, whole: Any = WHOLE_TAPE, about: Any = RUN) -> Path:
    folder.mkdir()
    (folder / RUN_FILE).write_text(json.dumps(about), encoding="ascii")
    (folder / OUTPUT_FILE).write_bytes(b"a line\n")
    (folder / PROCESS).write_text("".join(json.dumps(line) + "\n" for line in whole), encoding="ascii")
    return folder


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


def _sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 20 * 10**9)


def _other_file(path: Path) -> None:
    path.with_name("secret").write_bytes(b"secret\n")
    link(path, path.with_name("secret"))


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a link to a file": (_other_file, "is a link, where a tape has a file"),
    "a link to /dev/zero": (lambda path: link(path, Path("/dev/zero")), "is a link, where a tape has a file"),
    "a pipe": (lambda path: os.mkfifo(path), "is a pipe, where a tape has a file"),
    "a socket": (_socket, "is a socket, where a tape has a file"),
    "a folder": (lambda path: path.mkdir(), "is a folder, where a tape has a file"),
    "20 GB that are not there": (_sparse, "is longer than"),
    "nothing": (lambda path: None, "is nothing, where a tape has a file"),
}  # fmt: skip

# The process may take one gigabyte, and is told each folder to compare with "good".
COMPARE = """
import contextlib, resource, sys
with contextlib.suppress(ValueError):  # macOS has no such limit
    resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))
from seedblock.cli import main
print([main(["compare", name, "good"]) for name in sys.argv[1:]])
"""


@POSIX
@pytest.mark.parametrize("kind", HOSTILE)
def test_only_files_are_read(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything but a file of a likely size is named and refused, at once and in little memory, whichever part of a tape it is."""
    monkeypatch.chdir(tmp_path)
    make, problem = HOSTILE[kind]
    tape(tmp_path / "good")
    # A run may have no process, and without run.json a folder is any folder.
    spoilt = [name for name in FILES if kind != "nothing" or name == OUTPUT_FILE]
    for name in spoilt:
        tape(tmp_path / f"no {name}")
        (tmp_path / f"no {name}" / name).unlink()
        make(tmp_path / f"no {name}" / name)
    result = run("-c", COMPARE, *(f"no {name}" for name in spoilt), cwd=tmp_path, timeout=60)
    assert result.stdout == f"{[2] * len(spoilt)}\n", result
    assert result.stderr.count(problem) == len(spoilt), result
    assert result.stderr.count("\n") == len(spoilt)
    assert "secret" not in result.stderr


def test_what_is_good_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The tape that the hostile ones are made of is identical to itself."""
    (one, two) = (tape(tmp_path / name) for name in ("one", "two"))
    assert main(["compare", str(one), str(two)]) == 0
    assert capsys.readouterr().out.startswith("identical: 2 batches, 2 steps")


RUN_FILES: dict[str, tuple[dict[str, Any], str]] = {
    "another format": ({"format": 99}, f"a tape of format 99; this seedblock reads {FORMAT}: record it again"),
    "no format": ({"format": None}, f"a tape of format None; this seedblock reads {FORMAT}"),
    "a format that is true": ({"format": True}, "a tape of format True"),
    "not ours": ({"seedblock": "page"}, "was not written by seedblock"),
    "no command": ({"command": "rm"}, "command: missing or invalid"),
    "a command of numbers": ({"command": [1]}, "command: missing or invalid"),
    "variables of lists": ({"variables": {"A": []}}, "variables: missing or invalid"),
    "an exit that is text": ({"exit": "0\nidentical: "}, "exit: missing or invalid"),
    "nested too deeply": ({"more": json.loads("[" * 50 + "]" * 50)}, "nested too deeply"),
    "too long": ({"more": "x" * gate.MAX_RUN_FILE_BYTES}, "is longer than 1000000 bytes"),
}


@pytest.mark.parametrize("name", RUN_FILES)
def test_run_files(name: str, tmp_path: Path) -> None:
    """A run.json of another format, with another type in it, or too long, is refused with what is wrong."""
    spoilt, problem = RUN_FILES[name]
    made = tape(tmp_path / "a.tape", about={**RUN, **spoilt})
    with pytest.raises(UsageError) as caught:
        read_run_file(made)
    assert problem in caught.value.problems[0]
    assert read_run_file(tape(tmp_path / "good")) == RUN


def test_number_of_processes(tmp_path: Path) -> None:
    """A folder with tapes of more processes than any run has is refused, not read for hours."""
    for number in range(gate.MAX_TAPES):
        (tmp_path / f"{number}.0.jsonl").touch()
    assert len(tape_files(tmp_path)) == gate.MAX_TAPES
    (tmp_path / "more.jsonl").touch()
    with pytest.raises(TapeError, match="more than 5000 processes"):
        tape_files(tmp_path)
    assert TapeReader(tmp_path).more() == []  # a run that is being recorded goes on


FORGED = "x\nidentical: 9 batches\r\x1b[2J\x85\u2028identical: 9\u202e\ud800\x00"
HARMLESS = "x\\nidentical: 9 batches\\r\\x1b[2J\\x85\\u2028identical: 9\\u202e\\ud800\\x00"


def forged(value: Any, keys: bool) -> Any:
    """Add hostile text to every string, and with `keys` to every key of a dictionary that the format does not name."""
    if isinstance(value, str):
        return value + FORGED
    if isinstance(value, list):
        return [forged(item, keys=True) for item in value]
    if isinstance(value, dict):
        free = keys and "module" not in value
        return {name + FORGED * free: forged(item, keys=True) for name, item in value.items()}
    return value


MORE = (
    {"stream": "torch", "seeded": "a.py:1", "value": "seed", "late": True},
    {"missed": "saved files", "why": "OSError"},
    {"has": "seedall"},
    {"read": "a.pt"},
    {"generator": "the torch.Generator `g` has another seed in each run", "seed": "1"},
    {"unseeded": "a NumPy generator is made without a seed at a.py:3"},
    {"source": "a.py", "sha256": "0"},
)
LINES = (WHOLE_TAPE[0], *MORE, *WHOLE_TAPE[1:])


def told(folder: Path, place: int, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Compare a tape full of hostile text with one that lacks a line, and return all that is said of it, as text and as JSON."""
    about = forged(RUN, keys=False) | {"seedblock": "tape", "variables": {FORGED: FORGED}}
    hostile = [forged(line, keys=False) for line in LINES]
    tape(folder / "one", hostile, about)
    tape(folder / "two", [*hostile[:place], *hostile[place + 1 :]], {**about, "exit": 0})
    page = folder / "page.html"
    arguments = ["compare", str(folder / "one"), str(folder / "two")]
    assert main([*arguments, "--report", str(page)]) in (0, 1, 2)
    out, err = capsys.readouterr()
    assert main([*arguments, "--json"]) in (0, 1, 2)
    as_json = json.loads(capsys.readouterr().out)
    return [out, err, json.dumps(as_json, ensure_ascii=False), page.read_text("utf-8") if page.exists() else ""]


@pytest.mark.parametrize("place", range(1, len(LINES)))
def test_no_text_of_a_tape_passes_for_ours(place: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever a newline, a control character or a lone surrogate stands on a tape, it begins no line and breaks no output."""
    said = told(tmp_path, place, capsys)
    assert any("x\\nidentical" in text for text in said)
    for text in said:
        text.encode("utf-8")
        assert not any(line.startswith("identical: 9") for line in text.splitlines())
        assert not set(text) & set("\r\x1b\x85\u2028\u202e\x00")


def test_uncleaned_text_would(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the cleaner a tape prints a line of its own: the test before can fail."""
    monkeypatch.setattr(lines, "clean", lambda data: data)
    with pytest.raises((AssertionError, UnicodeError)):
        test_no_text_of_a_tape_passes_for_ours(len(MORE) + 2, tmp_path, capsys)


def test_clean_text() -> None:
    """What is unfit is written as its escape; any other character of any language stays."""
    assert clean_text(FORGED) == HARMLESS
    assert clean_text("größe 日本 \N{GRINNING FACE} \\n 'a' \"b\"") == "größe 日本 \N{GRINNING FACE} \\n 'a' \"b\""


def test_names_that_become_one(tmp_path: Path) -> None:
    """Two saved parts whose names look the same once they are clean are refused: one would hide the other."""
    saved = {"saved": "a.pt", "parts": {"a\n": "1", "a\\n": "2"}, "plain": []}
    with pytest.raises(TapeError, match="two names differ only in characters that cannot be shown"):
        lines.read_line(json.dumps(saved).encode(), "a.tape", 2)


@pytest.mark.parametrize("depth", [MAX_DEPTH - 2, MAX_DEPTH])
def test_depth(depth: int) -> None:
    """A value may be nested as deep as any recorder's is, and no deeper."""
    text = b'{"settings":{"a":' + b"[" * depth + b"]" * depth + b"}}"
    if depth < MAX_DEPTH:
        lines.read_line(text, "a.tape", 2)
    else:
        with pytest.raises(TapeError, match="line 2: nested too deeply"):
            lines.read_line(text, "a.tape", 2)
