"""The words after `--`: which is the script, and what is refused."""

import os
import sys
from pathlib import Path

import pytest

from seedblock.errors import UsageError
from seedblock.twice.run.call import elsewhere, parse_command

# The words, and which of them is the script: its index, None if there is none.
WORDS = {
    "a script": (["train.py", "-c", "x"], 0),
    "an option": (["-u", "train.py"], 1),
    "options": (["-u", "-B", "train.py"], 2),
    "joined options": (["-uB", "train.py"], 1),
    "an option with a value": (["-W", "error", "train.py"], 2),
    "its value joined": (["-Werror", "train.py"], 1),
    "its value looks like options": (["-Wm", "train.py"], 1),
    "joined, with a value": (["-uX", "dev", "train.py"], 2),
    "a long option": (["--check-hash-based-pycs", "always", "train.py"], 2),
    "a long option with such letters": (["--cmWX", "train.py"], 1),
    "the end of options": (["-u", "--", "train.py"], 2),
    "a module": (["-m", "missing", "train.py"], None),
    "a joined module": (["-um", "missing"], None),
    "a module without a blank": (["-mmissing", "missing.py"], None),
    "a command": (["-c", "print(1)", "train.py"], None),
    "a joined command": (["-uc", "print(1)"], None),
    "a command of two lines": (["-cprint(1)\nprint(2)", "missing.py"], None),
    "standard input": (["-u", "-", "missing.py"], None),
    "only options": (["-u"], None),
}


@pytest.mark.parametrize("name", WORDS)
def test_which_word_is_the_script(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options are read as Python reads them, and only the script's path changes for a run in another folder."""
    words, script = WORDS[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").touch()
    call = parse_command(words, "python")
    assert call.command == ("python", *words)
    assert call.script == (None if script is None else script + 1)
    moved = elsewhere(call, tmp_path).command
    assert [index for index, word in enumerate(moved) if word != call.command[index]] == [
        index for index in (call.script,) if index is not None
    ]
    if script is not None:
        (tmp_path / "train.py").unlink()
        with pytest.raises(UsageError, match=r"there is no script 'train\.py'"):
            parse_command(words, "python")


REFUSED = {
    "a NUL": (["train.py", "a\0b"], "cannot contain NUL"),
    "a long name": (["x" * 300], "there is no script or program 'xxx"),
    "a long script": (["x" * 300 + ".py"], "there is no script 'xxx"),
    "a long notebook": (["x" * 300 + ".ipynb"], "there is no script 'xxx"),
    "a file as a folder": (["train.py/train.py"], "there is no script 'train.py/train.py'"),
    "blanks": (["  "], "there is no script or program '  '"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be run is refused with its name, also what the system cannot even look for."""
    words, said = REFUSED[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").touch()
    with pytest.raises(UsageError) as caught:
        parse_command(words, "python")
    assert said in caught.value.problems[0]


def test_a_long_word_of_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that is no path may have any length, and end like one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").touch()
    program = Path(sys.executable).name
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert parse_command([program, "-c", "x" * 300 + "train.py"], "python").script is None
    assert parse_command([program, "x" * 300 + "train.py", "train.py"], "python").script == 2


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX")
def test_a_name_that_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script's name and its arguments are bytes to the system, and stay the same bytes."""
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"\xff\xfe.py")
    (tmp_path / name).touch()
    assert parse_command([name, os.fsdecode(b"\xff")], "python").command[1:] == (name, os.fsdecode(b"\xff"))
