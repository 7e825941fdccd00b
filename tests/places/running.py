"""Run scripts in a fork of a process that has imported torch, each as `python script.py` or `python -m module` would."""

import contextlib
import io
import json
import multiprocessing
import os
import runpy
import sys
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from tests.places.scripts import DEFINITIONS
from tests.support.forked import METHODS, perturb, run_all
from tests.support.processes import ROOT, run

MODULE = (ROOT / "snippets/python/seeding.py").read_text(encoding="utf-8")

# What a DataLoader warns of where there are fewer processors.
MANY_WORKERS = "This DataLoader will create"

# A folder, the scripts or modules in it, the start method of their workers ("" for none), and how many.
Case = tuple[Path, Sequence[str], str, int]

# What each snippet in a script did.
Found = Mapping[str, object]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a user's files, with given.py for scripts that define nothing themselves."""
    for path, text in {"given.py": DEFINITIONS, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def shown(folder: Path, scripts: Mapping[str, str], method: str = "", workers: int = 0) -> dict[str, str]:
    """Write scripts, run all of them in one fork, and return what each printed."""
    write(folder, {"seeding.py": MODULE, **{f"{name}.py": text for name, text in scripts.items()}})
    case: Case = (folder, [f"{name}.py" for name in scripts], method, workers)
    return dict(zip(scripts, run_all(outputs, [case])[0], strict=True))


def processed(folder: Path, started: Sequence[str], method: str, workers: int) -> Found:
    """Run a script in a process, and return what each snippet in it did. A warning is an error."""
    strict = ["-W", "error", "-W", f"ignore:{MANY_WORKERS}"]
    result = run(*strict, *started, method, str(workers), cwd=folder)
    assert result.returncode == 0, result.stderr
    return read(result.stdout)


def read(printed: str) -> Found:
    """Read the last line that a script printed."""
    assert printed.endswith("}\n"), printed
    found: Found = json.loads(printed.splitlines()[-1])
    return found


def outputs(case: Case) -> list[str]:
    """Run each script or module of a case, and return what it printed or the exception that ended it.

    Where the case names no start method, workers are forked if possible: seedcheck starts some without a main guard.
    """
    folder, names, method, workers = case
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", MANY_WORKERS)
    warnings.filterwarnings("ignore", "Got pickle error")  # an error follows
    multiprocessing.set_start_method(method or METHODS[0], force=True)
    modules, found = set(sys.modules), []
    for name in names:
        _forget(folder, modules)
        sys.argv = ["", method, str(workers)]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            try:
                if name.endswith(".py"):
                    runpy.run_path(str(folder / name), run_name="__main__")
                else:
                    runpy.run_module(name, run_name="__main__", alter_sys=True)
            except Exception as error:  # noqa: BLE001
                print(f"{type(error).__name__}: {error}")
        found.append(printed.getvalue())
    return found


def _forget(folder: Path, modules: Collection[str]) -> None:
    """Undo what an earlier script of this process did; `modules`: what was imported before all of them."""
    import torch

    perturb()
    sys.path = [path for path in sys.path if path != str(ROOT / "snippets/python")]  # the module is where a user put it
    torch.backends.cudnn.benchmark = False  # seedall warns where it was on
    torch.use_deterministic_algorithms(False)
    os.chdir(folder)
    sys.path[0] = str(folder)
    for name in sys.modules.keys() - modules:
        if str(folder) in str(getattr(sys.modules[name], "__spec__", "")):
            del sys.modules[name]
