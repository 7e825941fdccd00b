"""`python -m benchmarks`: measure everything, and write one Markdown table and one plot into benchmarks/results/."""

import argparse
import sys
from importlib import import_module
from pathlib import Path

PARTS = {
    "generator": "what the command costs",
    "seeding": "what the seeding functions cost",
    "loading": "what seeded_loader costs",
    "recording": "what being recorded by `seedblock twice` costs",
    "files": "what it costs `seedblock twice` to read what a run has written",
    "gpu": "what seeding costs a training, and whether it repeats; smaller without a GPU",
}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    listed = "; ".join(f"{part}: {what}" for part, what in PARTS.items())
    made.add_argument("parts", nargs="*", metavar="PART", help=f"by default all. {listed}")
    made.add_argument("--flags", action="store_true", help="in the part gpu: flag by flag, in place of the settings")
    made.add_argument("--net", action="append", choices=["resnet", "gpt"], help="in the part gpu: this net alone")
    made.add_argument("--rounds", type=int, help="in the part gpu: how often each takes its turn, at least 2")
    made.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="the folder to write into")
    return made


def main() -> int:
    made = parser()
    arguments = made.parse_args()
    if unknown := set(arguments.parts) - PARTS.keys():
        made.error(f"no such part: {', '.join(map(repr, sorted(unknown)))}; there are {', '.join(PARTS)}")
    if arguments.rounds is not None and arguments.rounds < 2:
        made.error(f"--rounds must be at least 2, got {arguments.rounds}")
    if (arguments.flags or arguments.net or arguments.rounds) and arguments.parts != ["gpu"]:
        made.error("--flags, --net and --rounds are for the part gpu: python -m benchmarks gpu ...")
    try:
        import matplotlib  # noqa: F401
        from tqdm import tqdm
    except ImportError as error:
        print(f'benchmarks: {error}: install them with pip install -e ".[bench]"', file=sys.stderr)
        return 2
    from benchmarks import results

    parts = arguments.parts or list(PARTS)
    of_gpu = {"flags": arguments.flags, "nets": arguments.net or (), "rounds": arguments.rounds}
    # The figures that the README quotes are in all.md: a part leaves them as they are.
    name = "-".join([*arguments.parts, *["flags"] * arguments.flags, *(arguments.net or [])]) or "all"
    command, machine = " ".join(["python -m benchmarks", *sys.argv[1:]]), results.machine()
    arguments.out.mkdir(parents=True, exist_ok=True)
    found: list[results.Row] = []
    for part in parts:
        module = import_module(f"benchmarks.{part}")
        with tqdm(list(module.benchmarks(**(of_gpu if part == "gpu" else {}))), desc=part) as progress:
            for benchmark in progress:
                progress.set_postfix_str(benchmark.what)
                found.append(results.row(benchmark))
        results.write(found, command, machine, arguments.out / name)  # so that one that is stopped leaves whole parts
    print((arguments.out / name).with_suffix(".md").read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
