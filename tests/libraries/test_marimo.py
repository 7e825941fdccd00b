"""Snippets as cells of a marimo notebook, which allows a name to be defined in one cell alone."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.places.running import MODULE, read, shown, write
from tests.places.scripts import BY_HAND, GIVEN
from tests.places.typing_in import fill
from tests.support.marks import needs
from tests.support.processes import run

pytestmark = [pytest.mark.libraries, needs("marimo")]

# The data snippets all call what they make `loader`: of these, one.
TOGETHER = ("seedloader", "seedprint", "seedrank", "seedscope", "seedstate", "seedstream")


def notebook(folder: Path, names: Sequence[str]) -> None:
    """Write a notebook with a cell for each snippet, in marimo's format."""
    import marimo

    codes = [f"import torch\n\n{GIVEN}", *(fill("<here>\n", [name]) for name in names), "end()"]
    cells = [f"@app.cell\ndef _():\n{textwrap.indent(code.strip(), '    ')}\n    return\n" for code in codes]
    head = f'import marimo\n\n__generated_with = "{marimo.__version__}"\napp = marimo.App()\n'
    text = "\n\n".join([head, *cells, 'if __name__ == "__main__":\n    app.run()\n'])
    write(folder, {"seeding.py": MODULE, "notebook.py": text})


def test_uses_in_one_notebook(tmp_path: Path) -> None:
    """marimo finds no fault with six uses, and run as a script, with two workers, each does what a call by hand does."""
    by_hand = read(shown(tmp_path, {"by_hand": BY_HAND})["by_hand"])
    notebook(tmp_path, TOGETHER)
    checked = run("-m", "marimo", "check", "--strict", "notebook.py", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    done = run("notebook.py", "", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert read(done.stdout) == {name: by_hand[name] for name in TOGETHER}


@pytest.mark.parametrize(
    ("names", "twice"),
    [
        (("seedloader", "seedloader"), "seeded_loader"),
        (("seedloader", "seediter"), "loader"),
        (("seedprint_block", "seedscope_block"), "np"),
    ],
)
def test_what_two_cells_define_is_named(names: tuple[str, str], twice: str, tmp_path: Path) -> None:
    """The control, and the limit: two cells cannot import the same name, as blocks do, nor call what they make `loader`."""
    notebook(tmp_path, names)
    checked = run("-m", "marimo", "check", "notebook.py", cwd=tmp_path)
    assert checked.returncode == 1
    assert f"Variable '{twice}' is defined in multiple cells" in checked.stdout + checked.stderr
