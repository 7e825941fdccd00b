"""Whenever `record` is killed, the tape is the old one or the new one, the user's files stay, and the next run tidies up."""

import os
from itertools import count
from pathlib import Path

import pytest

from seedblock.twice.tape.folder import is_tape
from seedblock.writing.exchange import exchange
from tests.support.processes import KILLED, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")

NEIGHBOURS = ("a.jsonl", "a.tape.jsonl", "a.tape.bak", ".seedblock-mine")


@pytest.fixture(autouse=True)
def _can_exchange(tmp_path: Path) -> None:
    """Where paths cannot be exchanged, there is a moment without a tape; see writing/test_scratch.py."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    if not exchange(tmp_path / "one", tmp_path / "two"):
        pytest.skip("this system cannot exchange two paths")


def kill_records(folder: Path, stride: int) -> int:
    """Record over a tape of "old" again and again, killed `stride` calls later each time; return the number of kills."""
    (folder / "work").mkdir()
    for name in NEIGHBOURS:
        (folder / name).write_text("mine", encoding="utf-8")
    for name in ("old", "new"):
        (folder / f"{name}.py").write_text(f"print({name!r})\n", encoding="utf-8")
    for moment in count(1, stride):
        place = folder / "work" / str(moment)
        place.mkdir()
        record = ("record", "--quiet", "--out", str(place / "a.tape"), "--")
        assert run("-m", "seedblock", *record, str(folder / "old.py"), cwd=folder).returncode == 0
        killed = run("-c", KILLED, str(moment), *record, str(folder / "new.py"), cwd=folder)
        assert killed.returncode in (0, -9), killed
        assert [(folder / name).read_text(encoding="utf-8") for name in NEIGHBOURS] == ["mine"] * len(NEIGHBOURS)
        printed = (place / "a.tape/output").read_text(encoding="utf-8")
        assert printed in ("old\n", "new\n"), moment
        assert is_tape(place / "a.tape"), moment
        again = run("-m", "seedblock", *record, str(folder / "new.py"), cwd=folder)
        assert again.returncode == 0, (moment, again)
        assert [path.name for path in place.iterdir() if not _is_unmarked(path)] == ["a.tape"], moment
        if killed.returncode == 0:
            assert printed == "new\n"
            return moment // stride
    raise AssertionError("it never ends")


def _is_unmarked(scratch: Path) -> bool:
    """Tell whether it is the folder of a run that was killed before it could mark it as its own: it stays, and is empty."""
    return scratch.name.startswith(".seedblock-") and all(path.stat().st_size == 0 for path in scratch.iterdir())


def test_record_killed_at_some_moments(tmp_path: Path) -> None:
    """At every moment `a.tape` is the old tape or the new one, complete, and the user's files are as they were."""
    assert kill_records(tmp_path, 3) > 1


@pytest.mark.slow
def test_record_killed_at_every_moment(tmp_path: Path) -> None:
    """The same for a kill after each call that changes the disk or a buffer."""
    assert kill_records(tmp_path, 1) > 5
