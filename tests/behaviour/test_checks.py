"""Each snippet that defines something: its check passes below it, and fails without any one of its lines.

checks/NAME.py is the check of what the snippet NAME defines or imports, wherever that is: in the module, in a block.
checks/NAME_MORE.py is a further check of it, of the module alone.
"""

import ast
import textwrap
from pathlib import Path

import pytest

from seedblock.rendering.model import BLOCK, PASTE, USE, stem
from tests.support.editor_samples import GIVEN, SNIPPETS
from tests.support.forked import METHODS, failure, failure_by, run_all
from tests.support.processes import ROOT, plain

CHECKS = ROOT / "tests/behaviour/checks"
COMMON = (CHECKS / "common.py").read_text(encoding="utf-8")
CHECKED = sorted(path.stem for path in CHECKS.glob("*.py") if path.stem not in ("common", "given"))


def definers(check: str) -> list[str]:
    """The files that define what is checked: the module and, unless it has a check of its own, the block."""
    if check not in SNIPPETS:
        return ["seeding"]
    if SNIPPETS[check].form == BLOCK:
        return [check]
    own = check if SNIPPETS[check].form == PASTE else f"{check}_block"
    return ["seeding", *([] if own != check and own in CHECKED else [own])]


CASES = [(check, name) for check in CHECKED for name in definers(check)]

# The checks with many workers, and those of them that notice a line of each definition.
LONG = tuple(check for check in CHECKED if check.startswith(("seediter", "seedloader", "seedshards")))
NOTICED_BY = {
    "seed_everything": ("seedall", "seedloader_clock"),
    "_Batches": ("seediter_clock", "seediter", "seedshards"),
    "_StreamLoader": ("seediter_clock", "seediter"),
    "SeededIterable": ("seediter", "seediter_own"),
    "SeededShards": ("seedshards", "seedshards_clock"),
    "ShardLoader": ("seedshards", "seedshards_clock"),
}
# What test_check_loader.py shows by tables of faulty and of sound loaders.
BY_TABLES = (
    "_Asked",
    "_sampler_of",
    "_requests",
    "_load",
    "_answers",
    "_stream_answers",
    "_compare",
    "_place",
    "_left_alone",
    "check_loader",
)
LONG_MARKS = (
    pytest.mark.slow,
    pytest.mark.skipif("fork" not in METHODS, reason="hours, as each of many workers imports torch anew"),
)

# Lines whose absence no check notices on a machine without a GPU, and why.
UNSEEN: dict[str, dict[str, str]] = {
    "_parts": {
        "if kind in (list, tuple, set, frozenset):": "it saves memory: gc would touch each part of a long list",
        "used = [p for p in used if wide or _is_generator(p)] if _is_own(value) else []": "it keeps the search short",
    },
    "_SeededSampler": {"if ours and not generators:": "it saves time: streams need not be kept for each 256 indices"},
}


# Names that a script may give to anything below a block.
ORDINARY = """
aligned batch batches checked_seed copy data dataset device digest epoch file io is_key item key keys loader model name
number operator order own_streams pickle plain rank read sampler samples seed seed_streams seed_value source start state
states step stream streams struct sys threading worker workers
"""


def with_ordinary_names(code: str) -> str:
    return code + "\n" + " = ".join(ORDINARY.split()) + " = None\n"


def checked(check: str, code: str) -> tuple[str, str, str]:
    return code, COMMON, (CHECKS / f"{check}.py").read_text(encoding="utf-8")


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
    """Every snippet that defines something has a check here or a test file; and every check has its snippet."""
    own = {path.stem.removeprefix("test_") for path in CHECKS.parent.glob("test_seed*.py")}
    for name, snippet in SNIPPETS.items():
        known = snippet.form == USE or name in own or stem(snippet) in (definer for _, definer in CASES)
        assert known, f"{name} has no test: write tests/behaviour/checks/{name.removesuffix('_block')}.py"
    for name in CHECKED:
        own_snippet = {name, name.rpartition("_")[0]} & SNIPPETS.keys()
        assert own_snippet, f"tests/behaviour/checks/{name}.py checks no snippet of the catalogue"


@pytest.mark.parametrize(("check", "name"), CASES)
def test_check_passes(check: str, name: str) -> None:
    """The check passes below the module, and below a block with ordinary names taken by the script."""
    code = plain(name) if name == "seeding" else with_ordinary_names(plain(name))
    assert run_all(failure, [checked(check, code)]) == [""]


@pytest.mark.parametrize("name", [name for name, snippet in SNIPPETS.items() if snippet.call])
def test_call_runs(name: str, tmp_path: Path) -> None:
    """What an editor inserts runs without a warning, if the names that its call uses exist (given.py).

    In a function too, unless it is a block.
    """
    code = SNIPPETS[name].code
    codes = [code, f"def main():\n{textwrap.indent(code, '    ')}\nmain()\n"][: 1 if name.endswith("_block") else 2]
    given = f"import os\nos.chdir({str(tmp_path)!r})\n{GIVEN}"
    for found in run_all(failure, [(given + code, "", "") for code in codes]):
        assert not found, f"{found}If a name is missing, define it in tests/behaviour/checks/given.py."


@pytest.mark.slow
@pytest.mark.skipif("forkserver" not in METHODS, reason="there is only spawn, by which the other tests run")
@pytest.mark.parametrize(("check", "name"), [case for case in CASES if case[0] in LONG])
def test_check_passes_with_workers_that_do_not_fork(check: str, name: str) -> None:
    """The check passes with workers from a fork server, the default since Python 3.14, that get all by pickle.

    Here the module is imported, as scripts do: workers import it too.
    """
    code = "import seeding\nglobals().update(vars(seeding))\n" if name == "seeding" else plain(name)
    assert run_all(failure_by, [("forkserver", checked(check, code))]) == [""]


def unseen(check: str, code: str, numbers: list[int]) -> list[int]:
    """The lines of some code without which the check passes all the same."""
    failures = run_all(failure, [checked(check, without(code, number)) for number in numbers])
    return [number for number, found in zip(numbers, failures, strict=True) if not found]


def texts(code: str, numbers: list[int]) -> list[str]:
    return [code.splitlines()[number - 1].strip() for number in numbers]


@pytest.mark.parametrize(
    ("check", "name"),
    [
        pytest.param(check, name, marks=LONG_MARKS if check in LONG else ())
        for check, name in CASES
        if name != "seeding"
    ],
)
def test_each_line_is_needed(check: str, name: str) -> None:
    """Without any one line of a block the check fails, except for the lines listed with a reason."""
    code = plain(name)
    found = unseen(check, code, code_lines(code))
    assert texts(code, found) == list(UNSEEN.get(name, {})), f"say why in UNSEEN, or check it in checks/{check}.py"


MODULE = plain("seeding")


def own_definitions() -> dict[str, list[int]]:
    """The lines of each function and class of the module that no block has too."""
    elsewhere = "\n".join(plain(name) for _, name in CASES if name != "seeding")
    found = {}
    for node in ast.parse(MODULE).body:
        text = ast.get_source_segment(MODULE, node) or ""
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and text not in elsewhere and node.name not in BY_TABLES:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = [number for number in code_lines(MODULE) if first <= number <= (node.end_lineno or 0)]
    return found


OWN = own_definitions()


@pytest.mark.parametrize("name", [pytest.param(name, marks=LONG_MARKS) for name in OWN])
def test_each_line_of_the_module_is_needed(name: str) -> None:
    """Without any one line of what only the module defines a check fails."""
    found = OWN[name]
    for check in NOTICED_BY.get(name, ("seedloader_clock", "seedloader", "seedloader_alike")):
        found = unseen(check, MODULE, found)
    assert texts(MODULE, found) == list(UNSEEN.get(name, {})), "say why in UNSEEN, or check it in checks/"
