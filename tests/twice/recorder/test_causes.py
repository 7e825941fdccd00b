"""What is noted of files that are read, and of generators and draws of children; what the script sees is as alone."""

from pathlib import Path

import pytest

from tests.support.processes import run
from tests.twice.recorder.test_recorder import POSIX, recorded

READS = {
    "open": ("open('old.txt').close()", {"old.txt"}),
    "io, pathlib, and a name twice": (
        "import io, pathlib\nio.open('old.txt').close()\npathlib.Path('old.txt').read_bytes()",
        {"old.txt"},
    ),
    "os.open": ("os.close(os.open('old.txt', os.O_RDONLY))", {"old.txt"}),
    "an absolute path": ("open(os.path.abspath('old.txt')).close()", {"old.txt"}),
    "in a folder": ("open(os.path.join('data', '..', 'data', 'rows.csv')).close()", {"data/rows.csv"}),
    "after a change of the working folder": ("os.chdir('data')\nopen('rows.csv').close()", {"data/rows.csv"}),
    "read and written": ("open('old.txt', 'r+').close()", {"old.txt"}),
    "added to, then read": ("open('old.txt', 'a').close()\nopen('old.txt').close()", {"old.txt"}),
    "a database": ("import sqlite3\nsqlite3.connect('old.txt').close()", {"old.txt"}),
    "written anew, then read": ("open('old.txt', 'w').close()\nopen('old.txt').close()", set()),
    "made, then read": ("open('new.txt', 'a').close()\nopen('new.txt').close()", set()),
    "renamed, then read": ("open('a', 'w').close()\nos.replace('a', 'old.txt')\nopen('old.txt').close()", set()),
    "only added to": ("open('old.txt', 'a').close()", set()),
    "not there": ("try: open('none.txt')\nexcept OSError: pass", set()),
    "code": ("open('train.py').close()\nimport beside", set()),
    "outside": ("open(os.path.join(os.pardir, 'outside.txt')).close()\nopen(os.__file__).close()", set()),
    "more than are noted": (
        "for n in range(250): open(f'data/{n}', 'w').close()\nos.rename('data', 'moved')\nfor n in range(250): open(f'moved/{n}').close()",
        {f"moved/{n}" for n in range(200)},
    ),
    "a descriptor, and a path of bytes": ("open(os.open(b'old.txt', os.O_RDONLY)).close()", set()),
}


@pytest.mark.parametrize("name", READS)
def test_files_that_are_read(name: str, tmp_path: Path) -> None:
    """A file of the working folder is noted once if the script reads it before it has written it; nothing else is."""
    code, expected = READS[name]
    (tmp_path / "outside.txt").touch()
    (folder := tmp_path / "project").mkdir()
    (folder / "data").mkdir()
    for file in ("old.txt", "data/rows.csv", "beside.py"):
        (folder / file).touch()
    exit_code, said, lines = recorded(folder, f"import os\n{code}")
    assert exit_code == 0, said
    assert sorted(line["read"] for line in lines if "read" in line) == sorted(expected)  # type: ignore[type-var]


GENERATORS = """
import copy, inspect, pickle, random
import numpy as np

class Own(random.Random):
    def seed(self, *arguments):
        print("seed", arguments)
        super().seed(*arguments)

print(random.Random(5).random(), Own(5).random(), Own().random() < 1, random.Random(x=5).random())
print([(f.__name__, f.__qualname__, f.__module__, f.__doc__, str(inspect.signature(f))) for f in (random.Random.seed, random.Random.setstate)])
print(pickle.loads(pickle.dumps(random.Random(5))).random(), copy.deepcopy(Own(5)).random(), pickle.dumps(random.Random.seed))
print(np.random.RandomState(5).rand(), pickle.loads(pickle.dumps(np.random.default_rng(5))).random(), type(np.random.default_rng))
print(isinstance(np.random.RandomState(), np.random.RandomState), type(np.random.SeedSequence().entropy))
for wrong in (lambda: random.Random([]), lambda: random.Random(1, 2, 3), lambda: random.Random(1).setstate(3)):
    try:
        wrong()
    except Exception as error:
        print(repr(error))
"""


def test_generators_are_as_alone(tmp_path: Path) -> None:
    """Generators of `random` and NumPy, their classes, copies and errors are the same with the recorder as without it."""
    code, said, lines = recorded(tmp_path, GENERATORS)
    assert code == 0, said
    assert lines[-1] == {"end": True}
    assert not any("missed" in line for line in lines)
    assert said == run("train.py", cwd=tmp_path).stdout


CHILD = "import os, random\nrandom.seed(1)\nif not os.fork():\n    DRAW\n    os._exit(0)\nos.wait()"


@POSIX
@pytest.mark.parametrize(
    ("draw", "line"),
    [
        ("random.random()", {"stream": "random", "drawn": "train.py:4"}),
        ("random.Random()", {"unseeded": "a random.Random is made without a seed at train.py:4"}),
        ("random.seed(2), random.random()", None),
        ("pass", None),
    ],
)
def test_a_child_that_draws(draw: str, line: "dict[str, object] | None", tmp_path: Path) -> None:
    """A fork that draws or makes a generator without a seed gets a tape that says so; another one gets none."""
    _, _, lines = recorded(tmp_path, CHILD.replace("DRAW", draw))
    assert len(list((tmp_path / "tape").glob("*.jsonl"))) == 1 + (line is not None)
    assert line is None or any(line.items() <= found.items() for found in lines)


@POSIX
def test_many_children_that_draw(tmp_path: Path) -> None:
    """However many children draw, a fixed number of them gets a tape for that."""
    forks = "import os, random\nfor n in range(130):\n    if not os.fork():\n        random.random()\n        os._exit(0)\n    os.wait()"
    code, said, _ = recorded(tmp_path, forks)
    assert code == 0, said
    assert len(list((tmp_path / "tape").glob("*.jsonl"))) == 100


def test_a_thread_that_draws(tmp_path: Path) -> None:
    """What a thread without a tape of its own draws first is on that of its process, with the thread's name."""
    start = "threading.Thread(target=draw, name='helper')\nthread.start()\nthread.join()"
    code = f"import random, threading\ndef draw():\n    random.random()\nthread = {start}"
    _, _, lines = recorded(tmp_path, code)
    assert {"stream": "random", "drawn": "train.py:3, in thread helper", "likely": None} in lines
