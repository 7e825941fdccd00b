"""What holds for every rendered .py, whatever it does."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.expanders import expand_live_template
from tests.support.processes import ROOT, run

SNIPPETS = sorted((ROOT / "snippets/python").glob("*.py"))
IDS = [path.stem for path in SNIPPETS]


def tool(*arguments: str | Path) -> None:
    result = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_pyflakes_has_nothing_to_say() -> None:
    """Every rendered file passes pyflakes."""
    tool("pyflakes", *SNIPPETS)


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["check", "format"])
def test_ruff_has_nothing_to_say(arguments: tuple[str, ...]) -> None:
    """Every rendered file passes ruff and is formatted, both with ruff's own defaults."""
    tool("ruff", *arguments, "--isolated", "--no-cache", "--target-version", "py310", *SNIPPETS)


def test_mypy_has_nothing_to_say(tmp_path: Path) -> None:
    """Every rendered file passes mypy with its own defaults."""
    for path in SNIPPETS:
        tool("mypy", "--cache-dir", tmp_path, "--config-file", "", path)


@pytest.mark.parametrize("path", SNIPPETS, ids=IDS)
def test_runs_as_it_stands_and_below_another(path: Path, tmp_path: Path) -> None:
    """A file runs alone without a warning, and pasted below every other one."""
    alone = run("-W", "error", path, cwd=tmp_path)
    assert (alone.returncode, alone.stderr) == (0, "")
    pasted = tmp_path / "pasted.py"
    pasted.write_text("\n".join(p.read_text(encoding="utf-8") for p in (*SNIPPETS, path)), encoding="utf-8")
    below = run("-W", "error", str(pasted), cwd=tmp_path)
    assert (below.returncode, below.stderr) == (0, "")


@pytest.mark.parametrize("name", ["seed", "seedhash", "seedtrain"])
def test_runs_in_a_block(name: str, tmp_path: Path) -> None:
    """What PyCharm inserts inside an indented block runs there; test_checks shows it for all that only define something."""
    xml = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
    script = tmp_path / "script.py"
    script.write_text("if True:\n" + expand_live_template(xml, name, line="    "), encoding="utf-8")
    result = run("-W", "error", str(script), cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
