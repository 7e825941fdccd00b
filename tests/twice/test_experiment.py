"""What further runs decide: whether a clock, the files of run 1, hashes or the order of a folder made a difference."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from seedblock.cli import main
from seedblock.twice.experiment import control_pair
from tests.support.watched import WAIT_S, place


class Case(NamedTuple):
    """A script, options, the three states, the layer ("" for none), what is said, and how many runs it took."""

    code: str
    options: tuple[str, ...]
    states: str
    layer: str
    says: tuple[str, ...]
    runs: int


NAMES = "for n in range(9): open(f'file{n}', 'w').close()\n"
LIST = "import os, sys; print([n for n in os.listdir('.') if n.startswith('file')])"
RANDOM = "print(int.from_bytes(os.urandom(4), 'little'))"
CASES = {
    "nothing differs": Case("print(1)", (), "not_seen identical not_seen", "", (), 2),
    "a time": Case("import time; print(time.time())", (), "not_seen identical not_seen", "", ("runs 3 and 4",), 4),
    "a time in a file": Case(
        "import time; open(f'{time.time()}.csv', 'w').write(f'a,b\\n1,{time.time()}\\n')",
        (), "not_seen not_seen identical", "", ("files differed only by a clock",), 4,
    ),
    "a folder named after the time": Case(
        "import os, time; os.mkdir(f'run{time.time_ns()}'); print(time.time())",
        (), "not_seen identical not_seen", "", ("runs 3 and 5",), 5,
    ),
    "a number like a time": Case(
        f"import os\n{RANDOM}", (), "not_seen differs not_seen", "printed output", ("no clock made this difference",), 6
    ),
    "a number like a time, ignored": Case(
        f"import os\n{RANDOM}\nopen('a', 'w')", ("--ignore", "output"), "not_seen ignored identical", "", (), 2
    ),
    "a file that differs": Case(
        "import os; open('a.csv', 'w').write(f'a,b\\n1,{os.urandom(4).hex()}\\n')",
        (), "not_seen not_seen differs", "files", ("a.csv",), 7,
    ),
    "a file that differs, with --fresh": Case(
        "import os; open('a.csv', 'w').write(f'a,b\\n1,{os.urandom(4).hex()}\\n')",
        ("--fresh",), "not_seen not_seen differs", "files", ("a.csv",), 6,
    ),
    "a file that differs, ignored": Case(
        "import os; open('a.csv', 'w').write(os.urandom(4).hex()); print(1)",
        ("--ignore", "files=*.csv"), "not_seen identical not_seen", "", (), 2,
    ),
    "files that differ, ignored": Case(
        "import os; open('a.csv', 'w').write(os.urandom(4).hex()); print(1)",
        ("--ignore", "files"), "not_seen identical ignored", "", (), 2,
    ),
    "what run 1 has written": Case(
        "import os; print(os.path.exists('cache')); open('cache', 'w')",
        (), "not_seen differs identical", "files of run 1", ("--fresh", "cache", "run 5"), 6,
    ),
    "the same with a time": Case(
        "import os, time; print(time.time(), os.path.exists('cache')); open('cache', 'w')",
        (), "not_seen differs identical", "files of run 1", ("--fresh", "cache", "run 5"), 6,
    ),
    "the same, with --fresh": Case(
        "import os, time; print(time.time(), os.path.exists('cache')); open('cache', 'w')",
        ("--fresh",), "not_seen identical identical", "", (), 4,
    ),
    "hashes": Case(
        "print(hash('a') % 99991)", (), "not_seen differs not_seen", "hash order", ("PYTHONHASHSEED", "run 5", "run 6"), 6
    ),
    "hashes and a time": Case(
        "import time; print(time.time(), hash('a') % 99991)",
        (), "not_seen differs not_seen", "hash order", ("PYTHONHASHSEED",), 6,
    ),
    "the order of a folder": Case(
        NAMES + LIST, (), "not_seen differs identical", "file order", ("sort", "a folder is listed at train.py:3"), 7
    ),
    "the order of a folder, kept": Case(NAMES + LIST, ("--keep-order",), "not_seen identical identical", "", (), 2),
    "no seed": Case(
        "import random; print(random.random())",
        (), "not_seen differs not_seen", "random streams", ("random is never seeded",), 4,
    ),
    "no seed, in a file": Case(
        "import random; open('a.csv', 'w').write(f'a\\n{random.random()}\\n')",
        (), "not_seen not_seen differs", "random streams", ("random is never seeded", "a.csv, line 2"), 5,
    ),
    "a generator without a seed, in a file": Case(
        "import random; draws = random.Random(); open('a.csv', 'w').write(f'a\\n{draws.random()}\\n')",
        (), "not_seen not_seen differs", "files", ("random.Random", "train.py:2", "give it a seed"), 7,
    ),
    "a file at a whole path": Case(
        "import os; open('WORK/a.csv', 'w').write(os.urandom(4).hex())",
        (), "not_seen not_seen undecided", "", ("no control pair decided", "whole path"), 4,
    ),
    "data beside the folder, and a time": Case(
        "import time; print(open('../data.txt').read(), time.time())", (), "not_seen identical not_seen", "", (), 4
    ),
    "the parent's process id": Case("import os; print(os.getppid())", (), "not_seen identical not_seen", "", (), 2),
    "how folders are removed": Case(
        "import shutil; print(shutil.rmtree.avoids_symlink_attacks)", (), "not_seen identical not_seen", "", (), 2
    ),
    "a counter that was there": Case(
        "n = int(open('n').read()); open('n', 'w').write(str(n + 1)); print(n)",
        (), "not_seen differs differs", "files of run 1", ("--fresh",), 6,
    ),
    "a seed from the clock": Case(
        "import random, time; random.seed(time.time_ns()); print(random.random())",
        (), "not_seen differs not_seen", "random streams", ("train.py:2", "give it a fixed number"), 4,
    ),
    "a clock that is waited for": Case(
        "import time; end = time.time() + 0.2\nwhile time.time() < end: pass\nprint(time.time())",
        (), "not_seen identical not_seen", "", (), 4,
    ),
    "it fails beside such a clock": Case(
        "import time; print(time.time()); assert time.time() > 1.75e9",
        (), "not_seen undecided not_seen", "", ("no control pair decided", "exit code 1"), 3,
    ),
}  # fmt: skip


def checked(folder: Path, code: str, *options: str) -> tuple[dict[str, Any], int]:
    """Return what is said as JSON, and how many runs it took."""
    at = place(folder)
    (folder / "data.txt").write_text("data", encoding="utf-8")
    (at.folder / "n").write_text("0", encoding="utf-8")
    code = code.replace("WORK", str(at.folder))
    at.write(
        f"import os as _; _.write(_.open({str(folder / 'runs')!r}, _.O_WRONLY | _.O_APPEND | _.O_CREAT), b'x')\n{code}"
    )
    result = at.run("twice", "--json", "--quiet", *options, "--", "train.py")
    assert at.left() == [], result
    return json.loads(result.stdout), (folder / "runs").stat().st_size


@pytest.mark.parametrize("name", CASES)
def test_what_is_decided(name: str, tmp_path: Path) -> None:
    """Each part has the state that the runs show, the cause is named, and no more runs are made than are needed."""
    case = CASES[name]
    said, runs = checked(tmp_path, case.code, *case.options)
    assert " ".join(part["state"].replace(" ", "_") for part in said["parts"]) == case.states, said
    assert ("" if said["difference"] is None else said["difference"]["layer"]) == case.layer, said
    assert all(part in json.dumps(said) for part in case.says), said
    assert not case.layer or "nothing that was compared depends on them" not in json.dumps(said)
    assert runs == case.runs, said


def test_the_user_s_repository_is_left_alone(tmp_path: Path) -> None:
    """What a run of the control pair writes into its `.git` is written into a copy."""
    at = place(tmp_path)
    at.write("import time; print(time.time()); open('.git/log', 'a').write('x')")
    (at.folder / ".git").mkdir()
    result = at.run("twice", "--quiet", "--", "train.py")
    assert "runs 3 and 4" in result.stdout, result
    assert (at.folder / ".git/log").read_text(encoding="utf-8") == "xx"


def test_our_own_output_is_no_result(tmp_path: Path) -> None:
    """A file in the working folder that our output goes to is not what the runs wrote."""
    at = place(tmp_path)
    at.write("print(1)")
    with (
        (at.folder / "out.txt").open("wb") as out,
        (at.folder / "log.txt").open("wb") as log,
        at.begun("twice", "--", "train.py", stdout=out, stderr=log) as process,
    ):
        assert process.wait(WAIT_S) == 0
    assert "files not seen" in (at.folder / "out.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("clock", "verdict"), [(False, "undecided"), (True, "identical")])
def test_a_long_run_is_not_repeated_unasked(
    clock: bool, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If a run takes long, a printed time leaves the verdict undecided, and the option that decides is named; it decides."""
    monkeypatch.setattr(control_pair, "SHORT_S", 0.0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("import time; print('took', time.time())", encoding="utf-8")
    code = main(["twice", "--quiet", *(["--clock"] if clock else []), "--", "train.py"])
    out = capsys.readouterr().out
    assert code == (0 if clock else 2)
    assert out.startswith(verdict)
    assert ("--clock" in out) == (not clock)
    assert (out.count(": took ") == 2) == (not clock)
