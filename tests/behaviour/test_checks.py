"""Each snippet that defines something: its check passes below it, and fails without any one of its lines.

checks/NAME.py is the check of the snippet NAME.
"""

import ast
import textwrap
from pathlib import Path

import pytest

from tests.support.editor_samples import GIVEN, SNIPPETS
from tests.support.forked import METHODS, failure, failure_by, run_all
from tests.support.processes import ROOT

CHECKS = ROOT / "tests/behaviour/checks"
COMMON = (CHECKS / "common.py").read_text(encoding="utf-8")
CHECKED = sorted(path.stem for path in CHECKS.glob("*.py") if path.stem not in ("common", "given"))

# Snippets with many lines, whose checks start many workers.
LONG = ("seediter", "seedloader", "seedshards")
LONG_MARKS = (
    pytest.mark.slow,
    pytest.mark.skipif("fork" not in METHODS, reason="hours, as each of many workers imports torch anew"),
)

# Lines whose absence no check notices on a machine without a GPU, and why.
UNSEEN: dict[str, dict[str, str]] = {}


def plain(name: str) -> str:
    return (ROOT / f"snippets/python/{name}.py").read_text(encoding="utf-8")


def checked(name: str, code: str) -> tuple[str, str, str]:
    return code, COMMON, (CHECKS / f"{name}.py").read_text(encoding="utf-8")


def code_lines(code: str) -> list[int]:
    """Number the lines that are neither blank, nor comment, nor docstring."""
    docstrings = {
        line
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)  # type: ignore[operator]
    }
    lines = enumerate(code.splitlines(), start=1)
    return [n for n, line in lines if line.strip() and not line.strip().startswith("#") and n not in docstrings]


def without(code: str, number: int) -> str:
    lines = code.splitlines(keepends=True)
    return "".join(lines[: number - 1] + lines[number:])


def test_every_snippet_has_a_check() -> None:
    """Every snippet has a check here, or a test file of its own; and every check has its snippet."""
    own = {path.stem.removeprefix("test_") for path in CHECKS.parent.glob("test_seed*.py")}
    for name in SNIPPETS.keys() - own:
        assert name in CHECKED, f"{name} has no test: write tests/behaviour/checks/{name}.py"
    for name in CHECKED:
        assert name in SNIPPETS, f"tests/behaviour/checks/{name}.py checks no snippet of the catalogue"


def indented(code: str) -> str:
    return "if True:\n" + textwrap.indent(code, "    ")


@pytest.mark.parametrize("name", CHECKED)
def test_check_passes(name: str) -> None:
    """The check passes below the plain file."""
    assert run_all(failure, [checked(name, plain(name))]) == [""]


@pytest.mark.parametrize("name", LONG)
def test_runs_in_a_block(name: str) -> None:
    """The plain file runs inside another block. For these snippets the next test, which shows more, is slow."""
    assert run_all(failure, [(indented(plain(name)), "", "")]) == [""]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in CHECKED]
)
def test_check_passes_in_a_block(name: str) -> None:
    """The check passes below the plain file inside another block."""
    assert run_all(failure, [checked(name, indented(plain(name)))]) == [""]


@pytest.mark.parametrize("name", [name for name, snippet in SNIPPETS.items() if snippet.call])
def test_call_runs(name: str, tmp_path: Path) -> None:
    """What an editor inserts runs without a warning, including the call, if the names that it uses exist (given.py)."""
    folder = f"import os\nos.chdir({str(tmp_path)!r})\n"
    (found,) = run_all(failure, [(folder + GIVEN + SNIPPETS[name].code, "", "")])
    assert not found, f"{found}If a name is missing, define it in tests/behaviour/checks/given.py."


@pytest.mark.slow
@pytest.mark.skipif("forkserver" not in METHODS, reason="there is only spawn, by which the other tests run")
@pytest.mark.parametrize("name", LONG)
def test_check_passes_with_workers_that_do_not_fork(name: str) -> None:
    """The check passes with workers from a fork server, the default since Python 3.14, that get all by pickle."""
    assert run_all(failure_by, [("forkserver", checked(name, plain(name)))]) == [""]


@pytest.mark.parametrize("name", [pytest.param(name, marks=LONG_MARKS if name in LONG else ()) for name in CHECKED])
def test_each_line_is_needed(name: str) -> None:
    """Without any one line the check fails, except for the lines listed with a reason."""
    code = plain(name)
    numbers = code_lines(code)
    failures = run_all(failure, [checked(name, without(code, number)) for number in numbers])
    lines = code.splitlines()
    unseen = [lines[number - 1].strip() for number, found in zip(numbers, failures, strict=True) if not found]
    assert unseen == list(UNSEEN.get(name, {})), f"say why in UNSEEN, or check it in tests/behaviour/checks/{name}.py"
