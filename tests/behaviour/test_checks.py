"""Each snippet that defines something: its check passes below it, and fails without any one of its lines."""

import ast

import pytest

from tests.support.expanders import expand_live_template, expand_snippet
from tests.support.forked import failure, run_all
from tests.support.processes import ROOT

CHECKS = ROOT / "tests/behaviour/checks"
COMMON = (CHECKS / "common.py").read_text(encoding="utf-8")
XML = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
JSON = (ROOT / "snippets/vscode/seedblock.code-snippets").read_text(encoding="utf-8")

# Lines whose absence no check sees on a machine without a GPU, and why.
UNSEEN = {
    "seedall": {},
    "seediter": {},
    "seedloader": {},
    "seedprint": {},
    "seedrank": {},
    "seedscope": {},
    "seedstate": {},
    "seedstream": {},
}


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
    """Every rendered file has a check here, or a test file of its own."""
    own = {path.stem.removeprefix("test_") for path in CHECKS.parent.glob("test_seed*.py")}
    assert {path.stem for path in (ROOT / "snippets/python").glob("*.py")} == UNSEEN.keys() | own


@pytest.mark.parametrize("name", UNSEEN)
def test_check_passes_in_every_form(name: str) -> None:
    """What the check states holds for the plain file, for what both editors' formats expand to, and inside a block."""
    in_a_block = "if True:\n" + expand_live_template(XML, name, line="    ")
    forms = [plain(name), expand_live_template(XML, name), expand_snippet(JSON, name), in_a_block]
    assert run_all(failure, [checked(name, form) for form in forms]) == ["", "", "", ""]


@pytest.mark.parametrize("name", UNSEEN)
def test_each_line_is_needed(name: str) -> None:
    """Without any one line the check fails, but for the lines that are named with a reason."""
    code = plain(name)
    numbers = code_lines(code)
    failures = run_all(failure, [checked(name, without(code, number)) for number in numbers])
    lines = code.splitlines()
    unseen = [lines[number - 1].strip() for number, found in zip(numbers, failures, strict=True) if not found]
    assert unseen == list(UNSEEN[name])
