"""The sdist and the wheel: they have the same bytes every time, contain all that is needed, and work when installed."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from seedblock import __version__
from tests.support.processes import ROOT

NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv", ".versions", ".editors", ".hypothesis", ".*_cache", "__pycache__", "dist", "build", "*.egg-info"
)


def call(arguments: Sequence[str | Path], cwd: Path) -> str:
    # Keeps the user's pip settings, such as index and certificate, but not PYTHONPATH.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run(arguments, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{arguments}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def dists(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two builds of sdist and wheel, from copies with different paths, times and permissions."""
    folders = []
    for name, mode in (("one", 0o644), ("two", 0o664)):
        source = tmp_path_factory.mktemp(name) / "source"
        shutil.copytree(ROOT, source, ignore=NOT_SOURCE, copy_function=shutil.copyfile)
        for path in source.rglob("*"):
            if path.is_file():
                path.chmod(mode)
        call([sys.executable, "-m", "build", "--no-isolation", "."], source)
        folders.append(source / "dist")
    return folders


def test_two_builds_are_the_same_bytes(dists: list[Path]) -> None:
    """Paths, times and permissions do not affect the archives."""
    first, second = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} for folder in dists
    )
    assert sorted(first) == [f"seedblock-{__version__}-py3-none-any.whl", f"seedblock-{__version__}.tar.gz"]
    assert first == second


def test_wheel_holds_the_package_and_its_templates(dists: list[Path]) -> None:
    """The wheel installs `seedblock` alone: every module, every template, no top-level folder beside it."""
    (wheel,) = dists[0].glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    package, templates = ROOT / "generator", ROOT / "templates"
    assert names == {
        *(path.relative_to(package).as_posix() for path in package.rglob("*.py")),
        *("seedblock/" + name for name in ("py.typed", "editors/archives/icon.png", "editors/archives/pluginIcon.svg")),
        *("seedblock/twice/report/" + name for name in ("page.css", "page.js")),
        *(f"seedblock/templates/{path.relative_to(templates).as_posix()}" for path in templates.rglob("*.jinja")),
    }


def test_sdist_holds_what_the_tests_need(dists: list[Path]) -> None:
    """From the sdist alone the package can be rendered, tested and built."""
    (sdist,) = dists[0].glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for folder in ("generator", "templates", "snippets", "tests", "tools", "benchmarks"):
        sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert {name for name in sources if "__pycache__" not in name} <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= names


def test_links_on_pypi_lead_somewhere(dists: list[Path]) -> None:
    """In the long description every link and picture has a whole address; one of ours leads to a file of this version."""
    (wheel,) = dists[0].glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"seedblock-{__version__}.dist-info/METADATA").decode()
    links = re.findall(r"(?:\]\(|(?:src|href)=\")([^)\"]+)", metadata)
    assert [link for link in links if not link.startswith("https://")] == []
    ours = re.compile(
        rf"https://(?:raw\.githubusercontent|github)\.com/seedblock/seedblock/(?:blob/)?v{__version__}/([^#]+)"
    )
    files = {match[1] for match in map(ours.match, links) if match}
    assert {"CHANGELOG.md", "LICENSE"} <= files
    assert any(file.startswith(".github/pictures/") for file in files)
    assert [file for file in files if not (ROOT / file).is_file()] == []


def works(seedblock: Sequence[str | Path], elsewhere: Path) -> None:
    """Assert that a command renders the committed files, adds the module and bundles, in an empty folder."""
    rendered = call([*seedblock, "render"], elsewhere)
    assert rendered.count("new: ") == sum(path.is_file() for path in (ROOT / "snippets").rglob("*"))
    assert "current" in call([*seedblock, "render", "--check", "--out", ROOT / "snippets"], elsewhere)
    assert "new: seeding.py\n" in call([*seedblock, "add"], elsewhere)
    assert (elsewhere / "seeding.py").read_bytes() == (ROOT / "snippets/python/seeding.py").read_bytes()
    assert call([*seedblock, "bundle"], elsewhere).count("new: ") == 8


def test_an_unpacked_wheel_works(dists: list[Path], tmp_path: Path) -> None:
    """Unpacked, without an installation, the wheel renders the committed files from any folder."""
    (wheel,) = dists[0].glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "unpacked")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); import seedblock; print(seedblock.__file__)\n"
    python = [sys.executable, "-c", f"{code}from seedblock.cli import run; run()", tmp_path / "unpacked"]
    (elsewhere := tmp_path / "elsewhere").mkdir()
    works(python, elsewhere)
    assert Path(call([*python, "list"], elsewhere).splitlines()[0]).is_relative_to(tmp_path / "unpacked")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_installed_in_a_fresh_environment(dists: list[Path], kind: str, tmp_path: Path) -> None:
    """Installed, it renders the committed files from any folder, and has brought neither torch nor NumPy along."""
    (dist,) = dists[0].glob(kind)
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    (elsewhere := tmp_path / "elsewhere").mkdir()
    call([scripts / "python", "-m", "pip", "install", "--quiet", dist], elsewhere)
    works([scripts / "seedblock"], elsewhere)
    where = call([scripts / "python", "-c", "import seedblock; print(seedblock.__file__)"], elsewhere)
    assert Path(where).is_relative_to(tmp_path / "venv")
    installed = call([scripts / "python", "-m", "pip", "list", "--format=freeze"], elsewhere).lower().split()
    assert {line.partition("==")[0] for line in installed} <= {
        "jinja2",
        "lxml",
        "markupsafe",
        "pip",
        "platformdirs",
        "psutil",
        "pyperclip",
        "setuptools",
        "seedblock",
        "shtab",
        "termcolor",
        "tqdm",
    }


def test_the_tests_test_this_checkout() -> None:
    """The package that the tests import holds the modules and the templates of this checkout."""
    import seedblock
    from seedblock.rendering.sources import find_templates

    package = Path(seedblock.__file__).parent
    for installed, source in ((package, ROOT / "generator/seedblock"), (find_templates(), ROOT / "templates")):
        for path in (*source.rglob("*.py"), *source.rglob("*.jinja")):
            assert (installed / path.relative_to(source)).read_bytes() == path.read_bytes()
