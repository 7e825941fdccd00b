"""Run code in new processes and return what it printed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# The only variables passed on from the test run: a process needs them to start and to find its libraries.
KEPT = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "USERPROFILE", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")


def plain(name: str) -> str:
    """The text of a rendered file."""
    return (ROOT / f"snippets/python/{name}.py").read_text(encoding="utf-8")


def environment(**variables: str) -> dict[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ} | variables


def run(
    *arguments: str, cwd: Path, variables: Mapping[str, str] | None = None, text: str = "", timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run this interpreter with `arguments` in a clean environment."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment(**(variables or {})),
        input=text,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )


# Runs `seedblock` and kills itself after the n-th call that writes to the disk or to a buffer. What is still in
# Python's buffers is lost, as when another process kills it.
KILLED = """
import io, os, signal, sys
from seedblock.cli import main
OF_OS = {"fsync", "fchmod", "mkdir", "link", "rename", "replace", "unlink"}
system = sys.modules[os.fsync.__module__]
left = int(sys.argv[1])
def watch(frame, event, function):
    global left
    if event == "c_return":
        owner = getattr(function, "__self__", None)
        if owner is system and function.__name__ in OF_OS or isinstance(owner, io.BufferedWriter):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
sys.setprofile(watch)
raise SystemExit(main(sys.argv[2:]))
"""


def run_until_killed(moment: int, *command: str, cwd: Path, variables: Mapping[str, str] | None = None) -> bool:
    """Run `seedblock` with `command` and kill it after call number `moment`; return True if it ended earlier."""
    result = run("-c", KILLED, str(moment), *command, cwd=cwd, variables=variables)
    assert (result.returncode, result.stderr) in ((0, ""), (-9, ""), (15, "")), result  # -9: SIGKILL; 15: on Windows
    return result.returncode == 0


def seen(code: str, *, cwd: Path, hash_seed: str | None = None) -> dict[str, Any]:
    """Run `code` as a script in a fresh process and return the JSON object that it prints last."""
    script = cwd / "script.py"
    script.write_text(code, encoding="utf-8")
    variables = {} if hash_seed is None else {"PYTHONHASHSEED": hash_seed}
    result = run("-W", "error", str(script), cwd=cwd, variables=variables)
    assert result.returncode == 0, f"{code}\nexit code {result.returncode}\n{result.stdout}\n{result.stderr}"
    return json.loads(result.stdout.splitlines()[-1])
