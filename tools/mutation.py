"""Mutate a random sample of the generator's code and print what no test notices: `python -m tools.mutation`.

mutmut runs only tests that need no torch (see pyproject.toml), in forks of one process. Commands that a test starts in
a new process run the original code. Needs `pip install -e '.[mutation]'`, and Linux or macOS.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".editors", ".versions", ".hypothesis", ".*_cache", "__pycache__")


def mutmut(folder: Path, *arguments: str, timeout_s: float | None = None) -> str:
    """Run mutmut and return its output. After `timeout_s`, kill it and the processes that it has started."""
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "brief"}
    with subprocess.Popen(
        [Path(sys.executable).with_name("mutmut"), *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(timeout=timeout_s)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.communicate()[0]


def results(folder: Path) -> dict[str, str]:
    """Return each mutant's name and its result: killed, survived, no tests, timeout or not checked."""
    return dict(re.findall(r"^ *(\S+__mutmut_\d+): (.+)$", mutmut(folder, "results", "--all", "true"), re.MULTILINE))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=300, help="how many mutants; 300 by default")
    parser.add_argument("--seed", type=int, default=0, help="which ones; 0 by default")
    parser.add_argument("--minutes", type=float, default=60, help="when to stop; 60 by default")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(shutil.copytree(ROOT, Path(parent) / "seedblock", ignore=NOT_COPIED))
        (folder / "generator").rename(folder / "src")  # mutmut finds sources only in src/, source/ or the root
        output = mutmut(folder, "run", "no such mutant")  # makes the mutants
        names = sorted(results(folder))
        chosen = random.Random(args.seed).sample(names, min(args.count, len(names)))
        output += mutmut(folder, "run", *chosen, timeout_s=args.minutes * 60)
        found = {name: result for name, result in results(folder).items() if name in chosen}
        if not set(found.values()) - {"not checked"}:
            print(output)  # some test fails in the copy
            return 2
        for name, result in found.items():
            if result in ("survived", "no tests"):
                print(mutmut(folder, "show", name))
    print(f"{len(chosen)} of {len(names)} mutants, seed {args.seed}:", dict(Counter(found.values())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
