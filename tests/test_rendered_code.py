"""Every rendered .py file, and what editors insert, is as short as its form allows, passes linters and runs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock.rendering.model import BLOCK, FILE, PASTE, USE, stem
from tests.support.editor_samples import GIVEN, SNIPPETS
from tests.support.expanders import expand_live_template
from tests.support.forked import METHODS, failure, run_all
from tests.support.processes import ROOT, plain, run

FILES = sorted((ROOT / "snippets/python").glob("*.py"))

USES = [name for name, snippet in SNIPPETS.items() if snippet.form == USE]

# The most lines that an editor may insert, or a file have.
MOST = {PASTE: 45, USE: 5, BLOCK: 90, "seedmodule": 1310, "seedtrain": 110}

# seedhash restarts the script and seedtrain reads its arguments: test_seedhash.py and test_seedtrain.py run them.
ALONE = [path for path in FILES if path.stem not in ("seedhash", "seedtrain")]

AS_A_SCRIPT = """
import warnings
warnings.simplefilter("error")
__name__ = "__main__"
"""


@pytest.mark.parametrize("name", SNIPPETS)
def test_is_short(name: str) -> None:
    """What an editor inserts has at most the lines of its form, and a use at least an import and a call."""
    form = SNIPPETS[name].form
    lines = SNIPPETS[name].code.count("\n")
    assert (2 if form == USE else 1) <= lines <= MOST[name if form == FILE else form]


def test_module_is_plain_to_read() -> None:
    """In the module no function is longer than 40 lines, none is there twice, and all is private but what it exports."""
    tree = ast.parse(plain("seeding"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 40] == []
    named = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    bodies = [ast.dump(ast.Module(node.body, [])) for node in functions]
    assert len(set(named)) == len(named)
    assert len(set(bodies)) == len(bodies)
    assigned = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    assert all(name.startswith("_") for name in assigned)
    assert ast.literal_eval(assigned["__all__"]) == sorted(name for name in named if not name.startswith("_"))


FORKING = f"import multiprocessing\nmultiprocessing.set_start_method({METHODS[0]!r})\n"


def tool(*arguments: str | Path, cwd: Path = ROOT) -> None:
    result = subprocess.run([sys.executable, "-m", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def ruff(*arguments: str, cwd: Path) -> None:
    tool("ruff", *arguments, ".", "--isolated", "--no-cache", "--target-version", "py310", cwd=cwd)


def test_pyflakes_finds_nothing() -> None:
    """Every rendered file passes pyflakes; in the file of a use, its call is a comment."""
    tool("pyflakes", *(path for path in FILES if path.stem not in USES))


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    """Every rendered file, and what an editor inserts, passes ruff and is formatted, both with ruff's own defaults.

    What an editor inserts takes names of its user's (F821), and the file of a use calls nothing (F401).
    """
    for snippet in SNIPPETS.values():
        (tmp_path / f"{stem(snippet)}.py").write_text(snippet.code, encoding="utf-8")
    for folder, ignored in ((FILES[0].parent, "F401"), (tmp_path, "F821")):
        ruff("check", f"--ignore={ignored}", cwd=folder)
        ruff("format", "--check", cwd=folder)


@pytest.mark.slow
def test_mypy_finds_nothing() -> None:
    """Every rendered file passes mypy with its own defaults."""
    tool("mypy", "--config-file", "", *FILES)  # uses this checkout's cache, which contains torch after one run


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_runs_as_it_stands(path: Path) -> None:
    """A file runs alone without a warning."""
    assert run_all(failure, [(AS_A_SCRIPT + path.read_text(encoding="utf-8"), "", "")]) == [""]


def test_all_run_below_each_other(tmp_path: Path) -> None:
    """All that editors insert, one below another, twice, runs without a warning: each runs below every other one.

    The script has no main guard, so that the workers of seedcheck are forked.
    """
    top, *others = sorted(SNIPPETS, key=lambda name: name != "seedhash")  # it starts the script again
    codes = [SNIPPETS[name].code for name in others if SNIPPETS[name].form != FILE]
    (tmp_path / "seeding.py").write_text(plain("seeding"), encoding="utf-8")
    pasted = tmp_path / "pasted.py"
    pasted.write_text("\n".join([SNIPPETS[top].code, FORKING, GIVEN, *codes, GIVEN, *codes]), encoding="utf-8")
    result = run("-W", "error", str(pasted), cwd=tmp_path, variables={"OMP_NUM_THREADS": "1"})
    assert (result.returncode, result.stderr) == (0, "")


def test_runs_in_a_block(tmp_path: Path) -> None:
    """What PyCharm inserts inside a block runs there. test_checks.py covers the snippets that have a call."""
    xml = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
    seed, seedhash = ("if True:\n" + expand_live_template(xml, name, line="    ") for name in ("seed", "seedhash"))
    assert run_all(failure, [(AS_A_SCRIPT + seed, "", "")]) == [""]
    script = tmp_path / "script.py"
    script.write_text(seedhash, encoding="utf-8")
    result = run("-W", "error", str(script), cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


# The imports of a script in which a block is pasted, with the names that the calls take.
OWN = re.findall(r"^(?:def )?(\w+)(?: = |\()", GIVEN, flags=re.MULTILINE)
IMPORTS = "import random\n\nimport numpy as np\nimport torch\nfrom mine import {}\n\n"


@pytest.mark.parametrize("name", [name for name, snippet in SNIPPETS.items() if snippet.form != FILE])
def test_ruff_repairs_by_itself_what_it_says_of_a_pasted_block(name: str, tmp_path: Path) -> None:
    """`ruff check --fix` fixes everything in a block pasted below imports, by default and with sorted imports."""
    script, code = tmp_path / "train.py", SNIPPETS[name].code
    imports = IMPORTS.format(", ".join(own for own in OWN if f"\n{own} = " not in code))
    for rules in ("", "--extend-select=I"):
        script.write_text(f"{imports}\n{code}", encoding="utf-8")
        chosen = filter(None, ["check", "--fix", rules])
        ruff(*chosen, cwd=tmp_path)
        assert code.splitlines()[-1] in script.read_text(encoding="utf-8")
