"""Tab in the real VS Code, which suggests as for a user who has set nothing: beside names like an abbreviation, it inserts.

Pylance cannot be had here. Pyright, of which it is made, is set as Pylance is by default: it offers no name that has to be
imported.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from seedblock import __version__
from tests.support.editor_samples import SNIPPETS
from tests.support.processes import run
from tests.support.programs import npm_folder
from tests.support.window import PLAIN, Server, Window, open_window

pytestmark = pytest.mark.editor

VSIX, FILE = "the .vsix", "the user's file"
OFF = '"[python]": {"editor.tabCompletion": "off"}'


class Situation(NamedTuple):
    """How the snippets are installed, whether Pyright runs, and whether what we advise is set."""

    way: str
    pyright: bool
    set: bool = True


SITUATIONS = [Situation(way, pyright) for way in (FILE, VSIX) for pyright in (False, True)]
CONTROLS = [Situation(FILE, pyright=True, set=False), Situation(VSIX, pyright=False, set=False)]

# The text before the abbreviation, and the abbreviation. The last two stand in another file, which is open.
CASES = {
    "a variable": ("seed = 42\n", "seed"),
    "a comment": ("# what seedloader makes\n", "seedloader"),
    "another file's variable": ("", "seed"),
    "another file's comment": ("", "seedloader"),
}
OTHER = "seed = 42\n# what seedloader makes\n"

# What stands before, what a user types, the row that is first then, a key, and what the text is after it.
OTHERS = {
    "a name": ("seed = 42\nprint(", "see", ("variable", "seed"), "Tab", "seed = 42\nprint(seed"),
    "a whole name": ("seed = 42\nx = ", "seed", ("variable", "seed"), "Enter", "seed = 42\nx = seed\n"),
    "a longer name": (
        "new_seed = 42\nx = ",
        "new_seed",
        ("variable", "new_seed"),
        "Tab",
        "new_seed = 42\nx = new_seed",
    ),
    "a type": ("x: ", "str", ("class", "str"), "Enter", "x: str\n"),
    "self": ("def f(self):\n    ", "sel", ("variable", "self"), "Tab", "def f(self):\n    self"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    server = Server(tmp_path_factory.mktemp("home"), PLAIN)
    extensions = server.user.parent / "extensions"
    extensions.mkdir()
    (extensions / "tests.pyright-0.0.1").symlink_to(npm_folder("pyright"), target_is_directory=True)
    return server


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "other.py").write_text(OTHER, encoding="utf-8")
    (folder / "train.py").touch()
    return folder / "train.py"


@pytest.fixture(scope="module")
def window(server: Server, file: Path) -> Iterator[Window]:
    with open_window(server, file) as opened:
        yield opened


def seedblock(server: Server, *arguments: str | Path) -> str:
    result = run("-m", "seedblock", *map(str, arguments), cwd=server.home, variables=server.environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def install(server: Server, way: str) -> tuple[str, str]:
    """Install in this way alone; the settings and the keys that the user is told to add."""
    if way == VSIX:
        seedblock(server, "uninstall", "code-server")
        seedblock(server, "bundle", "--out", server.home / "dist")
        server.extension("--install-extension", server.home / f"dist/seedblock-{__version__}.vsix")
        return "", ""
    if any((server.user.parent / "extensions").glob("seedblock.*")):
        server.extension("--uninstall-extension", "seedblock.seedblock")
    lines = [line.strip() for line in seedblock(server, "install", "code-server").splitlines()]
    (setting,), (key,) = ([line for line in lines if line.startswith(start)] for start in ('"[python]"', "{"))
    return setting, key


@pytest.fixture(scope="module")
def situation(request: pytest.FixtureRequest, server: Server, file: Path, window: Window) -> Situation:
    """Install, set and load the window anew."""
    wanted: Situation = request.param
    setting, key = install(server, wanted.way)
    if not wanted.set:
        setting, key = (OFF if wanted.way == VSIX else ""), ""
    plain = json.dumps({**PLAIN, "python.analysis.autoImportCompletions": False})
    server.configure(plain.removesuffix("}") + f", {setting}}}" if setting else plain, f"[{key}]")
    marker = file.with_name("pyrightconfig.json")
    if wanted.pyright:
        marker.write_text("{}", encoding="utf-8")
    else:
        marker.unlink(missing_ok=True)
    # While a window reads its snippets, and its language server starts, the list is not yet what it will be.
    window.reload_until_list_has(file, *CASES["a variable"], rows_of(wanted, "a variable", "seed"))
    return wanted


def rows_of(situation: Situation, case: str, abbreviation: str) -> set[tuple[str, str]]:
    """The snippet, and the name that is like its abbreviation. Only where there is no language server, words are listed."""
    kinds = {"snippet"}
    if not situation.pyright:
        kinds.add("text")
    elif case == "a variable":
        kinds.add("variable")
    return {(kind, abbreviation) for kind in kinds}


def shown(situation: Situation) -> str:
    return f"{situation.way}, {'Pyright' if situation.pyright else 'no language server'}"


@pytest.mark.parametrize("situation", SITUATIONS, indirect=True, ids=shown)
@pytest.mark.parametrize("case", CASES)
def test_tab_inserts(window: Window, file: Path, situation: Situation, case: str) -> None:
    """An abbreviation that is a name in the script too, typed, listed, and Tab pressed, is the snippet."""
    before, abbreviation = CASES[case]
    if case.startswith("another"):
        window.go(file.with_name("other.py"))
        window.go(file)
    window.list_has(file, before, abbreviation, rows_of(situation, case, abbreviation))
    window.page.keyboard.press("Tab")
    window.saved_is(file, before + SNIPPETS[abbreviation].code)


@pytest.mark.parametrize("situation", CONTROLS, indirect=True, ids=shown)
def test_tab_alone_does_not(window: Window, file: Path, situation: Situation) -> None:
    """Without what we set, or advise to set, Tab takes the script's own name: nothing is inserted."""
    before, abbreviation = CASES["a variable"]
    window.list_has(file, before, abbreviation, rows_of(situation, "a variable", abbreviation))
    window.page.keyboard.press("Tab")
    window.list_is_closed()
    window.saved_is(file, before + abbreviation)


@pytest.mark.parametrize("situation", [Situation(VSIX, pyright=True)], indirect=True, ids=shown)
@pytest.mark.parametrize("case", OTHERS)
def test_the_rest_stays(window: Window, file: Path, situation: Situation, case: str) -> None:
    """Other names are taken as ever, no snippet comes before them, and Enter behind a whole name starts a line."""
    before, typed, row, key, text = OTHERS[case]
    window.list_has(file, before, typed, {row})
    window.page.keyboard.press(key)
    window.saved_is(file, text)


@pytest.mark.parametrize("situation", [Situation(VSIX, pyright=True)], indirect=True, ids=shown)
def test_another_row(window: Window, file: Path, situation: Situation) -> None:
    """Tab takes the row that the user went to, and not the snippet whose abbreviation is typed."""
    before, abbreviation = CASES["a variable"]
    window.list_has(file, before, abbreviation, {("snippet", "seedall")})
    window.choose("seedall")
    window.page.keyboard.press("Tab")
    window.saved_is(file, before + SNIPPETS["seedall"].code)
