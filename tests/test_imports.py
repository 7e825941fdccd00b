"""Which folder may import which: read from the code, imports inside functions too."""

import ast
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT, run

SOURCES = ROOT / "generator" / "seedblock"
SHARED = {"__init__", "errors", "signals", "terminal", "writing"}

# From each folder, or module outside of one, to those that it may import. `parser` finds the commands of each part by name.
ARROWS = {
    "__init__": set(),
    "__main__": {"start"},
    "start": {"cli"},
    "cli": {"errors", "parser", "problems", "signals", "terminal"},
    "errors": set(),
    "completion": {"errors", "parser", "terminal", "editors/known", "rendering"},
    "parser": {"__init__", "errors", "terminal"},
    "problems": {"errors", "terminal"},
    "signals": set(),
    "terminal": set(),
    "writing": {"errors", "signals", "terminal"},
    "rendering": SHARED,
    "editors": {*SHARED, "editors/archives", "rendering"},
    "editors/archives": {"errors", "rendering"},
    "twice/arguments": {"twice/verdict"},
    "twice/commands": {
        *SHARED, "problems", "twice/arguments", "twice/experiment", "twice/verdict", "twice/files", "twice/run", "twice/tape", "twice/compare", "twice/explain",
        "twice/report", "rendering",  # the page shows the snippet that helps
    },
    "twice/experiment": {"errors", "signals", "twice/verdict", "twice/files", "twice/run", "twice/tape", "twice/compare", "twice/explain"},
    "twice/files": {"signals", "terminal", "writing", "twice/run", "twice/files/formats"},
    "twice/files/formats": set(),
    "twice/report": {"errors", "writing", "twice/verdict", "twice/tape", "twice/compare", "twice/files/data"},
    "twice/explain": {"twice/verdict", "twice/compare", "twice/files/data"},
    "twice/compare": {"twice/verdict", "twice/tape", "twice/files/data"},
    "twice/run": {*SHARED, "twice/tape", "twice/recorder/seedblock_format"},
    "twice/run/supervisor": {"signals"},  # a process of its own, which starts fast
    "twice/tape": {"errors", "writing", "twice/recorder/seedblock_format"},
    "twice/verdict": set(),
    "twice/recorder": set(),  # it runs in the user's process, where seedblock need not be installed
}  # fmt: skip

# Data in, data out: these see neither the disk, nor the environment, nor other processes.
PURE = (
    "errors",
    "writing/plan",
    "rendering/model",
    "rendering/kinds",
    "rendering/catalog",
    "rendering/settings",
    "rendering/body",
    "rendering/jinja",
    "rendering/stamp",
    "rendering/render",
    "rendering/targets/",
    "editors/archives/",
    "editors/earlier_settings",
    "editors/known",
    "twice/verdict",
    "twice/files/data",
    "twice/files/formats/",
    "twice/compare/",
    "twice/explain/",
)
EFFECTS = {"os", "shutil", "signal", "socket", "subprocess", "sys", "tempfile", "threading", "time"}

# The outermost modules, which print and decide the exit code, and all that import them; `parser` finds commands by name.
EDGES = {
    "cli": {"start"},
    "rendering/commands": set(),
    "rendering/adding": {"rendering/commands"},
    "editors/commands": set(),
    "twice/commands": set(),
    "completion/commands": set(),
}

# What only one place knows, so that it can be replaced there.
ONLY_IN = {
    "jinja2": {"rendering/jinja"},
    "lxml": {"rendering/targets/pycharm"},
    "pyperclip": {"rendering/commands"},
    "platformdirs": {"editors/installed"},
    "shtab": {"completion/commands"},
    "ipykernel": {"twice/recorder/seedblock_record/kernel"},
    "jupyter_client": {"twice/run/notebook_driver"},
    "nbclient": {"twice/run/notebook_driver"},
    "nbformat": {"twice/run/notebook_driver"},
    "psutil": {"twice/run/supervisor/by_psutil"},
    "termcolor": {"terminal"},
    "tqdm": {"terminal"},
    "torch": {"twice/recorder/seedblock_record/hooks"},
    "numpy": {"twice/recorder/seedblock_record/digests"},
}

MODULES = {path.relative_to(SOURCES).with_suffix("").as_posix(): path for path in sorted(SOURCES.rglob("*.py"))}


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


def places(module: str) -> list[str]:
    """List the module, as in `twice/run/call`, and the folders it lies in, the nearest first."""
    return [module, *(parent.as_posix() for parent in Path(module).parents[:-1])]


def own(module: str) -> str:
    """Name the entry of ARROWS that holds for a module: the longest."""
    return next(place for place in places(module) if place in ARROWS)


def is_pure(module: str) -> bool:
    return bool(set(PURE) & {module, *(f"{place}/" for place in places(module))})


def ours(module: str) -> set[str]:
    """Name the modules of seedblock that `module` imports, as in `twice/run/call`; the package itself is `__init__`."""
    names = [name.replace(".", "/") for name in imports(module) if name.split(".")[0] == "seedblock"]
    return {name.removeprefix("seedblock/") if "/" in name else "__init__" for name in names}


@pytest.mark.parametrize("module", [name for name in MODULES if not name.endswith("/__init__")])
def test_arrows(module: str) -> None:
    """A module imports its own folder and what ARROWS allows, and nothing else of seedblock."""
    here = own(module)
    allowed = ARROWS[here] | {here}
    assert [name for name in sorted(ours(module)) if not allowed & {*places(name), own(name)}] == [], (
        f"see ARROWS[{here!r}]"
    )


@pytest.mark.parametrize("library", ONLY_IN)
def test_known_in_one_place(library: str) -> None:
    """A library that could be replaced is imported in the place that ONLY_IN names, and nowhere else."""
    assert {name for name in MODULES if library in {found.split(".")[0] for found in imports(name)}} == ONLY_IN[library]


def test_every_library_is_named() -> None:
    """A new dependency asks for a line in ONLY_IN, and so for a thought."""
    found = {name.split(".")[0] for module in MODULES for name in imports(module)}
    recorder = {"seedblock_record", "seedblock_format", "sitecustomize"}
    assert found - sys.stdlib_module_names - {"seedblock"} - recorder <= ONLY_IN.keys()


@pytest.mark.parametrize("module", [name for name in MODULES if is_pure(name)])
def test_pure(module: str) -> None:
    """The core has no effects: it imports nothing that could have one."""
    assert not {name.split(".")[0] for name in imports(module)} & EFFECTS


def test_a_pure_module_reads_no_disk_through_another() -> None:
    """The core imports no module of ours that reads, writes or prints."""
    outer = {*EDGES, "signals", "terminal", "rendering/sources", "rendering/stale", "rendering/product"}
    outer |= {name for name in MODULES if name.startswith("writing/")} - set(PURE)
    assert {"writing/disk", "writing/folder", "writing/locks"} <= outer
    assert {name: found for name in MODULES if is_pure(name) and (found := ours(name) & outer)} == {}


@pytest.mark.parametrize("edge", EDGES)
def test_nothing_points_back_to_an_edge(edge: str) -> None:
    """Only the modules that EDGES names import an outermost module."""
    assert not is_pure(edge)
    assert {name for name in MODULES if edge in ours(name)} == EDGES[edge]


def test_every_pure_place_is_there() -> None:
    """PURE names no place that has gone."""
    assert [place for place in PURE if not any(name.startswith(place) for name in MODULES)] == []


@pytest.mark.parametrize(
    ("command", "absent"),
    [
        (["list"], "jinja2 lxml json dataclasses pathlib platformdirs pyperclip shtab shutil torch numpy"),
        (["show", "seed"], "lxml platformdirs pyperclip torch numpy"),
        (["show", "seed", "--target", "vscode"], "lxml torch numpy"),
        (["show", "seedloader_block"], "lxml platformdirs pyperclip torch numpy"),
        (["add"], "lxml platformdirs pyperclip torch numpy"),
        (["render"], "platformdirs pyperclip torch numpy"),
        (["install", "zed", "--config-dir", ".", "--dry-run"], "pyperclip zipfile torch numpy"),
        (["bundle"], "pyperclip shtab torch numpy"),
        (["completion", "bash"], "lxml pyperclip torch numpy"),
    ],
)
def test_a_command_pays_only_for_what_it_uses(command: list[str], absent: str, tmp_path: Path) -> None:
    """No command imports what only others need, and none imports what only the rendered code needs."""
    code = f"import sys; from seedblock.cli import main; main({command!r}); sys.stderr.write(' '.join(sys.modules))"
    result = run("-c", code, cwd=tmp_path)
    assert result.returncode == 0
    assert set(result.stderr.split()) & set(absent.split()) == set()
