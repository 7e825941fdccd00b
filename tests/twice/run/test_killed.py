"""`record` and `twice`, killed: the user's files stay, and a tape at its place is whole."""

import json
import os
from itertools import count
from pathlib import Path

import pytest

from tests.support.processes import KILLED, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere a process is not killed between two calls")

NEIGHBOURS = ("a.jsonl", "a.tape.jsonl", "a.tape.bak", ".seedblock-mine")


def tapes(folder: Path) -> list[str]:
    """What the whole tapes in `folder` have printed, the one at its place first."""
    found = []
    for note in sorted(folder.rglob("run.json"), key=lambda path: path.parent != folder / "a.tape"):
        if json.loads(note.read_text(encoding="utf-8")).get("exit") == 0:
            found.append((note.parent / "output").read_text(encoding="utf-8"))
    return found


def kill_records(folder: Path, stride: int) -> int:
    """Record again and again over a tape of "old", killed later each time; return the number of kills."""
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
        # Between two renames nothing stands there: the old tape lies whole beside it.
        assert at_its_place or "old\n" in tapes(place), moment
        if killed.returncode == 0:
            assert at_its_place == ["new\n"]
            return moment // stride
    raise AssertionError("it never ends")


def test_record_killed_at_some_moments(tmp_path: Path) -> None:
    """A killed `record` leaves an earlier tape or the new one, whole, and nothing of the user's is touched."""
    assert kill_records(tmp_path, 3) > 1


@pytest.mark.slow
def test_record_killed_at_every_moment(tmp_path: Path) -> None:
    """The same, at each call that changes the disk or a buffer."""
    assert kill_records(tmp_path, 1) > 5
