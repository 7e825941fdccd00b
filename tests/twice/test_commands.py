"""The commands twice, record and compare: what they are asked, what they refuse before any run begins, and what they write."""

import json
import os
import sys
from pathlib import Path

import pytest

from seedblock.cli import main
from tests.support.standing import STANDING, link, look
from tests.support.watched import place

POSIX = pytest.mark.skipif(os.name != "posix", reason="such files are POSIX's")

ENDS = {
    "sys.exit(3)": (["train.py"], "import sys; print('why'); sys.exit(3)", 2, "run 1 ended with exit code 3 after 0 steps"),
    "an exception": (["train.py"], "1 / 0", 2, "ZeroDivisionError"),
    "nothing": (["train.py"], "pass", 2, "nothing was compared: the script trains no module"),
    "no torch": (["train.py"], "print(sum(range(9)))", 0, "identical: 1 printed line, no training was seen (training not seen, printed output identical, files not seen)"),
    "unseeded": (["train.py"], "import random; print(random.random())", 1, "random is never seeded"),
    "a time": (["train.py"], "import time; print(f'took {time.time() % 7} s')", 0, "printed output differed only by a clock: runs 3 and 4"),
    "the order of a set": (["train.py"], "print({'a', 'b', 'c', 'd'})", 1, "hash order, first in line 1 of what was printed"),
    "run 2 fails": (["train.py"], "import os; os.mkdir('made')", 1, "run 2 ended with exit code 1 after 0 steps"),
    "another answer for each": (["train.py", "-x", "1"], "import sys; print(sys.argv[1:])", 0, "identical"),
    "a module": (["-m", "train"], "print(__name__)", 0, "identical"),
    "a command": (["-c", "print(1)"], "", 0, "identical"),
    "options like ours": (["train.py", "--report", "x", "--every", "-5", "--", "--json"], "import sys; assert len(sys.argv) == 7; print(1)", 0, "identical"),
    "a program": ([sys.executable, "train.py"], "print('program')", 0, "identical"),
    "no Python": (["sh", "-c", "echo hi"], "", 2, "nothing was recorded in run 1 and run 2"),
    "an isolated Python": (["-I", "train.py"], "print(1)", 2, "nothing was recorded in run 1 and run 2"),
    "no script": (["missing.py"], "", 2, "there is no script 'missing.py'"),
    "no script behind an option": (["-W", "error", "missing.py"], "", 2, "there is no script 'missing.py'"),
    "no program": (["missing"], "", 2, "there is no script or program 'missing'"),
    "no words": ([], "", 2, "name a script after --"),
    "an empty word": ([""], "", 2, "there is no script or program ''"),
}  # fmt: skip


SELDOM = (
    "sys.exit(3)",
    "a command",
    "a module",
    "no words",
    "an empty word",
    "no script behind an option",
    "a program",
)


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SELDOM)) for name in ENDS])
def test_ends(name: str, tmp_path: Path) -> None:
    """Every way in which a script is called and ends has its answer and its exit code, and leaves nothing behind."""
    command, code, expected, text = ENDS[name]
    at = place(tmp_path)
    at.write(code)
    result = at.run("twice", "--", *command)
    assert (result.returncode, "internal error in seedblock" in result.stderr) == (expected, False), result
    assert text in result.stdout + result.stderr, result
    assert at.left() == []


WRONG = [
    (["twice", "--every", "-5", "--", "train.py"], "must be a number of steps, 1 or more, got '-5'"),
    (["twice", "--every", "1e3", "--", "train.py"], "must be a number of steps, 1 or more, got '1e3'"),
    (["twice", "--every", "9" * 5000, "--", "train.py"], "must be a number of steps, 1 or more"),
    (["twice", "--timeout", "nan", "--", "train.py"], "must be a number of seconds above 0, got 'nan'"),
    (["twice", "--timeout", "0", "--", "train.py"], "must be a number of seconds above 0, got '0'"),
    (["twice", "--timeout", "inf", "--", "train.py"], "must be a number of seconds above 0, got 'inf'"),
    (["twice", "--python", "/nope", "--", "train.py"], "--python takes an interpreter, got '/nope'"),
    (["twice", "--python", "", "--", "train.py"], "--python takes an interpreter, got ''"),
    (["twice", "--python", "train.py", "--", "train.py"], "--python takes an interpreter, got 'train.py'"),
    (["twice", "--fresh", "--other-folder", "--", "train.py"], "not allowed with"),
    (["twice", "--report", "", "--", "train.py"], "--report takes a file, got ''"),
    (["twice", "--report", "none/page.html", "--", "train.py"], "there is no folder"),
    (["record", "--out", "", "--", "train.py"], "--out takes a folder, got ''"),
    (["record", "--out", "none/a.tape", "--", "train.py"], "there is no folder"),
    (["record", "--out", ".", "--", "train.py"], "is the working folder, or holds it"),
    (["record", "--force", "--out", "..", "--", "train.py"], "is the working folder, or holds it"),
    (["twice", "--force", "--report", ".", "--", "train.py"], "is the working folder, or holds it"),
    (["record", "--", "train.py"], "--out"),
    (["compare", "none", "train.py"], "no tape at 'none'"),
    (["compare", "old.jsonl", "."], "'old.jsonl' is not a tape: it is a file from an earlier seedblock: record it again"),
    *((["twice", "--vary", vary, "--", "train.py"], f"--vary takes NAME=A,B, got {vary!r}") for vary in ("x", "=1,2", "x=1", "x=1,2,3")),
    (["twice", "--vary", "amp=0,1", "--", "train.py", "--amp", "--epochs", "3"], "replaces the value of --amp, which has none"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "problem"), WRONG)
def test_wrong_calls(
    arguments: list[str],
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is wrong is said before anything runs: exit code 2, nothing on standard output, and the disk as it was."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("open('ran', 'w')", encoding="utf-8")
    (tmp_path / "old.jsonl").touch()
    before = look(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert problem in err.replace("\n", " ")
    assert look(tmp_path) == before


WRITING = {"--out": ("record", "--out"), "--report": ("twice", "--report")}


@POSIX
@pytest.mark.parametrize("option", WRITING)
@pytest.mark.parametrize("kind", STANDING)
def test_what_stands_at_a_path(
    kind: str, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not ours by its content is refused before the script runs, whatever it is, and stays as it is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("open('ran', 'w')", encoding="utf-8")
    make, can_be_kept = STANDING[kind]
    make(tmp_path / "there")
    before = look(tmp_path)
    for force in ([], ["--force"])[: 1 if can_be_kept else 2]:
        assert main([*WRITING[option], "there", *force, "--", "train.py"]) == 2
        assert kind.split(" to ")[0].removeprefix("an empty ") in capsys.readouterr().err
        assert look(tmp_path) == before


@POSIX
@pytest.mark.parametrize("option", WRITING)
def test_force_keeps_what_stood_there(option: str, tmp_path: Path) -> None:
    """--force keeps a file, a folder and a link under another name, and says which; what is ours is replaced without it."""
    at = place(tmp_path)
    at.write("print(1)")
    for number, kind in enumerate(("a file", "a folder", "a link to nowhere")):
        STANDING[kind][0](at.folder / "there")
        before = {name: found for name, found in look(at.folder).items() if name.split("/")[0] == "there"}
        result = at.run(*WRITING[option], "there", "--force", "--", "train.py")
        assert result.returncode == 0, result
        backup = f"there.bak{number + 1 if number else ''}"
        assert backup in result.stderr
        kept = {name: found for name, found in look(at.folder).items() if name.split("/")[0] == backup}
        assert {name.replace(backup, "there", 1): found for name, found in kept.items()} == before
        assert at.run(*WRITING[option], "there", "--", "train.py").returncode == 0
        made = at.folder / "there"
        made.unlink() if made.is_file() else [*(part.unlink() for part in made.iterdir()), made.rmdir()]
    assert at.left() == []


NAMES = ["new\nline.tape", "b\udcffd.tape", "-a.tape", "sp ace*?[.tape", "é日.tape"]


@POSIX
@pytest.mark.parametrize("name", [NAMES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES[1:])])
def test_names_of_tapes(name: str, tmp_path: Path) -> None:
    """A tape and a page may have any name; the data sets beside it, with the commonest names, stay as they are."""
    at = place(tmp_path)
    at.write("print(1)")
    for data in ("train.jsonl", "train.en.jsonl", "train.tape.jsonl", "train.output"):
        (at.folder / data).write_text("mine", encoding="utf-8")
    before = look(at.folder)
    for tape in (f"./{name}", f"./{name}.b"):
        result = at.run("record", "--out", tape, "--", "train.py")
        assert result.returncode == 0, result
        assert "0 batches, 0 steps" in result.stderr
    result = at.run("compare", "--report", f"./{name}.html", f"./{name}", f"./{name}.b")
    assert result.returncode == 0, result
    assert {path: found for path, found in look(at.folder).items() if name not in path} == before


def test_a_mistyped_script_keeps_the_old_tape(tmp_path: Path) -> None:
    """A call that cannot be run, or is stopped, leaves an earlier tape as it was; one that runs replaces it whole."""
    at = place(tmp_path)
    at.write("print(1)")
    assert at.run("record", "--out", "a.tape", "--", "train.py").returncode == 0
    before = look(at.folder)
    assert at.run("record", "--out", "a.tape", "--", "trian.py").returncode == 2
    assert look(at.folder) == before
    at.write("print(2)")
    assert at.run("record", "--out", "a.tape", "--", "train.py").returncode == 0
    assert (at.folder / "a.tape/output").read_text(encoding="utf-8") == "2\n"
    (at.folder / "a.tape/notes.txt").write_text("mine", encoding="utf-8")
    before = look(at.folder)
    assert at.run("record", "--out", "a.tape", "--", "train.py").returncode == 2
    assert look(at.folder) == before


def test_a_script_that_writes_what_looks_like_a_tape(tmp_path: Path) -> None:
    """Files that a script itself writes beside the tape, or that are named like one, are none of the tape's."""
    at = place(tmp_path)
    at.write("open('a.x.jsonl', 'w').write('no tape')\nprint(1)")
    for name in ("a", "b"):
        assert at.run("record", "--out", name, "--", "train.py").returncode == 0
    result = at.run("compare", "a", "b")
    assert (result.returncode, result.stdout) == (
        0,
        "identical: 1 printed line, no training was seen (training not seen, printed output identical, files not seen)\n",
    ), result


def test_tape_of_a_run_that_failed(tmp_path: Path) -> None:
    """A run that fails leaves its tape, which says so; `record` ends as the script does."""
    at = place(tmp_path)
    at.write("print(1); 1 / 0")
    result = at.run("record", "--out", "a.tape", "--", "train.py")
    assert result.returncode == 1
    assert "\nthe run ended with exit code 1 after 0 steps\n" in result.stderr
    told = json.loads((at.folder / "a.tape/run.json").read_text(encoding="ascii"))
    assert (told["seedblock"], told["exit"], told["command"][1:]) == ("tape", 1, ["train.py"])


def test_other_folder(tmp_path: Path) -> None:
    """Run 2 works in an empty folder; the script is found all the same, and no other word of the command changes."""
    at = place(tmp_path)
    at.write("import os, sys; print(len(os.listdir()) > 0, sys.argv[1:])")
    (at.folder / "data").mkdir()
    for command in (("train.py",), ("-W", "error", "train.py"), ("-m", "train"), (sys.executable, "train.py")):
        result = at.run("twice", "--other-folder", "--", *command, "data", "train.py")
        assert result.returncode == 1, result
        assert "run 3, line 1: True ['data', 'train.py']\n" in result.stdout
        assert "run 4, line 1: False ['data', 'train.py']\n" in result.stdout


def test_fresh(tmp_path: Path) -> None:
    """Each run has a copy of the working folder: what run 1 writes is neither there for run 2 nor afterwards."""
    at = place(tmp_path)
    at.write("import os, data; print(sorted(os.listdir()), data.x, open('out').read()); open('state', 'w')")
    at.write("x = 1", "data.py")
    (tmp_path / "outside").write_text("outside", encoding="utf-8")
    link(at.folder / "out", Path("../outside"))
    assert at.run("twice", "--", "train.py").returncode == 1
    (at.folder / "state").unlink()
    before = look(at.folder)
    result = at.run("twice", "--fresh", "--", "train.py")
    assert (result.returncode, result.stdout) == (
        0,
        "identical: 1 printed line, 1 file, no training was seen (training not seen, printed output identical, files identical)\n",
    ), result
    assert {name: found for name, found in look(at.folder).items() if "__pycache__" not in name} == {
        name: found for name, found in before.items() if "__pycache__" not in name
    }
    assert at.left() == []


def test_files_of_run_1_are_named(tmp_path: Path) -> None:
    """What run 1 has written and run 2 has found is said to be the likely cause."""
    at = place(tmp_path)
    at.write("import os; print(os.path.exists('cache')); open('cache', 'w')")
    result = at.run("twice", "--", "train.py")
    assert result.returncode == 1
    assert "cache" in result.stdout
    assert "--fresh" in result.stdout


def environment_with(folder: Path) -> Path:
    """Make an environment whose `python` is this one under another name."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").write_text(
        f'#!/bin/sh\nFOUND={folder.name} exec "{sys.executable}" "$@"\n', encoding="utf-8"
    )
    (folder / "bin/python").chmod(0o755)
    return folder


@POSIX
def test_python_of_the_active_environment(tmp_path: Path) -> None:
    """The active environment's interpreter runs the script and is named; --python goes before it."""
    at = place(tmp_path)
    at.write("import os; print(os.environ.get('FOUND'))")
    active = environment_with(tmp_path / "active")
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        result = at.run("twice", "--", "train.py", **{variable: str(active)})
        assert f"run with {active}/bin/python, the Python of the active" in result.stderr
        assert "active\n2| active\n" in result.stderr
    result = at.run("twice", "--python", sys.executable, "--", "train.py", VIRTUAL_ENV=str(active))
    assert result.stderr == "None\n2| None\n"


@POSIX
def test_python_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where seedblock lives without torch, the project's environment is found from any folder of the project, and not above."""
    from seedblock.twice.run import interpreter

    (tmp_path / "project/src").mkdir(parents=True)
    (tmp_path / "project/pyproject.toml").touch()
    environment_with(tmp_path / "venv")
    choose = interpreter.choose
    monkeypatch.setattr(interpreter, "find_spec", lambda name: None)
    assert choose(None, {}, tmp_path / "project/src") == (sys.executable, None)
    made = environment_with(tmp_path / "project/.venv")
    path, why = choose(None, {}, tmp_path / "project/src")
    assert path == str(made / "bin/python")
    assert "no torch where seedblock is installed" in str(why)
    monkeypatch.setattr(interpreter, "find_spec", lambda name: name)
    assert choose(None, {}, tmp_path / "project/src") == (sys.executable, None)
