"""Temporary folders: a killed run's is removed by the next one, and nothing else is, whatever its name."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedblock.writing import replacing, scratch
from seedblock.writing.exchange import exchange
from tests.support.processes import run
from tests.support.standing import link, look

POSIX = pytest.mark.skipif(os.name != "posix", reason="such files are POSIX's")
NAME = f".{scratch.PREFIX}left"


def left(place: Path, name: str = NAME) -> Path:
    """Make the folder of a run that was killed."""
    (folder := place / name).mkdir()
    (folder / "tape").mkdir()
    (folder / "tape/output").write_bytes(b"theirs")
    lock = scratch._mark(folder)
    assert lock is not None
    os.close(lock)
    return folder


def _unmarked(place: Path) -> None:
    (left(place) / scratch.MARKER).unlink()


def _empty(place: Path) -> None:
    (left(place) / scratch.MARKER).write_bytes(b"")


def _copied(place: Path) -> None:
    shutil.copytree(left(place, "elsewhere"), place / NAME)


def _other_name(place: Path) -> None:
    left(place, "seedblock.left")


def _link(place: Path) -> None:
    link(place / NAME, left(place, "elsewhere"))


def _marker_is_a_link(place: Path) -> None:
    folder = left(place)
    (folder / scratch.MARKER).rename(place / "marker")
    link(folder / scratch.MARKER, place / "marker")


def _marker_is_a_pipe(place: Path) -> None:
    (folder := left(place) / scratch.MARKER).unlink()
    os.mkfifo(folder)


def _file(place: Path) -> None:
    (place / NAME).write_bytes(b"theirs")


STAYING: dict[str, Callable[[Path], None]] = {
    "without a marker": _unmarked,
    "with an empty marker": _empty,
    "a copy of one": _copied,
    "of another name": _other_name,
    "a link to one": _link,
    "with a link as its marker": _marker_is_a_link,
    "with a pipe as its marker": _marker_is_a_pipe,
    "a file": _file,
}


@POSIX
@pytest.mark.parametrize("kind", STAYING)
def test_what_is_not_a_dead_run_s_stays(kind: str, tmp_path: Path) -> None:
    """A folder, link or file with the name of a scratch folder stays as it is if anything else is missing."""
    STAYING[kind](tmp_path)
    before = look(tmp_path)
    scratch.sweep(tmp_path, f".{scratch.PREFIX}")
    assert look(tmp_path) == before


def test_a_dead_run_s_goes(tmp_path: Path) -> None:
    """The folder of a killed run is removed, a read-only folder in it too; that of a living run stays."""
    dead = left(tmp_path)
    (dead / "copy/data").mkdir(parents=True)
    (dead / "copy/data/file").touch()
    (dead / "copy/data").chmod(0o500)
    (outside := tmp_path / "outside").mkdir(mode=0o500)
    mode = outside.stat().st_mode
    link(dead / "copy/out", outside)
    with scratch.scratch(beside=tmp_path / "a.tape") as living:
        assert not dead.exists()
        scratch.sweep(tmp_path, f".{scratch.PREFIX}")
        assert living.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert outside.stat().st_mode == mode


@POSIX
def test_another_user_s_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another user's run has left stays."""
    folder = left(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    scratch.sweep(tmp_path, f".{scratch.PREFIX}")
    assert folder.exists()
    monkeypatch.undo()
    scratch.sweep(tmp_path, f".{scratch.PREFIX}")
    assert not folder.exists()


OUTLIVED = """
import os, subprocess, sys
from pathlib import Path
from seedblock.writing.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=0, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(child.pid, flush=True)
    os._exit(0)
"""


@POSIX
def test_a_process_that_outlives_its_run_holds_no_lock(tmp_path: Path) -> None:
    """What a killed run has left running does not keep its scratch folder."""
    reading, writing = os.pipe()
    try:
        made = subprocess.run(
            [sys.executable, "-c", OUTLIVED, str(tmp_path / "a.tape")],
            stdin=reading,
            capture_output=True,
            check=True,
            timeout=60,
        )
        os.kill(int(made.stdout), 0)
        assert len(list(tmp_path.iterdir())) == 1
        scratch.sweep(tmp_path, f".{scratch.PREFIX}")
        assert list(tmp_path.iterdir()) == []
    finally:
        os.close(reading), os.close(writing)


class Killed(BaseException):
    """Ends a call as SIGKILL would: nothing catches it."""


def test_a_replacement_that_was_killed_is_undone_or_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where paths cannot be exchanged, a run that is killed at any moment leaves the new one, or the next run brings the old one back."""
    monkeypatch.setattr(replacing, "exchange", lambda *_: False)
    rename, write = Path.rename, Path.write_text
    found = []
    for moment in range(1, 5):
        (place := tmp_path / str(moment)).mkdir()
        (at := place / "a.tape").mkdir()
        (at / "old").touch()
        folder = left(place)
        (folder / "tape/new").touch()
        calls = 0

        def killed(function: Callable[..., object], *arguments: object, **options: object) -> object:
            nonlocal calls
            calls += 1
            if calls == moment:  # noqa: B023
                raise Killed
            return function(*arguments, **options)

        monkeypatch.setattr(Path, "rename", lambda *arguments: killed(rename, *arguments))
        monkeypatch.setattr(Path, "write_text", lambda *arguments, **options: killed(write, *arguments, **options))
        with contextlib.suppress(Killed):
            replacing.replace(folder / "tape", at)
        monkeypatch.setattr(Path, "rename", rename)
        monkeypatch.setattr(Path, "write_text", write)
        found.append(at.exists())
        scratch.sweep(place, f".{scratch.PREFIX}")
        assert [path.name for path in place.iterdir()] == ["a.tape"]
        assert {path.name for path in at.iterdir()} in ({"old"}, {"output", "new"})
    assert found == [True, True, False, True]  # at one moment there is none


def test_what_came_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If its user has put something at the path of a replacement that was killed, the old one comes back beside it."""
    folder = left(tmp_path)
    (folder / replacing._NOTE).write_text('["a.tape", "tape"]', encoding="ascii")
    (folder / replacing._OLD).mkdir()
    (tmp_path / "a.tape").write_bytes(b"mine")
    scratch.sweep(tmp_path, f".{scratch.PREFIX}")
    assert (tmp_path / "a.tape").read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tape", "a.tape.bak"]


def test_a_note_leads_nowhere_else(tmp_path: Path) -> None:
    """A note puts things back into the folder where the scratch folder stands, whatever it says."""
    (place := tmp_path / "place").mkdir()
    folder = left(place)
    (folder / replacing._NOTE).write_text('["../stolen", "../.seedblock-left/tape"]', encoding="ascii")
    (folder / replacing._OLD).mkdir()
    scratch.sweep(place, f".{scratch.PREFIX}")
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


@pytest.mark.parametrize("known", [True, False])
def test_exchange(known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two paths of any kind are exchanged, links themselves; where the system cannot, nothing changes."""
    if not known:
        monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
    (tmp_path / "one").mkdir()
    (tmp_path / "one/inside").touch()
    link(tmp_path / "two", Path("nowhere"))
    before = look(tmp_path)
    if not exchange(tmp_path / "one", tmp_path / "two"):
        assert look(tmp_path) == before
        assert not known or not sys.platform.startswith("linux"), "Linux can, on the file systems that tests run on"
        return
    assert known
    assert (tmp_path / "two/inside").exists()
    assert (tmp_path / "one").is_symlink()


@POSIX
def test_exchange_with_nothing(tmp_path: Path) -> None:
    """A path that is missing is an error, and the other one stays."""
    (tmp_path / "one").mkdir()
    with pytest.raises(OSError, match="No such file"):
        exchange(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "one").is_dir()


@pytest.mark.parametrize("known", [True, False])
def test_replace_and_keep(known: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stood there is kept under the other name, with the exchange and without it."""
    if not known:
        monkeypatch.setattr(replacing, "exchange", lambda *_: False)
    (tmp_path / "there").write_bytes(b"mine")
    (tmp_path / "new").mkdir()
    replacing.replace_and_keep(tmp_path / "new", tmp_path / "there", tmp_path / "there.bak")
    assert (tmp_path / "there").is_dir()
    assert (tmp_path / "there.bak").read_bytes() == b"mine"


def test_scratch_of_a_killed_process(tmp_path: Path) -> None:
    """A process that ends in the block leaves its folder, and the next one in the same place removes it."""
    code = "import os, sys; from pathlib import Path; from seedblock.writing.scratch import scratch\n"
    code += "with scratch(Path(sys.argv[1])): os._exit(7)"
    for _ in range(2):
        assert run("-c", code, str(tmp_path / "a.tape"), cwd=tmp_path).returncode == 7
        assert len(list(tmp_path.iterdir())) == 1


NOWHERE = """
import resource, sys
from seedblock.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # as on a full disk: nothing can be written anywhere
raise SystemExit(main(sys.argv[1:]))
"""


@POSIX
def test_no_temporary_folder(tmp_path: Path) -> None:
    """If no temporary folder can be written, that is said, with what to do, and nothing about standard output."""
    (tmp_path / "train.py").touch()
    result = run("-c", NOWHERE, "twice", "--", "train.py", cwd=tmp_path, variables={"PYTHONDONTWRITEBYTECODE": "1"})
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "seedblock: no temporary folder can be written (No usable temporary directory found"
    )
    assert result.stderr.endswith("): set TMPDIR to a folder that can be\n")
