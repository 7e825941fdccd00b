"""Which room may know which: the imports, read from the code, inside functions too."""

import ast
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT, run

SOURCES = ROOT / "generator" / "seedblock"
GROUND = {"errors", "signals", "terminal", "writing"}

# From each room to the rooms that it may import. `cli` finds the doors of the wings by their names when they are called.
ARROWS = {
    "__init__": set(),
    "__main__": {"cli"},
    "cli": {"__init__", "errors", "signals", "terminal"},
    "errors": set(),
    "signals": set(),
    "terminal": set(),
    "writing": {"errors", "signals", "terminal"},
    "rendering": GROUND,
    "editors": GROUND | {"__init__", "rendering"},
    "twice": GROUND | {"__init__"},
    "twice/recorder": set(),  # it runs in the user's process, where seedblock need not be installed
}

# What is known in one place only, so that it can be replaced there.
ONLY_IN = {
    "jinja2": {"rendering/body"},
    "lxml": {"rendering/targets/pycharm"},
    "pyperclip": {"rendering/commands"},
    "platformdirs": {"editors/installed"},
    "ipykernel": {"twice/recorder/seedblock_record/kernel"},
    "jupyter_client": {"twice/run/notebook_driver"},
    "nbclient": {"twice/run/notebook_driver"},
    "nbformat": {"twice/run/notebook_driver"},
    "psutil": {"twice/run/process_tree"},
    "termcolor": {"terminal"},
    "tqdm": {"terminal"},
    "torch": {"twice/recorder/seedblock_record/hooks"},
    "numpy": {"twice/recorder/seedblock_record/digests"},
}

MODULES = {path.relative_to(SOURCES).with_suffix("").as_posix(): path for path in sorted(SOURCES.rglob("*.py"))}

# Data in, data out: these see neither the disk, nor the environment, nor other processes.
PURE = {
    "errors",
    "writing/plan",
    *(f"rendering/{name}" for name in ("model", "kinds", "catalog", "settings", "body", "render")),
    *(name for name in MODULES if name.startswith(("rendering/targets/", "editors/archives/"))),
    *(f"editors/{name}" for name in ("known", "choices")),
    *(f"twice/{name}" for name in ("verdict", "tape/lines", "tape/fast_lines")),
    *(name for name in MODULES if name.startswith(("twice/compare/", "twice/explain/", "twice/report/"))),
} - {"twice/report/user_lines"}
EFFECTS = {"os", "shutil", "signal", "socket", "subprocess", "sys", "tempfile", "threading", "time"}


def imports(module: str) -> set[str]:
    """Name what `module` imports; of `from package import module`, the module."""
    names = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            folder = SOURCES.parent / str(node.module).replace(".", "/")
            inner = {alias.name for alias in node.names if (folder / f"{alias.name}.py").is_file()}
            names |= {f"{node.module}.{name}" for name in inner} or {str(node.module)}
    return names


def room(name: str) -> str:
    """Name the room of the module `name`, with slashes: `rendering/targets/zed` lies in `rendering`."""
    return "twice/recorder" if name.startswith("twice/recorder/") else name.split("/")[0]


@pytest.mark.parametrize("module", MODULES)
def test_arrows(module: str) -> None:
    """A module imports its own room and those that ARROWS allows, and nothing of seedblock else."""
    ours = {name.replace(".", "/") for name in imports(module) if name.split(".")[0] == "seedblock"}
    rooms = {room(name.removeprefix("seedblock/") if "/" in name else "__init__") for name in ours}
    assert rooms <= ARROWS[room(module)] | {room(module)}, f"{module}: see ARROWS in {Path(__file__).name}"


@pytest.mark.parametrize("library", ONLY_IN)
def test_known_in_one_place(library: str) -> None:
    """A library that could be replaced is imported in the place that ONLY_IN names, and nowhere else."""
    assert {name for name in MODULES if library in {found.split(".")[0] for found in imports(name)}} == ONLY_IN[library]


def test_every_library_is_named() -> None:
    """A new dependency asks for a line in ONLY_IN, and so for a thought."""
    found = {name.split(".")[0] for module in MODULES for name in imports(module)}
    recorder = {"seedblock_record", "sitecustomize"}
    assert found - sys.stdlib_module_names - {"seedblock"} - recorder <= ONLY_IN.keys()


@pytest.mark.parametrize("module", sorted(PURE))
def test_pure(module: str) -> None:
    """The core has no effects: it imports nothing that could have one."""
    assert not {name.split(".")[0] for name in imports(module)} & EFFECTS


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
