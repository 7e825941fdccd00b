"""Signals to stop: any command ends with the signal's exit code and one line, at once or after a held block."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no signals")

# The command, in a process with the signal handlers of an ordinary terminal, however these tests were started.
CALL = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
for name in {ignored!r}:
    signal.signal(getattr(signal, name), signal.SIG_IGN)
from seedblock import cli, signals
def told(argv):
    {body}
    return 0
cli._run = told
cli.run()
"""
AT_ONCE = "signal.raise_signal(signal.{name}); print('went on')"
HELD = """
    with signals.held():
        signal.raise_signal(signal.{name})
        signal.raise_signal(signal.SIGTERM)
        print('put away')
    print('went on')
"""


def call(body: str, cwd: Path, ignored: tuple[str, ...] = ()) -> tuple[int, str, str]:
    code = CALL.format(body=body, ignored=ignored)
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, env=environment(), capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout, result.stderr


@pytest.mark.parametrize(("name", "said"), [("SIGINT", "Ctrl-C"), ("SIGTERM", "SIGTERM"), ("SIGHUP", "SIGHUP")])
def test_told_to_stop(name: str, said: str, tmp_path: Path) -> None:
    """130, 143 and 129, with one line. A held block is finished first, even if a second signal arrives."""
    code = 128 + getattr(signal, name)
    assert call(AT_ONCE.format(name=name), tmp_path) == (code, "", f"seedblock: stopped by {said}\n")
    assert call(HELD.format(name=name), tmp_path) == (code, "put away\n", f"seedblock: stopped by {said}\n")


@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP"])
def test_an_ignored_signal_stays_ignored(name: str, tmp_path: Path) -> None:
    """Under nohup, or in the background of a script, the command goes on."""
    assert call(AT_ONCE.format(name=name), tmp_path, (name,)) == (0, "went on\n", "")
