"""The list of installed files, and the lock beside it: in any state folder, or none."""

import subprocess
import sys
from pathlib import Path

import pytest

from seedblock.editors import installed
from seedblock.editors.installed import InstalledFile
from tests.support.processes import environment

HOLD = """
import sys
from pathlib import Path
from seedblock.editors import installed
with installed.lock_state(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
    Path(sys.argv[2]).touch()
"""


@pytest.mark.parametrize("killed", [False, True])
def test_lock_state(killed: bool, tmp_path: Path) -> None:
    """A second run waits until the first has ended or was killed."""
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
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert second.stderr is not None
    assert second.stderr.readline().startswith(b"waiting for another")
    if killed:
        first.kill()
    first.communicate()
    assert second.communicate(timeout=60)[0].strip() == b"held"
    assert done.exists() is not killed


FILE = InstalledFile("vscode", "/folder", ("0" * 64,), {"seed_value": "7"}, ("seed",), ("/folder/file.bak",))
INSTALLED = {Path("/folder/file"): FILE, Path("/b\udcff"): FILE._replace(only=(), kept=())}


def test_the_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every entry comes back, even one whose path is not valid text; an empty list leaves no file."""
    assert installed.read_installed(tmp_path / "state") == {}
    installed.write_installed(tmp_path / "state", INSTALLED)
    assert installed.read_installed(tmp_path / "state") == INSTALLED
    installed.write_installed(tmp_path / "state", {})
    assert list((tmp_path / "state").iterdir()) == []


@pytest.mark.parametrize("content", ["", "\xff", "[]", "1", '{"/a": {}}', '{"/a": 1}', "[" * 100_000])
def test_a_list_that_is_not_ours(content: str, tmp_path: Path) -> None:
    """A file that is not such a list is a ValueError, whatever is in it."""
    (tmp_path / "installed.json").write_text(content, encoding="latin-1")
    with pytest.raises(ValueError, match="not as seedblock wrote it"):
        installed.read_installed(tmp_path)


def test_a_state_folder_that_is_none(tmp_path: Path) -> None:
    """Without a home folder, or with a file in its place, nothing is locked or read, and writing raises OSError."""
    (tmp_path / "file").touch()
    for state in (None, tmp_path / "file"):
        with installed.lock_state(state):
            assert installed.read_installed(state) == {}
        with pytest.raises(OSError, match=r"home|exists|directory"):
            installed.write_installed(state, INSTALLED)


def test_the_folder_goes_when_nothing_is_noted(tmp_path: Path) -> None:
    """The lock and the state folder stay as long as the list has an entry, and no longer."""
    state = tmp_path / "state"
    with installed.lock_state(state):
        installed.write_installed(state, INSTALLED)
    assert sorted(path.name for path in state.iterdir()) == ["installed.json", "lock"]
    with installed.lock_state(state):
        installed.write_installed(state, {})
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without locks the run goes on."""

    def fail(number: int, other: str) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(installed, "lock_file", fail)
    with installed.lock_state(tmp_path / "state"):
        installed.write_installed(tmp_path / "state", INSTALLED)
    assert installed.read_installed(tmp_path / "state") == INSTALLED
