"""Tapes that were not recorded to their end: what they lack is no difference, and is told."""

from pathlib import Path

import pytest

from seedblock.cli import main
from seedblock.twice.run.process import CLOCK
from seedblock.twice.tape.folder import OUTPUT_FILE
from tests.support.processes import run
from tests.twice.tape.test_gate import RUN, tape

ENDS = {
    "the disk was full": ({"exit": 0, "stopped": "No space left on device"}, "No space left on device"),
    "run.json could not be written either": ({"exit": None, "stopped": None}, "run.json has no exit code"),
    "whole": ({}, None),
}


def printed(folder: Path, name: str, output: bytes, **known: object) -> None:
    (tape(folder / name, about={**RUN, "variables": CLOCK, **known}) / OUTPUT_FILE).write_bytes(output)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("end", ENDS)
def test_an_output_that_is_not_whole(
    end: str, first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an output that is not whole, the whole lines are compared, and the rest is undecided; in a whole run, it is a difference."""
    monkeypatch.chdir(tmp_path)
    known, why = ENDS[end]
    printed(tmp_path, "short", b"x\nx\nx", **known)
    printed(tmp_path, "long", b"x\nx\nxyz\nx\n")
    names = ("short", "long") if first else ("long", "short")
    assert main(["compare", *names]) == (1 if why is None else 2)
    out = capsys.readouterr().out
    assert ("until then equal: 2 printed lines" in out) == (why is not None)
    assert ("short was not recorded to its end" in out) == (why is not None)
    assert why is None or f"short was not recorded to its end: {why}\n" in out


def test_a_tape_with_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That the end is missing is said once of a tape that is compared with itself, and never of a whole one."""
    monkeypatch.chdir(tmp_path)
    printed(tmp_path, "cut", b"x\n", exit=None)
    printed(tmp_path, "whole", b"x\n")
    assert (main(["compare", "cut", "cut"]), main(["compare", "whole", "whole"])) == (2, 0)
    assert capsys.readouterr().out.count("was not recorded to its end") == 1


def test_what_differs_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line that differs before the output breaks off is a difference."""
    monkeypatch.chdir(tmp_path)
    printed(tmp_path, "cut", b"y\n", exit=None)
    printed(tmp_path, "whole", b"x\nx\n")
    assert main(["compare", "cut", "whole"]) == 1
    assert capsys.readouterr().out.startswith("differs: printed output, first in line 1 ")


NOT_KEPT = """
import os
from seedblock import cli
from seedblock.twice import commands
def fail(*_):
    raise PermissionError(13, "Permission denied", "a.tape")
commands.keep_tape = fail
cli.run()
"""


@pytest.mark.parametrize("ended", [0, 3])
def test_a_tape_that_cannot_be_kept(ended: int, tmp_path: Path) -> None:
    """If a tape cannot be moved to its place, a line says so instead of what is on it, and `record` ends as the script does."""
    (tmp_path / "train.py").write_text(f"print(1); raise SystemExit({ended})", encoding="utf-8")
    result = run("-c", NOT_KEPT, "record", "--out", "a.tape", "--", "train.py", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (ended, "1\n"), result
    said = f"the tape {str(tmp_path / 'a.tape')!r} could not be kept: Permission denied\n"
    assert result.stderr.endswith(said)
    assert "0 batches" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["train.py"]
