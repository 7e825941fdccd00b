"""Run the behaviour tests and every command on each torch and Python that we name: `python -m tools.versions [TORCH ...]`.

One environment at a time, in `.versions/`. A CUDA wheel of torch takes 3 GB; it runs on the CPU. When a row of
docs/versions.md is written, its environment is deleted, unless `--keep` is given: then a later call does not install it
again, and runs only the test files in which something failed. If a call is stopped, the next one continues where it was. If
an interpreter is not found, it is named, and its row stays unchanged.
"""

import argparse
import json
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
    Case("2.15.0", "3.14", "2.4.6"),
)
NEEDED = ("pytest>=8.2", "pytest-xdist>=3.7", "hypothesis>=6.100", "accelerate>=1.0", "lightning>=2.4")

# The rows of the page are between these two marks; everything else is written by hand.
BEGIN, END = "<!-- python -m tools.versions -->\n", "<!-- end -->\n"
HEAD = """| torch | Python | NumPy | tests passed | failed | commands | run on |
|---|---|---|---|---|---|---|
"""


class Results(NamedTuple):
    """The results of one test file."""

    passed: int
    skipped: int
    failed: list[str]


def interpreter(version: str) -> str | None:
    """Find an interpreter of this version on the path or in pyenv."""
    found = shutil.which(f"python{version}")
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return found
    installed = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python"))
    return str(installed[-1]) if installed else None


def install(case: Case, folder: Path) -> None:
    """Make the environment, unless an earlier call did."""
    done = folder / "venv/installed"
    if done.exists():
        return
    python = interpreter(case.python)
    if python is None:
        raise LookupError(f"torch {case.torch}: no Python {case.python} on this machine")
    subprocess.run([python, "-m", "venv", "--clear", folder / "venv"], check=True)
    inside = folder / "venv/bin/python"
    # uv takes one minute where pip takes four.
    uv = shutil.which("uv")
    installer = [uv, "pip", "install", "--python", inside] if uv else [inside, "-m", "pip", "install"]
    no_cache = "--no-cache" if uv else "--no-cache-dir"
    wanted = [f"torch=={case.torch}", f"numpy=={case.numpy}", *NEEDED, "-e", str(ROOT)]
    subprocess.run([*installer, "--quiet", no_cache, *wanted], check=True)
    done.touch()


def run_tests(folder: Path, results: dict[str, Results]) -> None:
    """Run each behaviour test file that has not run yet, and add its results."""
    for path in sorted((ROOT / "tests/behaviour").glob("test_*.py")):
        if path.name in results:
            continue
        options = ["-q", "-p", "no:cacheprovider", "-m", "not slow", "--tb=short", "-W", "ignore::DeprecationWarning"]
        command = [folder / "venv/bin/python", "-m", "pytest", *options, path]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        (folder / f"{path.stem}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode not in (0, 1, 5):  # 5: no tests, as all are slow
            sys.exit(f"{path.name} does not start; exit code {done.returncode}\n{done.stdout}{done.stderr}")
        results[path.name] = counted(done.stdout)
        print(f"  {path.name}: {results[path.name]}", flush=True)
        save(folder, results)


def save(folder: Path, results: dict[str, Results]) -> None:
    part = folder / "results.part"
    part.write_text(json.dumps(results), encoding="utf-8")
    part.replace(folder / "results.json")


def counted(printed: str) -> Results:
    """Read the counts and the names of failed tests from pytest's output."""
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|skipped)", printed.rstrip().rpartition("\n")[2])}
    failed = re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", printed, flags=re.MULTILINE)
    return Results(counts.get("passed", 0), counts.get("skipped", 0), failed)


def smoke(folder: Path) -> list[str]:
    """Run every command once. Return those that failed."""
    out = folder / "smoke"
    shutil.rmtree(out, ignore_errors=True)
    (out / "editor").mkdir(parents=True)
    script, tape = out / "script.py", str(out / "tape")
    script.write_text((ROOT / "snippets/python/seed.py").read_text(encoding="utf-8") + "print(torch.rand(3))\n")
    commands: Sequence[Sequence[str]] = (
        ("list",),
        ("show", "seedall"),
        ("add", "--to", str(out)),
        ("render", "--check"),
        ("install", "vscode", "--config-dir", str(out / "editor")),
        ("uninstall", "vscode", "--config-dir", str(out / "editor")),
        ("bundle", "--out", str(out / "dist")),
        ("twice", "--", str(script)),
        ("record", "--out", tape, "--", str(script)),
        ("compare", tape, tape),
    )
    failed = []
    for command in commands:
        done = subprocess.run(
            [folder / "venv/bin/seedblock", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            failed.append(command[0])
            print(f"  seedblock {command[0]}: exit code {done.returncode}\n{done.stdout}{done.stderr}", flush=True)
    return failed


def rows() -> dict[str, str]:
    """Map each version of torch to its row on the page."""
    table = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    found = [line for line in table.splitlines() if re.match(r"\| \d", line)]
    return {line.split("|")[1].strip(): line for line in found}


def write(case: Case, results: dict[str, Results], broken: list[str]) -> None:
    """Write this case's row: counts of tests, and which tests and commands failed."""
    names = [name for found in results.values() for name in found.failed]
    passed, skipped = (sum(found[part] for found in results.values()) for part in range(2))
    counted = f"{len(names)}: {', '.join(f'`{name}`' for name in sorted(set(names)))}" if names else "0"
    today = datetime.now(timezone.utc).date().isoformat()
    cells = (*case, f"{passed} ({skipped})", counted, f"all but {', '.join(broken)}" if broken else "all", today)
    known = {**rows(), case.torch: "| " + " | ".join(cells) + " |"}
    ordered = sorted(known, key=lambda version: [int(part) for part in version.split(".")])
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    table = HEAD + "".join(f"{known[version]}\n" for version in ordered)
    PAGE.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the behaviour tests on the versions that we name.")
    parser.add_argument("torch", nargs="*", help="versions (default: those without a row in docs/versions.md)")
    parser.add_argument("--keep", action="store_true", help="keep the environments, 6 GB each, for another call")
    arguments = parser.parse_args()
    unknown = set(arguments.torch) - {case.torch for case in CASES}
    if unknown:
        parser.error(f"not in CASES: {', '.join(sorted(unknown))}")
    wanted = arguments.torch or {case.torch for case in CASES} - rows().keys()
    failures = sum([run(case, arguments.keep) for case in CASES if case.torch in wanted])
    return 1 if failures else 0


def run(case: Case, keep: bool) -> int:
    """Write the row of this case; return how many tests and commands failed, or 1 if there is no environment for it."""
    folder = WORK / case.torch
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    print(f"torch {case.torch}, Python {case.python}, NumPy {case.numpy}", flush=True)
    try:
        install(case, folder)
    except (LookupError, subprocess.CalledProcessError) as error:
        print(f"  left out: {error}", flush=True)
        return 1
    path = folder / "results.json"
    text = path.read_text(encoding="utf-8") if path.exists() else "{}"
    results = {name: Results(*found) for name, found in json.loads(text).items()}
    run_tests(folder, results)
    broken = smoke(folder)
    write(case, results, broken)
    good = {name: found for name, found in results.items() if not found.failed}
    if good == results:
        path.unlink(missing_ok=True)
    else:
        save(folder, good)
    failed = sum(len(found.failed) for found in results.values()) + len(broken)
    took = f"{time.monotonic() - started:.0f} s"
    print(f"  {failed} failed, {took}; see {folder}/*.txt" if failed else f"  all passed, {took}", flush=True)
    if not keep:
        shutil.rmtree(folder / "venv" if failed else folder)
        path.unlink(missing_ok=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
