"""Run the behaviour tests and every command on each torch and Python that we name: `python -m tests.versions [TORCH ...]`.

One environment at a time, in `.versions/`, deleted when its row of docs/versions.md is written. A call that is stopped goes
on where it was: what is installed stays, and so do the results of the test files that have run. A CUDA wheel of torch takes
3 GB; it runs on the CPU. An interpreter that is not found is named, and its row left as it is.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from tests.support.processes import ROOT

WORK = ROOT / ".versions"
PAGE = ROOT / "docs/versions.md"


class Case(NamedTuple):
    torch: str
    python: str
    numpy: str


CASES = (
    Case("2.4.1", "3.10", "1.26.4"),
    Case("2.6.0", "3.10", "2.2.6"),
    Case("2.8.0", "3.12", "2.3.5"),
    Case("2.10.0", "3.12", "2.3.5"),
    Case("2.12.0", "3.13", "2.4.6"),
    Case("2.14.1", "3.11", "2.4.6"),
    Case("2.15.0", "3.13", "2.4.6"),
)
NEEDED = ("pytest>=8.2", "pytest-xdist>=3.6", "hypothesis>=6.100", "accelerate>=1.0", "lightning>=2.4")

HEAD = """# What has been run where

Written by `python -m tests.versions`, on {system}: the behaviour tests without the long matrices, and every command. A number
in brackets is how many tests were skipped, as they need a GPU.

| torch | Python | NumPy | tests passed | failed | commands | run on |
|---|---|---|---|---|---|---|
"""


def interpreter(version: str) -> str | None:
    """Find an interpreter of this version on the path or among pyenv's."""
    found = shutil.which(f"python{version}")
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return found
    installed = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python"))
    return str(installed[-1]) if installed else None


def install(case: Case, folder: Path) -> None:
    """Make the environment, unless an earlier call has."""
    done = folder / "venv/installed"
    if done.exists():
        return
    python = interpreter(case.python)
    if python is None:
        raise LookupError(f"torch {case.torch}: no Python {case.python} on this machine")
    subprocess.run([python, "-m", "venv", "--clear", folder / "venv"], check=True)
    wanted = [f"torch=={case.torch}", f"numpy=={case.numpy}", *NEEDED, "--no-cache-dir", "-q", "-e", str(ROOT)]
    subprocess.run([folder / "venv/bin/python", "-m", "pip", "install", *wanted], check=True)
    done.touch()


def run_tests(folder: Path, results: dict[str, list[int]]) -> None:
    """Run each file of behaviour tests that has not run yet; add how many of its tests passed, failed and were skipped."""
    for path in sorted((ROOT / "tests/behaviour").glob("test_*.py")):
        if path.name in results:
            continue
        options = ["-q", "-p", "no:cacheprovider", "-m", "not slow", "--tb=short", "-W", "ignore::DeprecationWarning"]
        command = [folder / "venv/bin/python", "-m", "pytest", *options, path]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        (folder / f"{path.stem}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode not in (0, 1, 5):  # 5: no test there, as all are slow
            sys.exit(f"{path.name} does not start; exit code {done.returncode}\n{done.stdout}{done.stderr}")
        counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error|skipped)", done.stdout)}
        failed = counts.get("failed", 0) + counts.get("error", 0)
        results[path.name] = [counts.get("passed", 0), failed, counts.get("skipped", 0)]
        print(f"  {path.name}: {results[path.name]}", flush=True)
        save(folder, results)


def save(folder: Path, results: dict[str, list[int]]) -> None:
    part = folder / "results.part"
    part.write_text(json.dumps(results), encoding="utf-8")
    part.replace(folder / "results.json")


def smoke(folder: Path) -> int:
    """Run every command once; return how many failed."""
    out = folder / "smoke"
    shutil.rmtree(out, ignore_errors=True)
    (out / "editor").mkdir(parents=True)
    script, tape = out / "script.py", str(out / "tape")
    script.write_text((ROOT / "snippets/python/seed.py").read_text(encoding="utf-8") + "print(torch.rand(3))\n")
    commands: Sequence[Sequence[str]] = (
        ("list",),
        ("show", "seedall"),
        ("render", "--check"),
        ("install", "vscode", "--config-dir", str(out / "editor")),
        ("uninstall", "vscode", "--config-dir", str(out / "editor")),
        ("bundle", "--out", str(out / "dist")),
        ("twice", "--", str(script)),
        ("record", "--out", tape, "--", str(script)),
        ("compare", tape, tape),
    )
    failed = 0
    for command in commands:
        done = subprocess.run(
            [folder / "venv/bin/seedblock", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            failed += 1
            print(f"  seedblock {command[0]}: exit code {done.returncode}\n{done.stdout}{done.stderr}", flush=True)
    return failed


def rows() -> dict[str, str]:
    """The rows that the page has, by the version of torch."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    found = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    return {line.split("|")[1].strip(): line for line in found}


def write(case: Case, results: dict[str, list[int]], broken: int) -> None:
    passed, failed, skipped = (sum(counts[part] for counts in results.values()) for part in range(3))
    commands = "all" if not broken else f"{broken} failed"
    today = datetime.now(timezone.utc).date().isoformat()
    cells = (*case, f"{passed} ({skipped})", failed, commands, today)
    known = {**rows(), case.torch: "| " + " | ".join(map(str, cells)) + " |"}
    ordered = sorted(known, key=lambda version: [int(part) for part in version.split(".")])
    head = HEAD.format(system=f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores")
    PAGE.write_text(head + "\n".join(known[version] for version in ordered) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the behaviour tests on the versions that we name.")
    parser.add_argument("torch", nargs="*", help="versions; none: those without a row in docs/versions.md")
    wanted = parser.parse_args().torch
    unknown = set(wanted) - {case.torch for case in CASES}
    if unknown:
        parser.error(f"not in CASES: {', '.join(sorted(unknown))}")
    failures = 0
    for case in CASES:
        if case.torch not in (wanted or {case.torch for case in CASES} - rows().keys()):
            continue
        folder = WORK / case.torch
        folder.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        print(f"torch {case.torch}, Python {case.python}, NumPy {case.numpy}", flush=True)
        try:
            install(case, folder)
        except (LookupError, subprocess.CalledProcessError) as error:
            print(f"  left out: {error}", flush=True)
            failures += 1
            continue
        path = folder / "results.json"
        results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        run_tests(folder, results)
        broken = smoke(folder)
        write(case, results, broken)
        failed = broken + sum(counts[1] for counts in results.values())
        failures += failed
        print(
            f"  {failed} failed, {time.monotonic() - started:.0f} s; see {folder}/*.txt" if failed else "  all passed"
        )
        shutil.rmtree(folder / "venv" if failed else folder)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
