"""The real VS Code: what it offers, and what stands in the file after a snippet is accepted, typed into and saved."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from seedblock import __version__
from seedblock.rendering.model import FILE, around
from tests.support.editor_samples import BLOCKS, GIVEN, SELECTIONS, SNIPPETS, VALUES, filled, placed, surrounded
from tests.support.expanders import commented
from tests.support.forked import failure, run_all
from tests.support.processes import ROOT, run
from tests.support.window import Server, Window, open_window
from tools.pictures import PICTURES, digests

pytestmark = pytest.mark.editor

(AROUND,) = around(SNIPPETS.values())

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
    """Return the plain file that `seedblock show --set` prints for the values that are typed, its call as code."""
    settings = [f"--set={field}={value}" for field, value in VALUES[name].items()]
    result = run("-m", "seedblock", "show", name, *settings, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    printed = result.stdout
    if SNIPPETS[name].form == FILE:  # the first line has a digest of the rest
        printed = "\n".join((SNIPPETS[name].code.split("\n")[0], *printed.split("\n")[1:]))
    call = len(filled(name, SNIPPETS[name].body))
    assert printed[:call] + commented(filled(name)[call:]) == printed
    return printed[:call] + filled(name)[call:]


def taken(window: Window, name: str) -> None:
    """Take a picture for the docs, and note which text it shows."""
    window.picture(PICTURES / name)
    (PICTURES / f"{name}.json").write_text(json.dumps(digests(name)), encoding="utf-8")


@cache
def problem(name: str, code: str) -> str:
    """Run `code`; nothing, or why it failed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "utils").mkdir()
        shutil.copyfile(ROOT / "snippets/python/seeding.py", Path(folder, "utils/seeding_2.py"))
        # The same by its usual name: check_loader takes no loaders of another module.
        Path(folder, "seeding.py").write_text("from utils.seeding_2 import *\n", encoding="utf-8")
        if name not in SCRIPTS:
            given = f"import os, sys\nos.chdir({folder!r})\nsys.path.insert(0, {folder!r})\n{GIVEN}"
            return run_all(failure, [(given + code, "", "")])[0]
        script = Path(folder, "script.py")
        script.write_text(code, encoding="utf-8", newline="")
        result = run("-W", "error", str(script), cwd=script.parent)
        return result.stderr or ("" if result.returncode == 0 else f"exit code {result.returncode}")


@pytest.mark.parametrize("name", SNIPPETS)
def test_installed_in_any_way(window: Window, files: dict[str, Path], source: str, name: str, tmp_path: Path) -> None:
    """Offered by typing alone, with title and description; saved, it is what `seedblock show --set` prints, and runs.

    Its call is code. The last stop is at the end: what is typed there stands behind the code.
    """
    row, details = window.offer(files["train"], "", name, source)
    assert row.split("\n") == [name, SNIPPETS[name].title]
    assert details.startswith(f"{SNIPPETS[name].description} ({source})")
    if name == "seed" and source == "seedblock":
        taken(window, "vscode-offered.png")
    window.accept()
    if name == "seed" and source == "seedblock":
        taken(window, "vscode.png")
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


@pytest.mark.parametrize("case", SELECTIONS)
@pytest.mark.parametrize("source", ["user"], indirect=True)
def test_around_a_selection(window: Window, files: dict[str, Path], source: str, case: str) -> None:
    """*Surround With Snippet* puts the scope around selected code, each line one level deeper than it was; it runs."""
    selected, blanks, unit = SELECTIONS[case]
    form = {"\t": "tabs", "  ": "two"}.get(unit, "train")
    before = "if True:\n" * bool(blanks)
    window.empty(files[form], before + blanks + selected)
    window.select(len(selected.split("\n")))
    window.command("Surround With Snippet", AROUND.title)
    window.text_is(len((before + surrounded(selected, blanks, unit)).split("\n")))
    window.fill(["7"])
    text = window.save(files[form]).decode()
    assert text == before + surrounded(selected, blanks, unit, "7")
    assert problem("seedscope", f"import torch\ndef draw():\n    return torch.rand(1)\n\n{text}\n") == ""


@pytest.mark.parametrize("source", ["user"], indirect=True)
def test_around_is_not_offered_while_typing(window: Window, files: dict[str, Path], source: str) -> None:
    """What surrounds a selection is in that list alone: typing its name offers nothing."""
    window.offer(files["train"], "", "seedscope", source)
    rows = window.page.locator(".suggest-widget.visible .monaco-list-row").all_inner_texts()
    assert [row for row in rows if "around" in row] == []


@pytest.mark.parametrize("source", ["user"], indirect=True)
def test_new_file(window: Window, files: dict[str, Path], source: str, tmp_path: Path) -> None:
    """An empty file is offered to start with the module or the script; *Fill File with Snippet* puts it there: it trains."""
    window.empty(files["train"], "")
    found = window.actions()
    window.page.keyboard.press("Escape")
    for snippet in SNIPPETS.values():
        assert any(snippet.title in action for action in found) == (snippet.form == FILE), found
    window.empty(files["train"], "x = 1\n")
    window.command("Fill File with Snippet", "seedtrain")
    window.text_is(20)
    window.fill(VALUES["seedtrain"].values())
    code = window.save(files["train"]).decode()
    assert code == shown("seedtrain", tmp_path)
    assert problem("seedtrain", code) == ""
