"""Which module may know what: the imports, read from the code, inside functions too."""

import ast
from pathlib import Path

import pytest

from tests.processes import ROOT, run

SOURCES = ROOT / "generator" / "seedblock"

# The pure core needs little; jinja2, lxml, platformdirs and the clipboard are each known in one place.
ALLOWED = {
    "__init__": "",
    "__main__": "seedblock.cli",
    "errors": "collections.abc difflib",
    "kinds": "ast re typing",
    "model": "collections.abc re typing seedblock.errors seedblock.kinds",
    "catalog": "seedblock.kinds seedblock.model",
    "body": "collections.abc jinja2 traceback seedblock.errors seedblock.kinds seedblock.model",
    "targets/__init__": "collections.abc importlib re typing seedblock.errors seedblock.kinds seedblock.model",
    "targets/python": "collections.abc seedblock.model seedblock.targets",
    "targets/pycharm": "collections.abc lxml re seedblock.errors seedblock.kinds seedblock.model seedblock.targets",
    "targets/vscode": "collections.abc json re seedblock.errors seedblock.model seedblock.targets",
    "targets/zed": "collections.abc json re seedblock.errors seedblock.model seedblock.targets",
    "render": "collections.abc seedblock.body seedblock.errors seedblock.model seedblock.targets",
    "extension": "collections.abc json xml.etree seedblock.model",
    "bundle": "collections.abc io re xml.etree zipfile"
    " seedblock.errors seedblock.extension seedblock.model seedblock.targets",
    "editors": "collections.abc pathlib typing",
    "install": "collections.abc hashlib pathlib typing",
    "files": "collections.abc difflib importlib os pathlib re types typing seedblock.errors seedblock.model",
    "places": "collections.abc contextlib fcntl msvcrt os pathlib re stat sys"
    " seedblock.editors seedblock.files seedblock.install",
    "terminal": "io os sys typing",
    "tape": "collections.abc json typing seedblock.errors",
    "compare": "collections.abc itertools typing seedblock.tape",
    "report": "collections.abc math xml.etree xml.etree.ElementTree seedblock.compare seedblock.tape",
    "runs": "collections.abc os pathlib shutil signal subprocess sys time typing seedblock.errors seedblock.tape",
    "cli_twice": "argparse collections.abc os pathlib sys tempfile time"
    " seedblock.arguments seedblock.compare seedblock.errors seedblock.report seedblock.runs seedblock.tape"
    " seedblock.terminal",
    # These two run in the user's own process: they import what a script may use no sooner than the script does.
    "recorder/sitecustomize": "os seedblock_record sitecustomize sys",
    "recorder/seedblock_record": "atexit collections.abc gc importlib.abc importlib.machinery json os"
    " random struct sys torch torch.optim.optimizer torch.utils.data typing zlib",
    "arguments": "argparse collections.abc functools"
    " seedblock seedblock.editors seedblock.errors seedblock.model seedblock.targets",
    "cli": "argparse collections.abc contextlib os pathlib pyperclip shlex sys typing"
    " seedblock.arguments seedblock.catalog seedblock.cli_editors seedblock.cli_twice seedblock.errors seedblock.files seedblock.render"
    " seedblock.targets seedblock.terminal",
    "cli_editors": "argparse collections.abc contextlib os pathlib platformdirs sys typing"
    " seedblock.arguments seedblock.bundle seedblock.catalog seedblock.editors seedblock.errors"
    " seedblock.extension seedblock.files seedblock.install seedblock.model seedblock.places seedblock.render"
    " seedblock.terminal",
}


MODULES = {f"seedblock.{module.removesuffix('/__init__').replace('/', '.')}" for module in ALLOWED}


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            submodules = {f"seedblock.{alias.name}" for alias in node.names} & MODULES
            names |= submodules if node.module == "seedblock" and submodules else {str(node.module)}
    return names


def test_every_module_has_its_line() -> None:
    """A new module asks for a line here, and so for a thought."""
    assert {path.relative_to(SOURCES).with_suffix("").as_posix() for path in SOURCES.rglob("*.py")} == ALLOWED.keys()


@pytest.mark.parametrize("module", ALLOWED)
def test_imports(module: str) -> None:
    """A module imports what its line allows, and nothing that it allows in vain."""
    assert imports(SOURCES / f"{module}.py") == set(ALLOWED[module].split())


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        (["list"], "jinja2 lxml json dataclasses pathlib platformdirs pyperclip shutil torch numpy"),
        (["show", "seed"], "lxml platformdirs pyperclip torch numpy"),
        (["show", "seed", "--target", "vscode"], "lxml torch numpy"),
        (["render"], "platformdirs pyperclip torch numpy"),
        (["install", "zed", "--config-dir", ".", "--dry-run"], "pyperclip zipfile torch numpy"),
        (["bundle"], "pyperclip torch numpy"),
    ],
)
def test_a_command_pays_only_for_what_it_uses(command: list[str], absent: str, tmp_path: Path) -> None:
    """No command imports what only others need, and none imports what only the rendered code needs."""
    code = f"import sys; from seedblock.cli import main; main({command!r}); sys.stderr.write(' '.join(sys.modules))"
    result = run("-c", code, cwd=tmp_path)
    assert result.returncode == 0
    assert set(result.stderr.split()) & set(absent.split()) == set()
