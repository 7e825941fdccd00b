"""A signal at any moment of a command that writes: one line, the signal's exit code, and no temporary files left."""

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from seedblock.cli import main
from seedblock.editors import installed
from tests.support.processes import KILLED, environment, run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no signals")

# Like KILLED, but with SIGTERM, so that the process can clean up first.
TOLD = (
    KILLED.replace("from seedblock.cli import main", "from seedblock import cli")
    .replace('getattr(signal, "SIGKILL", signal.SIGTERM)', "signal.SIGTERM")
    .replace(
        "raise SystemExit(main(sys.argv[2:]))",
        "sys.argv[1:2] = []\nsignal.signal(signal.SIGTERM, signal.SIG_DFL)\ncli.run()",
    )
)
COMMANDS = {
    "add": ["add", "seeding", "seedtrain", "--to", "out"],
    "render": ["render", "--out", "out"],
    "bundle": ["bundle", "--out", "out"],
    "install": ["install", "jupyter", "--config-dir", "out"],
    "uninstall": ["uninstall", "jupyter", "--config-dir", "out"],
}


def stop(folder: Path, name: str, moment: int) -> bool:
    """Stop a command after its `moment`-th call that changes the disk; tell whether it ended before."""
    (folder / "out").mkdir(exist_ok=True)
    variables = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    if name == "uninstall":
        assert run("-m", "seedblock", *COMMANDS["install"], cwd=folder, variables=variables).returncode == 0
    result = run("-c", TOLD, str(moment), *COMMANDS[name], cwd=folder, variables=variables)
    if result.returncode == 0:
        return True
    assert (result.returncode, result.stderr) == (143, "seedblock: stopped by SIGTERM\n")
    scratch = [path for path in folder.rglob("*") if path.suffix == ".part" or path.name == "lock"]
    kept = (folder / "state/seedblock/installed.json").exists()
    assert [path.name for path in scratch] == ["lock"] * kept
    return False


@pytest.mark.parametrize(
    ("name", "moment"), [("add", 4), ("render", 20), ("bundle", 10), ("install", 30), ("uninstall", 4)]
)
def test_told_to_stop(name: str, moment: int, tmp_path: Path) -> None:
    """A command that is writing cleans up before it stops."""
    assert not stop(tmp_path, name, moment)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_told_to_stop_at_every_moment(name: str, tmp_path: Path) -> None:
    """The same, at each call that changes the disk."""
    for moment in count(1):
        (folder := tmp_path / f"{moment}").mkdir()
        if stop(folder, name, moment):
            break
    assert moment > 5


def test_told_to_stop_while_it_waits(tmp_path: Path) -> None:
    """A command that waits for another one says so, and can be stopped."""
    state = tmp_path / "seedblock"
    (tmp_path / "out").mkdir()
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_DFL); from seedblock import cli; cli.run()"
    with installed.lock_state(state):
        waiting = subprocess.Popen(
            [sys.executable, "-c", code, *COMMANDS["install"]],
            cwd=tmp_path,
            env=environment(XDG_STATE_HOME=str(tmp_path), WIN_PD_OVERRIDE_LOCAL_APPDATA=str(tmp_path)),
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == "waiting for another `seedblock install` or `uninstall` to end\n"
        waiting.send_signal(signal.SIGTERM)
        assert (waiting.communicate()[1], waiting.returncode) == ("seedblock: stopped by SIGTERM\n", 143)
    assert list((tmp_path / "out").iterdir()) == []


def test_one_that_waits_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock file that is left over does not block the next run."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(tmp_path))
    (tmp_path / "out").mkdir()
    (tmp_path / "seedblock").mkdir()
    (tmp_path / "seedblock" / "lock").touch()
    monkeypatch.chdir(tmp_path)
    assert main(COMMANDS["install"]) == 0
