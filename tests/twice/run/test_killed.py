"""After `record` is killed, the user's files are untouched, and the tape is the old one or the new one."""

import json
import os
from itertools import count
from pathlib import Path

import pytest

from tests.support.processes import KILLED, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")

NEIGHBOURS = ("a.jsonl", "a.tape.jsonl", "a.tape.bak", ".seedblock-mine")


def tapes(folder: Path) -> list[str]:
    """What the runs of the complete tapes in `folder` printed, the one named a.tape first."""
    found = []
    for note in sorted(folder.rglob("run.json"), key=lambda path: path.parent != folder / "a.tape"):
        if json.loads(note.read_text(encoding="utf-8")).get("exit") == 0:
            found.append((note.parent / "output").read_text(encoding="utf-8"))
    return found


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
        at_its_place = tapes(place)[:1] if (place / "a.tape").exists() else []
        assert at_its_place in (["old\n"], ["new\n"], []), moment
        # Between two renames there is no a.tape, but the old tape is still next to it.
        assert at_its_place or "old\n" in tapes(place), moment
        if killed.returncode == 0:
            assert at_its_place == ["new\n"]
            return moment // stride
    raise AssertionError("it never ends")


def test_record_killed_at_some_moments(tmp_path: Path) -> None:
    """A killed `record` leaves the old tape or the new one complete, and the user's files as they were."""
    assert kill_records(tmp_path, 3) > 1


@pytest.mark.slow
def test_record_killed_at_every_moment(tmp_path: Path) -> None:
    """The same for a kill after each call that changes the disk or a buffer."""
    assert kill_records(tmp_path, 1) > 5
