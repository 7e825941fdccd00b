"""What `install` notes, and the lock beside it: in any state folder, or none."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import environment

HOLD = """
import sys
from pathlib import Path
from seedblock.editors import notes
with notes.alone(Path(sys.argv[1])):
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
