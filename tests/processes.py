"""Run code in processes of its own and bring back what it saw."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

# All that a process takes over from the test run: what it needs to start and to find its libraries.
KEPT = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "USERPROFILE", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")


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


def seen(code: str, *, cwd: Path, hash_seed: str | None = None) -> dict[str, Any]:
    """Run `code` as a script in a fresh process and return the JSON object that it prints last."""
    script = cwd / "script.py"
    script.write_text(code, encoding="utf-8")
    variables = {} if hash_seed is None else {"PYTHONHASHSEED": hash_seed}
    result = run("-W", "error", str(script), cwd=cwd, variables=variables)
    assert result.returncode == 0, f"{code}\nexit code {result.returncode}\n{result.stdout}\n{result.stderr}"
    return json.loads(result.stdout.splitlines()[-1])
