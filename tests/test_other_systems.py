"""The few lines that only Windows or macOS runs, run here, with stand-ins for what this system lacks.

Where editors keep their snippets there is in editors/test_known.py.
"""

import errno
import io
import os
import subprocess
import sys
import types
from pathlib import Path

import psutil
import pytest

from seedblock.editors import installed
from seedblock.twice.run import captured_output, process_tree
from seedblock.writing import locks

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


class Process:
    """A process that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def terminate(self) -> None:
        self.told.append("terminate")


def test_a_run_is_ended_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without signals and groups of processes, a run's processes are told to end one by one."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "getpgid", pytest.fail)
    process = Process()
    process_tree._send(process, 15)  # type: ignore[arg-type]
    assert process.told == ["terminate"]
    assert process_tree._group(os.getpid()) == []


def test_a_run_s_group_on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where orphans cannot be adopted, a process that is nobody's child is found in the group of the run."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        monkeypatch.setattr(psutil.Process, "children", lambda *_, **__: [])
        tree = process_tree.Tree(child.pid, [])
        assert tree.alive() == []
        monkeypatch.setattr(sys, "platform", "darwin")
        assert [process.pid for process in tree.alive()] == [child.pid]
    finally:
        child.kill()
        child.communicate()


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def test_a_run_has_a_pipe_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no pseudo-terminals: a script that is watched on a terminal prints into a pipe."""
    monkeypatch.setattr(sys, "platform", "win32")
    outer, inner = captured_output._channel(Terminal())
    os.write(inner, b"shown")
    assert not os.isatty(inner)
    assert os.read(outer, 9) == b"shown"
    os.close(outer), os.close(inner)
