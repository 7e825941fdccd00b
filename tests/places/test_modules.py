"""Where seeding.py is: beside the script, in a package, in a folder of its own, missing, or old."""

from pathlib import Path

import pytest

from tests.places.running import MODULE, Found, outputs, read, write
from tests.places.scripts import LAYOUTS, PLACES, WHOLE
from tests.places.typing_in import fill
from tests.support.forked import METHODS, run_all

SOME = ["seedloader", "seedscope"]


@pytest.mark.skipif("fork" not in METHODS, reason="this system cannot fork")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_module_is_found(layout: str, by_hand: Found, tmp_path: Path) -> None:
    """Wherever seeding.py is: where a use is typed with its name there, it is found, in workers too."""
    started, script, path, module = LAYOUTS[layout]
    write(tmp_path, {script: fill(WHOLE, own=SOME, module=module), path: MODULE})
    (printed,) = run_all(outputs, [(tmp_path, [started], "fork", 2)])[0]
    found = read(printed)
    assert {name: found[name] for name in SOME} == {name: by_hand[name] for name in SOME}


OLD = MODULE.replace("def seeded_loader(", "def loader_of_old(")
# What the use calls the module, the module beside the script, and what Python says.
WRONG = {
    "missing": ("seeding", {}, "ModuleNotFoundError: No module named 'seeding'\n"),
    "old": ("seeding", {"seeding.py": OLD}, "ImportError: cannot import name 'seeded_loader' from 'seeding' ("),
    "of no package": (
        ".seeding",
        {"seeding.py": MODULE},
        "ImportError: attempted relative import with no known parent package\n",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_module_that_is_not_there_is_named(case: str, tmp_path: Path) -> None:
    """Without seeding.py, with one that lacks the name, and relative to no package, the import says so."""
    module, files, error = WRONG[case]
    script = fill(PLACES["the middle of a function"].script, ["seedloader"], module=module)
    write(tmp_path, {"train.py": script, **files})
    (printed,) = run_all(outputs, [(tmp_path, ["train.py"], "", 0)])[0]
    assert printed.startswith(error)
