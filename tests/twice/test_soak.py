"""Hostile scripts: whatever they do, `twice` ends with an answer and leaves no process and no file behind."""

import os
from pathlib import Path

import pytest

from tests.support.hostile import FOREVER, HEAD, HOSTILE
from tests.support.watched import place

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks and signals are POSIX's")

QUICK = (
    "kills its group",
    "closes every descriptor",
    "deletes its tape",
    "breaks the note",
    "leaves an orphan",
    "stops itself",
)
# These leave processes running alone, and so they do under `twice`.
LEAVES = (
    "leaves an orphan",
    "leaves a child",
    "leaves a child in its own session",
    "hides in a group",
    "starts at exit",
)
ANSWERS = {0, 1, 2, 128 + 1, 128 + 2, 128 + 15}


def test_there_are_fifty() -> None:
    """There are at least fifty hostile scripts."""
    assert len(HOSTILE) >= 50
    assert set(QUICK) <= HOSTILE.keys()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in HOSTILE]
)
def test_hostile_script(name: str, tmp_path: Path) -> None:
    """One of the documented exit codes, no traceback of ours, and no process, scratch or other file left behind."""
    at = place(tmp_path)
    at.write(HEAD + HOSTILE[name])
    timeout_s = "3" if HOSTILE[name].endswith(FOREVER.strip()) else "15"
    result = at.run("twice", "--quiet", "--timeout", timeout_s, "--", "train.py")
    assert result.returncode in ANSWERS, result
    assert "internal error in seedblock" not in result.stderr, result
    assert "generator/seedblock/" not in result.stderr, result
    assert [text for text in at.left() if not text.startswith("process") or name not in LEAVES] == []
    for process in at.alive():
        process.kill()
    assert {path.name for path in at.folder.iterdir()} <= {"train.py", "mine", "gone"}
