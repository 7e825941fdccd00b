"""The real VS Code: what it offers, and what stands in the file after a snippet is accepted, typed into and saved."""

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from seedblock import __version__
from tests.support.editor_samples import BLOCKS, SNIPPETS, VALUES, placed
from tests.support.forked import failure, run_all
from tests.support.processes import run
from tests.support.programs import INSTALLED
from tests.support.window import Server, Window, open_window

pytestmark = pytest.mark.editor

PICTURES = INSTALLED / "pictures"

# What is in a file when VS Code finds out how it is indented and how its lines end.
FILES = {
    "train": "",
    "block": "if True:\n    pass\n",
    "tabs": "if True:\n\tpass\n" * 3,
    "two": "if True:\n  pass\n" * 3,
    "crlf": "if True:\r\n    pass\r\n",
}

# It starts the script once more, and it reads the script's arguments: each needs a process of its own.
SCRIPTS = {"seedhash", "seedtrain"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return Server(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        (folder / f"{name}.py").write_bytes(text.encode())
    return {name: folder / f"{name}.py" for name in FILES}


@pytest.fixture(scope="module")
def window(server: Server, files: dict[str, Path]) -> Iterator[Window]:
    with open_window(server, files["train"]) as opened:
        yield opened


def seedblock(server: Server, *arguments: str | Path) -> None:
    result = run("-m", "seedblock", *map(str, arguments), cwd=server.home, variables=server.environment)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module", params=["user", "workspace", "vsix"])
def source(
    request: pytest.FixtureRequest,
    server: Server,
    files: dict[str, Path],
    window: Window,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Install the snippets in one of three ways; what VS Code then names as their source."""
    if request.param == "vsix":
        out = tmp_path_factory.mktemp("dist")
        seedblock(server, "bundle", "--out", out)
        server.extension("--install-extension", out / f"seedblock-{__version__}.vsix")
        window.reload()
        yield "seedblock"
        return
    where = ["--workspace", files["train"].parent] if request.param == "workspace" else []
    seedblock(server, "install", "code-server", *where)
    window.reload()
    yield "Workspace Snippet" if where else "Global User Snippet"
    seedblock(server, "uninstall", "code-server", *where)


def shown(name: str, tmp_path: Path) -> str:
    settings = [f"--set={field}={value}" for field, value in VALUES[name].items()]
    result = run("-m", "seedblock", "show", name, *settings, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@cache
def problem(name: str, code: str) -> str:
    """Run `code`; nothing, or why it failed."""
    if name not in SCRIPTS:
        return run_all(failure, [(code, "", "")])[0]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "script.py")
        script.write_text(code, encoding="utf-8", newline="")
        result = run("-W", "error", str(script), cwd=script.parent)
        return result.stderr or ("" if result.returncode == 0 else f"exit code {result.returncode}")


@pytest.mark.parametrize("name", SNIPPETS)
def test_installed_in_any_way(window: Window, files: dict[str, Path], source: str, name: str, tmp_path: Path) -> None:
    """Offered by typing alone, with name and description; saved, it is what `seedblock show --set` prints, and runs.

    The last stop is at the end: what is typed there stands behind the code.
    """
    row, details = window.offer(files["train"], "", name, source)
    assert row.split() == [name, name]
    assert details.startswith(f"{SNIPPETS[name].description} ({source})")
    window.picture(PICTURES / f"{name}-offered.png")
    window.accept()
    window.picture(PICTURES / f"{name}-inserted.png")
    window.fill(VALUES[name].values())
    window.page.keyboard.insert_text("pass  # the end")
    code = shown(name, tmp_path)
    assert window.save(files["train"]).decode() == code + "pass  # the end"
    assert problem(name, code) == ""


@pytest.mark.parametrize("source", ["user"], indirect=True)
@pytest.mark.parametrize("name", SNIPPETS)
@pytest.mark.parametrize("form", [form for form in FILES if form != "train"])
def test_inserted_in_a_block(
    window: Window, files: dict[str, Path], source: str, form: str, name: str, tmp_path: Path
) -> None:
    """In a block, by blanks or tabs, two or four, LF or CRLF: each line has the block's indentation, and the code runs."""
    before, unit = BLOCKS.get(form, BLOCKS["block"])
    window.offer(files[form], before, name, source)
    window.accept()
    window.fill(VALUES[name].values())
    text = window.save(files[form]).decode()
    meant = placed(shown(name, tmp_path), before, unit)
    assert text == (meant.replace("\n", "\r\n") if form == "crlf" else meant)
    assert problem(name, text) == ""
