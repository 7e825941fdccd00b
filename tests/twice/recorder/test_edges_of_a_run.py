"""How imports that avoid the recorder, file size limits, the ends of threads, and os.execv are written down."""

import ctypes
import itertools
import json
import random
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.twice.recorder.test_recorder import POSIX, RECORDER, package, recorded  # noqa: F401 - a fixture

MINE = """
import sys
from importlib.machinery import PathFinder
class Loader:
    __slots__ = ("inner",)
    def create_module(self, spec): return None
    def exec_module(self, module): self.inner.exec_module(module)
class Mine:
    def __init__(self, hide): self.hide = hide
    def find_spec(self, name, path=None, target=None):
        spec = PathFinder.find_spec(name, path)
        if spec is not None and self.hide and name in ("random", "torch"):
            loader = Loader()
            loader.inner, spec.loader = spec.loader, loader
        return spec
"""
DRAWS = "import random\nrandom.random()\n"
REPLACED = {
    "another list": MINE + "sys.meta_path = list(sys.meta_path[1:])\n",
    "an empty list": MINE + "sys.meta_path[:] = sys.meta_path[1:]\n",
    "another finder first": MINE + "sys.meta_path.insert(0, Mine(False))\n",
    "only another finder": MINE + "sys.meta_path = [sys.meta_path[1], sys.meta_path[2], Mine(False)]\n",
}


@pytest.mark.parametrize("name", REPLACED)
def test_sys_meta_path_is_replaced(name: str, tmp_path: Path) -> None:
    """A library is recorded also if the script replaces `sys.meta_path`, or its own finder comes first."""
    code = REPLACED[name] + DRAWS
    exit_code, said, lines = recorded(tmp_path, code)
    assert (exit_code, said) == (0, "")
    assert [line["drawn"] for line in lines if "drawn" in line] == [f"train.py:{len(code.splitlines())}"]


@pytest.mark.parametrize(("library", "part"), [("random", "random streams"), ("torch", "torch")])
def test_an_import_that_cannot_be_watched(library: str, part: str, tmp_path: Path) -> None:
    """If a loader of the script's own hides a library from the recorder, the tape says that it was not recorded."""
    (tmp_path / "torch.py").write_text("", encoding="utf-8")
    code = MINE + f"sys.meta_path.insert(0, Mine(True))\nimport {library}\nprint('on')"
    exit_code, said, lines = recorded(tmp_path, code)
    assert (exit_code, said) == (0, "on\n")
    assert [(line["missed"], str(line["why"]).split()[0]) for line in lines if "missed" in line] == [(part, library)]
    assert lines[-1] == {"end": True}


def test_a_stub_is_not_an_import(tmp_path: Path) -> None:
    """A script that puts a stub into `sys.modules` has imported nothing."""
    _, _, lines = recorded(
        tmp_path, "import sys, types\nsys.modules['torch'] = types.ModuleType('torch')\nimport torch"
    )
    assert not [line for line in lines if "missed" in line]


@POSIX
@pytest.mark.parametrize("room", [0, 10, 100_000])
def test_files_may_not_grow(room: int, tmp_path: Path) -> None:
    """A limit of the size of files, with a signal that kills, leaves the script alone: the tape just ends before it."""
    code = f"""
import os, resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
size = max(os.path.getsize(entry) for entry in os.scandir(os.environ["SEEDBLOCK_TAPE"]))
resource.setrlimit(resource.RLIMIT_FSIZE, (size + {room}, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
import random
random.seed(1)
print("on")
"""
    exit_code, said, lines = recorded(tmp_path, code, "-B")
    assert (exit_code, said) == (0, "on\n")
    assert ({"end": True} in lines) == (room == 100_000)


def of_threads(folder: Path, work: Callable[[Any], object]) -> list[Any]:
    """The lines of the tape of a thread that does this work."""
    from seedblock_record.tape import Tape

    tape = Tape(str(folder), {"main": True})
    thread = threading.Thread(target=work, args=(tape,))
    thread.start()
    thread.join()
    tape.over = True
    return [json.loads(line) for path in folder.iterdir() for line in path.read_text(encoding="utf-8").splitlines()]


def saves(tape: Any) -> None:
    tape.write(saved="a", parts={}, plain=[])


def waits_for_a_step(tape: Any) -> None:
    saves(tape)
    tape.thread.losses.append((1.0, "0"))


def is_over(tape: Any) -> None:
    saves(tape)
    tape.over = True


@pytest.mark.parametrize(("work", "end"), [(saves, True), (waits_for_a_step, False), (is_over, False)])
def test_the_end_of_a_thread(package: None, work: Callable[[Any], object], end: bool, tmp_path: Path) -> None:  # noqa: F811
    """The tape of a thread that has ended says so, unless losses are not on it, or the process is over."""
    lines = of_threads(tmp_path, work)
    assert [line.get("saved") for line in lines[1:2]] == ["a"]
    assert (lines[-1] == {"end": True}) is end


@POSIX
def test_a_fork_does_not_end_a_thread_of_its_parent(tmp_path: Path) -> None:
    """A fork writes nothing on the tape of a thread of its parent's: each tape has one end, and it is the last line."""
    code = """
import os, sys, threading
sys.path.insert(0, RECORDER)
from seedblock_record.tape import Tape
tape = Tape(os.environ["SEEDBLOCK_TAPE"], {"main": True})
def work():
    tape.write(saved="1", parts={}, plain=[])
    child = os.fork()
    if child == 0:
        sys.exit()
    os.waitpid(child, 0)
    tape.write(saved="2", parts={}, plain=[])
thread = threading.Thread(target=work)
thread.start()
thread.join()
""".replace("RECORDER", repr(str(RECORDER)))
    recorded(tmp_path, code)
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "tape").glob("*.jsonl")]
    (of_thread,) = [text for text in texts if "saved" in text]
    assert of_thread.count('"end"') == 1
    assert of_thread.splitlines()[-1] == '{"end":true}'


EXECS = {
    "it becomes another program": ("os.execv(sys.executable, [sys.executable, '-c', 'pass'])", [True, False], 1),
    "of a name on PATH": ("os.execlp('true', 'true')", [True], 0),
    "it fails": ("try: os.execv('/none', ['none'])\nexcept OSError: pass", [True], 1),
    "a child does it": (
        "if os.fork() == 0: os.execv(sys.executable, [sys.executable, '-c', 'pass'])\nos.wait()",
        [False],
        1,
    ),
}


@POSIX
@pytest.mark.parametrize("name", EXECS)
def test_os_exec(name: str, tmp_path: Path) -> None:
    """A process that becomes another program says so on its tape, and has no end unless that failed."""
    code, replaced, ends = EXECS[name]
    exit_code, said, lines = recorded(tmp_path, f"import os, sys\n{code}")
    assert (exit_code, said) == (0, "")
    headers = [number for number, line in enumerate(lines) if "tape" in line] + [len(lines)]
    tapes = [lines[start:stop] for start, stop in itertools.pairwise(headers)]
    assert sorted([{"replaced": True} in tape for tape in tapes], reverse=True) == replaced
    assert sum(tape[-1] == {"end": True} for tape in tapes) == ends


VALUES = [
    {"step": 0, "loss": [1, -2.5, 1e-30, 10**30, float("inf"), -float("inf"), True, None], "streams": {}, "at": []},
    {"text": 'a "b" \\ \n\t\x00\x7f é 中 🎲 \ud800', "né": ("a", {"b": [[]]})},
    "",
    0.1 + 0.2,
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_json_is_as_python_writes_it(package: None, value: object) -> None:  # noqa: F811
    """The recorder's JSON is read as what it was written from, and is that of the standard encoder but for one character."""
    from seedblock_record.written import to_json

    assert json.loads(to_json(value)) == json.loads(json.dumps(value))
    plain = json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")
    assert "\\n" in plain or to_json(value) == plain
    assert to_json(value).isascii()


def test_what_json_lacks_is_refused(package: None) -> None:  # noqa: F811
    """A value that JSON lacks is an error with the name of its type."""
    from seedblock_record.written import to_json

    with pytest.raises(TypeError, match="complex"):
        to_json({"loss": [1j]})


def test_the_state_in_memory_is_that_of_getstate(package: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """The digest of a random.Random is the same read from memory and by getstate(), and changes with each draw."""
    from seedblock_record.states import python_reader

    owner = random.Random(1)
    read = python_reader(owner)
    assert ctypes
    found = {read()}
    for draw in (owner.random, owner.gauss, lambda: owner.randrange(3), lambda: owner.seed(2)):
        draw(*((0, 1) if draw == owner.gauss else ()))  # type: ignore[operator]
        monkeypatch.delitem(sys.modules, "ctypes", raising=False)
        slow = python_reader(owner)()
        monkeypatch.undo()
        assert read() == slow == python_reader(owner)()
        found.add(slow)
    assert len(found) == 5


def test_a_threading_that_is_another_module(package: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Beside a threading.py of the script's the current thread has no name, as where Python's own is not imported."""
    from seedblock_record.process import thread_name

    monkeypatch.setitem(sys.modules, "threading", types.ModuleType("threading"))
    assert thread_name() is None


def test_seeds_of_a_module_of_the_script_s(tmp_path: Path) -> None:
    """A script with a random.py, threading.py and ctypes.py of its own is recorded without an error."""
    for name in ("random", "threading", "ctypes"):
        (tmp_path / f"{name}.py").write_text("def seed(n): print(n)", encoding="utf-8")
    result = recorded(tmp_path, "import ctypes, threading, random\nrandom.seed(3)\nthreading._shutdown = print")
    assert result[:2] == (0, "3\n\n")
    assert not [line for line in result[2] if "missed" in line]
