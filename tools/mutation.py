"""Break a random sample of the code's expressions with mutmut, and show what no test notices: `python -m tools.mutation`.

Only tests that need no torch run (see pyproject.toml), in forks of one process. A command that a test starts as a process
of its own is not the broken one. Needs `pip install -e '.[mutation]'`, and forks: Linux or macOS.
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
    """Run mutmut and return what it prints; after `timeout_s` end it with all that it has started."""
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
    """Return each mutant and what became of it."""
    return dict(re.findall(r"^ *(\S+__mutmut_\d+): (.+)$", mutmut(folder, "results", "--all", "true"), re.MULTILINE))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=300, help="how many mutants; 300 by default")
    parser.add_argument("--seed", type=int, default=0, help="which ones; 0 by default")
    parser.add_argument("--minutes", type=float, default=60, help="when to stop; 60 by default")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(shutil.copytree(ROOT, Path(parent) / "seedblock", ignore=NOT_COPIED))
        (folder / "generator").rename(folder / "src")  # mutmut takes no other root
        said = mutmut(folder, "run", "none of them")
        names = sorted(results(folder))
        chosen = random.Random(args.seed).sample(names, min(args.count, len(names)))
        said += mutmut(folder, "run", *chosen, timeout_s=args.minutes * 60)
        found = {name: result for name, result in results(folder).items() if name in chosen}
        if not set(found.values()) - {"not checked"}:
            print(said)  # a test fails in the copy
            return 2
        for name, result in found.items():
            if result in ("survived", "no tests"):
                print(mutmut(folder, "show", name))
    print(f"{len(chosen)} of {len(names)} mutants, seed {args.seed}:", dict(Counter(found.values())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
