"""With --json, standard output has one JSON object, whatever goes wrong after the arguments were understood."""

import errno
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedblock.cli import main
from seedblock.twice import commands
from seedblock.twice.experiment import check
from seedblock.twice.report import words
from tests.support.processes import environment
from tests.twice.tape.test_gate import tape

WRONG = {
    "no script": ["twice", "--", "missing.py"],
    "no program": ["twice", "--", "missing"],
    "no words": ["twice", "--"],
    "no such interpreter": ["twice", "--python", "/nope", "--", "train.py"],
    "no folder for a page": ["twice", "--report", "none/page.html", "--", "train.py"],
    "no folder for a page of two tapes": ["compare", "--report", "none/page.html", "a", "a"],
    "two missing tapes": ["compare", "none", "train.py"],
    "a bad tape": ["compare", "a", "bad"],
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("open('ran', 'w')", encoding="utf-8")
    tape(tmp_path / "a")
    tape(tmp_path / "bad", about=[])
    return tmp_path


def failing(error: Exception) -> Callable[..., object]:
    def fail(*_: object) -> object:
        raise error

    return fail


def told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Call a command that fails, with --json and without; return its problems."""
    assert main(arguments) == 2
    plain = capsys.readouterr()
    assert plain.out == ""
    assert main([arguments[0], "--json", *arguments[1:]]) == 2
    out, err = capsys.readouterr()
    assert err == plain.err
    found: dict[str, object] = json.loads(out)
    problems = found.pop("problems")
    assert found == {"verdict": None, "exit": 2}
    assert isinstance(problems, list)
    assert err == "".join(f"seedblock: {problem}\n" for problem in problems)
    return problems


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is told as JSON too, in the words of standard error; without --json, standard output stays empty."""
    assert len(told(WRONG[name], capsys)) == (2 if name == "two missing tapes" else 1)
    assert not (here / "ran").exists()


FAULTS = {
    "a full disk": (OSError(errno.ENOSPC, "No space left on device", "/tmp/x"), "cannot read or write '/tmp/x': No space left"),
    "a program that cannot be run": (PermissionError(errno.EACCES, "Permission denied", "./x"), "cannot read or write './x': Permission"),
    "a fault of the system": (RuntimeError("can't start new thread"), "please report it: RuntimeError: can't start new thread"),
    "a bug of ours": (KeyError("layer"), "please report it: KeyError: 'layer'"),
    "no memory": (MemoryError(), "please report it: MemoryError"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        (check, "run_and_compare", ["twice", "--", "train.py"]),
        (commands, "scratch", ["twice", "--", "train.py"]),
        (commands, "tape_files", ["compare", "a", "a"]),
    ],
)
def test_faults(
    module: object, name: str, arguments: list[str], fault: str,
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """An error of the system, or of ours, is told as JSON too."""
    error, said = FAULTS[fault]
    monkeypatch.setattr(module, name, failing(error))
    (problem,) = told(arguments, capsys)
    assert said in problem


def test_one_object(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What goes wrong after the verdict was printed adds no second object."""
    exit_code, calls = words.exit_code, []

    def once(verdict: words.Verdict) -> int:
        calls.append(verdict)
        if len(calls) > 1:
            raise KeyError
        return exit_code(verdict)

    monkeypatch.setattr(words, "exit_code", once)
    assert main(["compare", "--json", "a", "a"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == "identical"
    assert "KeyError" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_standard_output_takes_nothing(here: Path) -> None:
    """Where the JSON cannot be printed, the error itself is still the one that is reported."""
    command = [sys.executable, "-m", "seedblock", "compare", "--json", "none", "a"]
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            command, cwd=here, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (result.returncode, result.stderr) == (2, "seedblock: no tape at 'none'\n")
