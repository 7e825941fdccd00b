"""Every rendered .py file, and what editors insert, passes linters and runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.editor_samples import GIVEN, SNIPPETS
from tests.support.expanders import expand_live_template
from tests.support.forked import failure, run_all
from tests.support.processes import ROOT, run

FILES = sorted((ROOT / "snippets/python").glob("*.py"))

# seedhash restarts the script and seedtrain reads its arguments: test_seedhash.py and test_seedtrain.py run them.
ALONE = [path for path in FILES if path.stem not in ("seedhash", "seedtrain")]
SHORT = ["--epochs", "1", "--workers", "0"]

AS_A_SCRIPT = """
import warnings
warnings.simplefilter("error")
__name__ = "__main__"
"""


def tool(*arguments: str | Path) -> None:
    result = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def ruff(*arguments: str | Path) -> None:
    tool("ruff", *arguments, "--isolated", "--no-cache", "--target-version", "py310")


def test_pyflakes_finds_nothing() -> None:
    """Every rendered file passes pyflakes."""
    tool("pyflakes", *FILES)


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["check", "format"])
def test_ruff_finds_nothing(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Every rendered file, and what an editor inserts, passes ruff and is formatted, both with ruff's own defaults.

    What an editor inserts takes names of its user's, which `check` would miss.
    """
    ruff(*arguments, *FILES)
    for name, snippet in SNIPPETS.items():
        (tmp_path / f"{name}.py").write_text(snippet.code, encoding="utf-8")
    ruff(*arguments, *(["--ignore=F821"] if arguments == ("check",) else []), tmp_path)


@pytest.mark.slow
def test_mypy_finds_nothing() -> None:
    """Every rendered file passes mypy with its own defaults."""
    tool("mypy", "--config-file", "", *FILES)  # uses this checkout's cache, which contains torch after one run


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.stem)
def test_runs_as_it_stands(path: Path) -> None:
    """A file runs alone without a warning."""
    assert run_all(failure, [(AS_A_SCRIPT + path.read_text(encoding="utf-8"), "", "")]) == [""]


def test_all_run_below_each_other(tmp_path: Path) -> None:
    """All files pasted below each other, twice, run without a warning: each runs below every other one."""
    files = sorted(FILES, key=lambda path: path.stem != "seedhash")  # it belongs to the top
    pasted = tmp_path / "pasted.py"
    pasted.write_text("\n".join(path.read_text(encoding="utf-8") for path in [*files, *files]), encoding="utf-8")
    result = run("-W", "error", str(pasted), *SHORT, cwd=tmp_path, variables={"OMP_NUM_THREADS": "1"})
    assert (result.returncode, result.stderr) == (0, "")


def test_runs_in_a_block(tmp_path: Path) -> None:
    """What PyCharm inserts inside a block runs there. test_checks.py covers the snippets that only define something."""
    xml = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
    seed, seedhash = ("if True:\n" + expand_live_template(xml, name, line="    ") for name in ("seed", "seedhash"))
    assert run_all(failure, [(AS_A_SCRIPT + seed, "", "")]) == [""]
    script = tmp_path / "script.py"
    script.write_text(seedhash, encoding="utf-8")
    result = run("-W", "error", str(script), cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")


# The imports of a script in which a block is pasted, with the names that the calls take.
OWN = ", ".join(re.findall(r"^(?:def )?(\w+)(?: = |\()", GIVEN, flags=re.MULTILINE))
IMPORTS = f"import random\n\nimport numpy as np\nimport torch\nfrom mine import {OWN}\n\n"


@pytest.mark.parametrize("name", [name for name, snippet in SNIPPETS.items() if not snippet.whole_file])
def test_ruff_repairs_by_itself_what_it_says_of_a_pasted_block(name: str, tmp_path: Path) -> None:
    """`ruff check --fix` fixes everything in a block pasted below imports, by default and with sorted imports."""
    script = tmp_path / "train.py"
    for rules in ("", "--extend-select=I"):
        script.write_text(IMPORTS + "\n" + SNIPPETS[name].code, encoding="utf-8")
        chosen = filter(None, ["check", "--fix", rules])
        ruff(*chosen, script)
        assert SNIPPETS[name].code.splitlines()[-1] in script.read_text(encoding="utf-8")
