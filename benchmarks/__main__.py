"""`python -m benchmarks`: measure everything, and write one Markdown table and one plot into benchmarks/results/."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

PARTS = {
    "generator": "what the command costs",
    "seeding": "what the seeding functions cost",
    "loading": "what SeededDataset costs",
    "recording": "what being recorded by `seedblock twice` costs",
    "gpu": "what seeding costs a training, and whether it repeats; smaller without a GPU",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    listed = "; ".join(f"{part}: {what}" for part, what in PARTS.items())
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"by default all. {listed}")
    parser.add_argument(
        "--flags", action="store_true", help="in the part gpu: each flag alone, in place of the settings"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="by default %(default)s")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(map(repr, sorted(unknown)))}; there are {', '.join(PARTS)}")
    try:
        import matplotlib  # noqa: F401
        from tqdm import tqdm
    except ImportError as error:
        print(f'benchmarks: {error}: install them with pip install -e ".[bench]"', file=sys.stderr)
        return 2
    from benchmarks import results

    machine = results.machine()
    arguments.out.mkdir(parents=True, exist_ok=True)
    found: list[results.Row] = []
    for part in arguments.parts or PARTS:
        module = import_module(f"benchmarks.{part}")
        with tqdm(list(module.benchmarks(*([arguments.flags] if part == "gpu" else []))), desc=part) as benchmarks:
            for benchmark in benchmarks:
                benchmarks.set_postfix_str(benchmark.what)
                found.append(results.row(benchmark))
        results.write(found, machine, arguments.out)  # part by part, so that one that is stopped leaves the others'
    print((arguments.out / "table.md").read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
