"""On a terminal, a script has the keys, the size, the job control and /dev/tty that it has alone."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.alone import OURS, RECORD
from tests.support.terminal_session import Session, session

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="needs POSIX"), pytest.mark.slow]

HEAD = """
import os, signal, sys, time
def ready():
    print("ready", flush=True)
"""


class Case(NamedTuple):
    """A script, what is done at its terminal once it has shown "ready", what it shows then, and its exit code."""

    script: str
    act: Callable[[Session], object]
    shows: bytes
    code: int = 0


def typed(keys: bytes) -> Callable[[Session], object]:
    return lambda terminal: terminal.type(keys)


def password(terminal: Session) -> None:
    terminal.type(b"\n")
    terminal.shown(b"secret: ")
    terminal.type(b"hidden\n")


def ctrl_z(terminal: Session) -> None:
    terminal.type(b"\x1a")
    terminal.job.wait_for("stopped")
    terminal.job.go("fg")


CASES = {
    "it is a terminal": Case("ready(); print([os.isatty(n) for n in range(3)])", typed(b""), b"[True, True, True]"),
    "its size": Case("ready(); print(os.get_terminal_size(0), os.get_terminal_size(1))", typed(b""), b"columns=80, lines=24) os.terminal_size(columns=80"),
    "/dev/tty": Case("ready(); input(); tty = open('/dev/tty', 'w'); print('to the terminal', file=tty)", typed(b"\n"), b"to the terminal"),
    "input": Case("ready(); print('got', input())", typed(b"typed\n"), b"got typed"),
    "a password": Case("import getpass\nready(); input(); print('got', getpass.getpass('secret: '))", password, b"got hidden"),
    "the end of input": Case("ready(); print('got', repr(sys.stdin.read()))", typed(b"line\n\x04"), b"got 'line\\n'"),
    "Ctrl-C": Case("sys.tracebacklimit = 0\nready(); time.sleep(60)", typed(b"\x03"), b"KeyboardInterrupt", -2),
    "Ctrl-C saves": Case(
        "try:\n    ready(); time.sleep(60)\nexcept KeyboardInterrupt:\n    print('saved'); sys.exit(3)", typed(b"\x03"), b"saved", 3
    ),
    "Ctrl-C is counted": Case(
        "got = []\nsignal.signal(signal.SIGINT, lambda *_: got.append(1))\nready()\nwhile not got: time.sleep(0.01)\n"
        "time.sleep(0.3); print('times', len(got))",
        typed(b"\x03"), b"times 1",
    ),
    "Ctrl-C of a child": Case(
        "import subprocess\ntry: subprocess.run(['sh', '-c', 'echo ready; sleep 99'])\nexcept KeyboardInterrupt: print('both'); sys.exit(5)",
        typed(b"\x03"), b"both", 5,
    ),
    "Ctrl-\\": Case("ready(); time.sleep(60)", typed(b"\x1c"), b"ready", -3),
    "Ctrl-Z": Case(
        "got = []\nsignal.signal(signal.SIGCONT, lambda *_: got.append(1))\nready()\nwhile not got: time.sleep(0.01)\n"
        "time.sleep(0.2); print('went on', len(got))",
        ctrl_z, b"went on 1",
    ),
    "a new size": Case(
        "got = []\nsignal.signal(signal.SIGWINCH, lambda *_: got.append(1))\nready()\n"
        "while os.get_terminal_size(1).columns != 100: time.sleep(0.01)\nprint('size', os.get_terminal_size(1).columns, got[0])",
        lambda terminal: terminal.resize(30, 100), b"size 100 1",
    ),
    "in the foreground": Case("ready(); print(os.tcgetpgrp(0) == os.getpgrp())", typed(b""), b"True"),
    "line ends": Case("ready(); sys.stdout.write('a\\nb\\rc\\n')", typed(b""), b"a\r\nb\rc\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_as_alone(name: str, tmp_path: Path) -> None:
    """What the terminal shows, and the exit code, are those of the script without us, but for our last lines."""
    case = CASES[name]
    found = []
    for place, words in (("alone", []), ("recorded", [*RECORD])):
        folder = tmp_path / place
        folder.mkdir()
        (folder / "train.py").write_text(HEAD + case.script)
        with session(folder, [sys.executable, *words, "train.py"]) as terminal:
            terminal.shown(b"ready")
            case.act(terminal)
            code = terminal.code()
            shown = OURS.sub(b"", terminal.all_shown.replace(b"\r\n", b"\n"))
        found.append((shown, code))
        assert case.shows in terminal.all_shown
        assert code == case.code
    assert found[0] == found[1]


def test_a_pager_has_the_keys(tmp_path: Path) -> None:
    """Behind `seedblock twice ... 2>&1 | pager`, the pager may read the keys: no other process group has the terminal."""
    (tmp_path / "train.py").write_text("print('shown')\n")
    pager = "import sys\nfor line in sys.stdin:\n    if 'identical' in line: break\nprint('ready', flush=True)\nprint('got', open('/dev/tty').readline())"
    command = '"$0" -m seedblock twice -- train.py 2>&1 | "$0" -c "$1"'
    with session(tmp_path, ["sh", "-c", command, sys.executable, pager]) as terminal:
        terminal.shown(b"ready")
        terminal.type(b"key\n")
        assert terminal.code() == 0
    assert b"got key" in terminal.all_shown


@pytest.mark.parametrize("moment", range(12))
def test_ctrl_c_at_any_moment(moment: int, tmp_path: Path) -> None:
    """Ctrl-C ends `twice` without a traceback of ours, at once after its start too, and leaves no process and no file."""
    import time

    (folder := tmp_path / "work").mkdir()
    (folder / "train.py").write_text("import time\ntime.sleep(60)\n")
    with session(folder, [sys.executable, "-m", "seedblock", "twice", "--quiet", "--", "train.py"]) as terminal:
        terminal.job.wait_for("started")
        time.sleep(0.03 * moment)
        terminal.type(b"\x03")
        code = terminal.code()
        assert terminal.job.alive() == []
    # Python's own start ends as that of any program in Python: with a traceback.
    assert code in (130, -2) or (code == 1 and b"seedblock" not in terminal.all_shown), terminal.all_shown
    assert [path.name for path in tmp_path.iterdir()] == ["work"]
