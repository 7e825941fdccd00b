"""The few lines that only Windows or macOS runs, run here, with stand-ins for what this system lacks.

Where editors keep their snippets there is in editors/test_known.py.
"""

import ctypes
import errno
import os
import subprocess
import sys
import types
from pathlib import Path

import psutil
import pytest

from seedblock.editors import installed
from seedblock.twice.run import data, follow, plain
from seedblock.twice.run.process import Run
from seedblock.twice.run.standard_input import Given
from seedblock.twice.run.supervisor import by_psutil, family
from seedblock.writing import locks
from seedblock.writing.exchange import exchange

pytestmark = pytest.mark.skipif(os.name != "posix", reason="on Windows the real ones run")


class Locked(types.ModuleType):
    """Stands in for msvcrt. Another run holds the lock for a while."""

    LK_LOCK, LK_NBLCK = 1, 2

    def __init__(self, *answers: OSError | None) -> None:
        super().__init__("msvcrt")
        self.answers, self.asked = list(answers), list[int]()

    def locking(self, number: int, mode: int, size: int) -> None:
        self.asked.append(mode)
        if answer := self.answers.pop(0):
            raise answer


def on_windows(monkeypatch: pytest.MonkeyPatch, module: Locked) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "msvcrt", module)


BUSY, TEN_SECONDS = PermissionError(errno.EACCES, "busy"), OSError(errno.EDEADLK, "tried for ten seconds")


@pytest.mark.parametrize(
    ("answers", "asked", "said"),
    [
        ((None,), [2], ""),
        ((BUSY, None), [2, 1], "waiting for another run to end\n"),
        ((BUSY, TEN_SECONDS, TEN_SECONDS, None), [2, 1, 1, 1], "waiting for another run to end\n"),
    ],
    ids=["free", "busy", "busy for long"],
)
def test_lock_on_windows(
    answers: tuple[OSError | None, ...],
    asked: list[int],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Windows stops waiting after ten seconds: we ask again until the lock is free, and print one line."""
    module = Locked(*answers)
    on_windows(monkeypatch, module)
    locks.lock_file(0, "another run")
    assert module.asked == asked
    assert capsys.readouterr().err == said


def test_no_lock_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive without locks raises an error instead of waiting for ever."""
    on_windows(monkeypatch, Locked(BUSY, OSError(errno.EINVAL, "no locks here")))
    with pytest.raises(OSError, match="no locks here"):
        locks.lock_file(0, "another run")


def test_state_folder_goes_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows cannot remove an open file: the lock is closed first, and the state folder is removed there too."""
    monkeypatch.setattr(locks, "remark", pytest.fail)
    on_windows(monkeypatch, Locked(None))
    opened, unlink = set[int](), Path.unlink
    monkeypatch.setattr(installed, "_open_locked", lambda path: opened.add(os.open(path, os.O_CREAT)) or max(opened))

    def refuse_if_open(path: Path, missing_ok: bool = False) -> None:
        for number in opened:
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(number)
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse_if_open)
    state = tmp_path / "state"
    state.mkdir()
    with installed.lock_state(state):
        assert len(list(state.iterdir())) == 1
    assert not state.exists()


class Swapping:
    """Stands in for macOS's C library."""

    def __init__(self, answer: int) -> None:
        self.answer, self.asked = answer, list[tuple[object, ...]]()

    def renamex_np(self, *arguments: object) -> int:
        self.asked.append(arguments)
        return self.answer


def test_exchange_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS exchanges two paths by another call, and says why it cannot; Windows has none, and nothing is tried."""
    library = Swapping(0)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: library)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert exchange(Path("one"), Path("two"))
    assert library.asked == [(b"one", b"two", 2)]
    library.answer = -1
    monkeypatch.setattr(ctypes, "get_errno", lambda: errno.ENOTSUP)
    assert not exchange(Path("one"), Path("two"))
    monkeypatch.setattr(ctypes, "get_errno", lambda: errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        exchange(Path("one"), Path("two"))
    monkeypatch.setattr(sys, "platform", "win32")
    assert not exchange(Path("one"), Path("two"))
    assert len(library.asked) == 3


# Prints on both streams, starts a child, and then waits for ever if it is told to.
PLAIN = """
import subprocess, sys, time
print("out", flush=True)
print("error", file=sys.stderr, flush=True)
if sys.argv[1:]:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(999)"])
sys.exit(3)
"""


def run_plainly(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str, timeout: float | None = None
) -> data.RunEnd:
    monkeypatch.setattr(follow, "start", plain.plain)
    (folder / "tape").mkdir()
    run = Run((sys.executable, "-c", PLAIN, *words), {"PYTHONDONTWRITEBYTECODE": "1"}, folder, folder / "tape")
    display = data.Display("the run", streams=(sys.stdout.buffer, sys.stderr.buffer))
    return follow.follow(run, data.Options(timeout=timeout), display, Given(subprocess.DEVNULL))


def test_the_plain_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Without a supervisor, a run's output is kept and shown on its own streams, and its exit code is known."""
    assert run_plainly(tmp_path, monkeypatch).code == 3
    assert capfdbinary.readouterr() == (b"out\n", b"error\n")
    assert sorted((tmp_path / "tape/output").read_bytes()) == sorted(b"out\nerror\n")  # a line may come in two writes


def test_the_plain_form_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that takes too long is ended with its children, without signals or groups of processes."""
    monkeypatch.setattr(os, "killpg", pytest.fail)
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(data.RunError, match=r"took longer than 0\.5 s"):
        run_plainly(tmp_path, monkeypatch, "waits", timeout=0.5)
    assert set(psutil.Process().children(recursive=True)) <= before


def test_processes_without_proc() -> None:
    """Where there is no /proc, as on macOS, psutil finds the same parents, groups and sessions."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as child:
        found, expected = by_psutil.table(), family.table()
        assert {found[number][:3] for number in (child.pid, os.getpid())} == {
            expected[number][:3] for number in (child.pid, os.getpid())
        }
        seen = {number: family.Seen(*process) for number, process in found.items()}
        assert child.pid in family.descendants([os.getpid()], seen)
        child.kill()


# Takes a signal as the supervisor does on macOS, which cannot tell who has sent it.
WITHOUT_SIGNALFD = """
import os, select, signal, sys
sys.platform = "darwin"
from seedblock.twice.run.supervisor.arrivals import Arrivals
arrivals = Arrivals()
os.kill(os.getpid(), signal.SIGUSR1)
select.select([arrivals.file], [], [])
print([tuple(map(int, arrival)) for arrival in arrivals.read()] == [(signal.SIGUSR1, 0)])
"""


def test_signals_without_signalfd(tmp_path: Path) -> None:
    """Signals arrive on other systems than Linux too, without their sender."""
    result = subprocess.run([sys.executable, "-c", WITHOUT_SIGNALFD], capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("True\n", "")
