"""Whole scripts in processes of their own, with data workers that are forked, or that import the script again."""

import os
import re
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.places.running import MODULE, Found, processed, shown, write
from tests.places.scripts import DATA, LAYOUTS, NOTED, PLACES, WHOLE
from tests.places.typing_in import fill
from tests.support.forked import METHODS
from tests.support.processes import run

# Those that import the script again; a fork server does it fastest.
IMPORTING = [method for method in METHODS if method != "fork"]
ALL = NOTED.keys() - {"seed"}  # its place is that of seedall
# Without what takes 1 s in each process that imports the script.
QUICK = ALL - {"seedall"}


def whole(folder: Path, layout: str, method: str, names: Collection[str], by_hand: Found) -> None:
    """Run a script with several snippets, each in its place, and compare what each did with what calls by hand do."""
    started, script, path, module = LAYOUTS[layout]
    first = ["seedhash"] if os.name == "posix" else []  # elsewhere it would warn: the shell would not wait
    write(folder, {script: fill(WHOLE, own=[*names, *first], module=module), path: MODULE})
    found = processed(folder, [started] if started == script else ["-m", started], method, 2)
    assert {name: found[name] for name in names} == {name: by_hand[name] for name in names}
    hashed = run("-c", "print(hash('a'))", cwd=folder, variables={"PYTHONHASHSEED": "7"}).stdout
    assert (found["seedhash"] == int(hashed)) == bool(first)


def test_a_whole_script(by_hand: Found, tmp_path: Path) -> None:
    """Snippets in one script, with workers that import it again, do what calls by hand do without workers."""
    whole(tmp_path, "beside it", IMPORTING[0], QUICK, by_hand)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("layout", ["beside it", "in its package", "in a folder"])
def test_a_whole_script_in_any_layout(layout: str, method: str, by_hand: Found, tmp_path: Path) -> None:
    """So do all of them, also as a module of a package and with seeding.py in a folder, by any start method."""
    whole(tmp_path, layout, method, ALL, by_hand)


@pytest.mark.parametrize("name", DATA)
def test_a_block_in_main_cannot_be_sent(name: str, tmp_path: Path) -> None:
    """The control: a block inside a function fails where a worker has to import it, as its first comment warns."""
    script = fill(PLACES["the head of main"].script, [f"{name}_block"])
    found = shown(tmp_path, {"train": script}, IMPORTING[0], 1)["train"]
    assert re.search(r"Error: .*(pickle|get) local object .*main\.<locals>", found), found
