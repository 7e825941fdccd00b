"""What the command costs, against the least that a program of its kind must import."""

import compileall
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from benchmarks.measure import Benchmark, Measured, Ratio, ratio, timed
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.render import render_all
from seedblock.rendering.sources import PACKAGE, find_templates, read_templates

PAIRS = 51
SCRATCH = tempfile.TemporaryDirectory()

COMMANDS = {
    "render --out NEW_FOLDER": "import jinja2, lxml.etree",
    "show seed": "import jinja2",
    "list": "import argparse",
}


def process(*arguments: str) -> Callable[[], object]:
    """Run a command; NEW_FOLDER in it is another one each time, so that every file is written every time."""
    folders = (tempfile.mkdtemp(dir=SCRATCH.name) for _ in count())

    def run() -> None:
        words = [argument.replace("NEW_FOLDER", next(folders)) for argument in arguments]
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)

    return run


def render_many(number: int) -> Callable[[], object]:
    """Render `number` snippets like `seed`, each from a template of its own."""
    (seed,) = (entry for entry in CATALOG if entry.abbreviation == "seed")
    text = read_templates(find_templates())["seed.py.jinja"]
    entries = [seed._replace(abbreviation=f"seed{index}", title=f"Seed {index}") for index in range(number)]
    templates = {f"{entry.abbreviation}.py.jinja": f"{text}# {entry.abbreviation}\n" for entry in entries}
    return lambda: render_all(entries, templates)


def benchmarks() -> Iterator[Benchmark]:
    compileall.compile_dir(PACKAGE, quiet=1)  # as pip does when it installs
    seedblock = str(Path(sysconfig.get_path("scripts")) / "seedblock")
    for command, floor in COMMANDS.items():
        run, least = process(seedblock, *command.split()), process(sys.executable, "-c", floor)
        packages = tuple(package for package in ("jinja2", "lxml") if package in floor)
        yield Benchmark(f"`seedblock {command}`", f'`python -c "{floor}"`', timed(run, least, PAIRS), packages)
    yield Benchmark("one of 10,000 snippets rendered", "one of 1,000", per_snippet, ("jinja2", "lxml"))


def per_snippet() -> Measured:
    return Ratio(*(figure / 10 for figure in ratio(render_many(10_000), render_many(1_000), 5))), ""
