"""Listings of folders: whose line lists one, and the order reversed; and the end of a script that leaves by os._exit."""

import os

import pytest

from tests.support.counted import Job, Ran, run_jobs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the scripts run in forks of one process")

FILES = [*(f"data/{number}.png" for number in range(9)), "other/a.txt"]
TOP = "import glob, os, pathlib, shutil, sys, tempfile\n"
# Each prints the names of a folder's files, and their order is the disk's.
LISTS = {
    "os.listdir": "print(*os.listdir('data'))",
    "os.listdir of bytes": "print(*(os.fsdecode(name) for name in os.listdir(b'data')))",
    "os.listdir of a descriptor": "print(*os.listdir(os.open('data', os.O_RDONLY)))",
    "os.scandir": "print(*(entry.name for entry in os.scandir('data')))",
    "os.scandir of a descriptor": "print(*(entry.name for entry in os.scandir(os.open('data', os.O_RDONLY))))",
    "os.scandir in a block": "with os.scandir('data') as entries: print(*(entry.name for entry in entries))",
    "os.walk": "print(*(name for _, _, names in os.walk('data') for name in names))",
    "os.fwalk": "print(*(name for _, _, names, _ in os.fwalk('data') for name in names))",
    "glob": "print(*(os.path.basename(path) for path in glob.glob('data/*.png')))",
    "iglob": "print(*(os.path.basename(path) for path in glob.iglob('data/**', recursive=True) if path.endswith('g')))",
    "iterdir": "print(*(path.name for path in pathlib.Path('data').iterdir()))",
    "Path.glob": "print(*(path.name for path in pathlib.Path('data').glob('*.png')))",
    "Path.rglob": "print(*(path.name for path in pathlib.Path('data').rglob('*.png')))",
}  # fmt: skip
# What does not depend on the order, and lists nothing that the user named.
WORKS = {
    "copies and removes": "shutil.copytree('data', 'copy'); shutil.rmtree('data'); shutil.rmtree('copy'); print(os.path.exists('data'))",
    "a temporary folder": "with tempfile.TemporaryDirectory() as folder: open(folder + '/a', 'w').close()\nprint(os.path.exists(folder))",
    "an import": "open('mine.py', 'w').close(); sys.path.insert(0, os.getcwd())\nimport mine, json.tool, wsgiref.util\nprint(mine.__name__)",
}
CLOSED = (
    "entries = os.scandir('data'); next(entries); entries.close(); print(list(entries))\n"
    "with os.scandir('data') as entries: pass\nprint(list(entries), iter(entries) is entries)\n"
    "for wrong in (os.listdir, os.scandir):\n    try: wrong('none')\n    except FileNotFoundError as error: print(error.filename)\n"
    "print(sorted(os.listdir()) == sorted(entry.name for entry in os.scandir()))"
)
CODES = {**LISTS, **WORKS, "closed": CLOSED}
ORDERS = ("plain", "reversed")


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Ran]:
    names = [(name, order) for name in CODES for order in ORDERS]
    return dict(
        zip(
            names,
            run_jobs([Job(TOP + CODES[name], FILES, {"SEEDBLOCK_LISTING": order}) for name, order in names]),
            strict=True,
        )
    )


def listed(ran: Ran) -> list[object]:
    return [line["listed"] for line in ran.lines if "listed" in line]


@pytest.mark.parametrize("name", LISTS)
def test_the_order_is_reversed(name: str, found: dict[tuple[str, str], Ran]) -> None:
    """Whatever lists a folder gives the disk's order, and, if it is asked for, that order reversed; either way its line is noted."""
    one, two = (found[name, order] for order in ORDERS)
    assert (one.code, two.code) == (0, 0), one.printed + two.printed
    assert one.printed.split() == two.printed.split()[::-1]
    assert len(one.printed.split()) == 9
    assert listed(one) == listed(two) == ["train.py:2"]


@pytest.mark.parametrize("name", WORKS)
def test_what_does_not_depend_on_the_order(name: str, found: dict[tuple[str, str], Ran]) -> None:
    """Copies, temporary folders and imports work as before. Their listings are no line's of the user."""
    one, two = (found[name, order] for order in ORDERS)
    assert (one.code, one.printed) == (two.code, two.printed)
    assert one.code == 0, one.printed
    assert listed(one) == listed(two) == []


def test_entries_are_closed(found: dict[tuple[str, str], Ran]) -> None:
    """The entries of a folder in reversed order can be closed, end and fail as those of os.scandir do."""
    one, two = (found["closed", order] for order in ORDERS)
    assert (one.code, one.printed) == (two.code, two.printed)
    assert one.printed == "[]\n[] True\nnone\nnone\nTrue\n"


def test_few_lines_are_noted() -> None:
    """The first five lines that list a folder are noted, each once, also those in a function; a fork has no tape for them."""
    code = TOP + "def f():\n    return os.listdir()\n" + "f(), f()\n" * 2 + "os.listdir()\n" * 8
    (one,) = run_jobs([Job(code, FILES)])
    assert listed(one) == ["train.py:3", *(f"train.py:{number}" for number in (6, 7, 8, 9))]


TRAINS = """
import os, threading, time, torch
net = torch.nn.Linear(2, 1)
def train(): net(torch.ones(1, 2)).sum().backward()
"""
LEAVES = {
    "after a loss": ("train()\nnet.weight.data.add_(1)\nos._exit(7)", 7, [True]),
    "with nothing done": ("os._exit(0)", 0, [True]),
    "twice, in a fork and then in its parent": (
        "train()\nchild = os.fork()\nif child == 0: os._exit(0)\nos.waitpid(child, 0)\nos._exit(0)", 0, [True]),
    "in a fork that has trained": (
        "child = os.fork()\nif child == 0:\n    train(); os._exit(0)\nos.waitpid(child, 0)\nos._exit(0)", 0, [True, True]),
    "in another thread than the main one": (
        "train()\nthreading.Thread(target=os._exit, args=(3,)).start()\nthreading.Event().wait(60)", 3, [False]),
    "in a hook's error": ("class Odd:\n    def __index__(self): raise ValueError\ntry: os._exit(Odd())\nexcept ValueError: os._exit(5)", 5, [True]),
}  # fmt: skip


@pytest.fixture(scope="module")
def left() -> dict[str, Ran]:
    return dict(
        zip(LEAVES, run_jobs([Job(TRAINS + code, variables={}) for code, _, _ in LEAVES.values()]), strict=True)
    )


@pytest.mark.parametrize("name", LEAVES)
def test_leaving_by_os_exit(name: str, left: dict[str, Ran]) -> None:
    """The tape of a process that leaves by os._exit has its weights and its end; a fork without a tape gets none."""
    _, code, ends = LEAVES[name]
    tapes: list[list[dict[str, object]]] = []
    for line in left[name].lines:
        tapes += [[]] * ("tape" in line)
        tapes[-1] = [*tapes[-1], line]
    assert left[name].code == code, left[name].printed
    assert [tape[-1] == {"end": True} for tape in tapes] == ends
    trained = [tape for tape in tapes if any("initial" in line for line in tape)]
    assert len(trained) == ("train()" in LEAVES[name][0])
    assert all(any("final" in line for line in tape) == (tape[-1] == {"end": True}) for tape in trained)


def test_where_memory_lies() -> None:
    """The tape has the ranges of the process's memory at its end: the address of an object lies in one of them, 0 in none."""
    (one,) = run_jobs([Job("kept = object()\nprint(id(kept), id(None))")])
    ranges = [line["memory"] for line in one.lines if "memory" in line]
    if not os.path.exists("/proc/self/maps"):  # noqa: PTH110
        assert ranges == []
        return
    assert len(ranges) == 1
    for address in map(int, one.printed.split()):
        assert [begin <= address < end for begin, end in ranges[0]].count(True) == 1
    assert ranges[0] == sorted(ranges[0])
    assert ranges[0][0][0] > 0
    assert len(ranges[0]) <= 40
