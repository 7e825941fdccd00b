"""Editors' folders on a disk: what is found there, what stands there, what is taken away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock.editors import places
from seedblock.editors.known import Folder
from seedblock.editors.plan import FILE, NOTHING, Seen, Step
from tests.support.processes import environment
from tests.support.standing import link


def test_find_folders(tmp_path: Path) -> None:
    """Folders whose whole name matches are found in order; files, backups and other products are not."""
    pattern = r"(PyCharm|PyCharmCE)\d{4}\.\d+"
    assert places.find_folders(Folder(tmp_path / "none", pattern)) == ()
    for name in ("PyCharmCE2024.3", "PyCharm2025.3", "PyCharm2024.1-backup", "GoLand2025.3", "PyCharm"):
        (tmp_path / name).mkdir()
    (tmp_path / "PyCharm2023.1").touch()
    assert [path.name for path in places.find_folders(Folder(tmp_path, pattern))] == [
        "PyCharm2025.3",
        "PyCharmCE2024.3",
    ]
    assert places.find_folders(Folder(tmp_path)) == (tmp_path,)
    assert places.find_folders(Folder(tmp_path / "none")) == ()
    assert places.find_folders(Folder(tmp_path / "none", sign=tmp_path / "no sign")) == ()
    assert places.find_folders(Folder(tmp_path / "none", sign=tmp_path)) == (tmp_path / "none",)


def test_look(tmp_path: Path) -> None:
    """An ordinary file is read; a folder and a link, whole or dangling, are named."""
    (tmp_path / "file").write_bytes(b"\xff\r\n")
    assert places.look(tmp_path / "none") == Seen(NOTHING)
    assert places.look(tmp_path / "file") == Seen(FILE, b"\xff\r\n")
    assert places.look(tmp_path) == Seen("a folder")
    link(tmp_path / "link", tmp_path / "file")
    link(tmp_path / "dangling", tmp_path / "none")
    assert places.look(tmp_path / "link") == places.look(tmp_path / "dangling") == Seen("a link")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")
def test_look_at_a_pipe(tmp_path: Path) -> None:
    """A named pipe is not opened: reading it would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    assert places.look(tmp_path / "pipe") == Seen("no ordinary file")


def test_is_running(tmp_path: Path) -> None:
    """A lock with the number of a process that lives is a running IDE; none, a broken or a stale one is not."""
    assert not places.is_running(tmp_path)
    (tmp_path / ".lock").write_text(str(os.getpid()), encoding="ascii")
    assert places.is_running(tmp_path)
    for text in ("", "---", "é", "9" * 99):
        (tmp_path / ".lock").write_text(text, encoding="utf-8")
        assert not places.is_running(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="on Windows the lock alone has to do")
def test_is_running_with_a_stale_lock(tmp_path: Path) -> None:
    """An IDE that was killed leaves its lock; its process is gone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / ".lock").write_text(str(ended.pid), encoding="ascii")
    assert not places.is_running(tmp_path)


HOLD = """
import sys
from pathlib import Path
from seedblock.editors import places
with places.alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
    Path(sys.argv[2]).touch()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_alone(killed: bool, tmp_path: Path) -> None:
    """A second run waits until the first has ended, by itself or killed."""
    state, done = tmp_path / "a b" / "state", tmp_path / "done"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(state), str(done)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    assert first.stdout is not None
    assert first.stdout.readline().strip() == b"held"
    second = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(state), str(tmp_path / "second")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=1)
    if killed:
        first.kill()
    first.communicate()
    assert second.communicate(timeout=60)[0].strip() == b"held"
    assert done.exists() is not killed


def test_notes_are_kept(tmp_path: Path) -> None:
    """What was noted is noted once and for all; before the first note there is none."""
    assert places.noted(tmp_path) == frozenset()
    for _ in range(2):
        places.note(tmp_path, [b"one", b"two"])
    assert len(places.noted(tmp_path)) == 2


def test_carry_out(tmp_path: Path) -> None:
    """Written, replaced with a backup, removed; empty folders below the root go, others and the root stay."""
    root = tmp_path / "root"
    (root / "full").mkdir(parents=True)
    (root / "full" / "theirs").write_bytes(b"theirs")
    (root / "full" / "ours").write_bytes(b"ours")
    new, deep = root / "new", root / "a" / "b" / "c"
    places.carry_out([Step("new", new, b"1"), Step("new", deep, b"2")], {root})
    places.carry_out([Step("replaced", new, b"3", root / "new.bak"), Step("current", deep)], {root})
    assert [path.read_bytes() for path in (new, deep, root / "new.bak")] == [b"3", b"2", b"1"]
    places.carry_out([Step("removed", path) for path in (new, deep, root / "full" / "ours")], {root})
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == ["full", "full/theirs", "new.bak"]
