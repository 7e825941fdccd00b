"""The README's moving picture, taken from the real VS Code while its keys are pressed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.editor_samples import SNIPPETS
from tests.support.moving_picture import Still, write_gif
from tests.support.processes import run
from tests.support.window import SETTINGS, Server, Window, open_window
from tools.pictures import MOVING, PICTURES, digests

pytestmark = pytest.mark.editor

# What makes the code large, and leaves out what moves beside it.
LARGE = {
    "editor.fontSize": 15,
    "editor.lineHeight": 21,
    "editor.lineNumbers": "off",
    "editor.folding": False,
    "editor.glyphMargin": False,
    "editor.cursorBlinking": "solid",
    "editor.cursorSurroundingLines": 4,
    "editor.stickyScroll.enabled": False,
    "editor.lightbulb.enabled": "off",
    "editor.occurrencesHighlight": "off",
    "editor.selectionHighlight": False,
    "editor.matchBrackets": "never",
    "editor.scrollbar.vertical": "hidden",
    "editor.overviewRulerBorder": False,
    "editor.hideCursorInOverviewRuler": True,
}
OWN = "\nfrom digits import train_set\n\n"  # the user's line between the two snippets


class Film:
    """A window whose keys are pressed, with a still after each, once VS Code shows what the key has done."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.stills: list[Still] = []

    def take(self, key: str, line: str, ms: int) -> None:
        self.stills.append(Still(self.window.page.locator(".part.editor").screenshot(), key, line, ms))

    def abbreviation(self, name: str) -> None:
        """Type it letter by letter, each with the list that it opens."""
        for end in range(1, len(name) + 1):
            typed = name[:end]
            self.window.page.keyboard.type(typed[-1])
            self.window.lists_first(typed)
            self.take("", f"Type {name}", 130)
        self.window.choose(name)
        self.take("", f"Type {name}", 1300)

    def tab(self, line: str, selected: str, ms: int = 1100) -> None:
        """Press Tab; `selected` is what it then selects, nothing at the end of a snippet."""
        self.window.page.keyboard.press("Tab")
        self.window.selection_is(len(selected))
        self.take("Tab", line, ms)

    def value(self, value: str, line: str) -> None:
        self.window.page.keyboard.insert_text(value)
        self.window.selection_is(0)
        self.take("", f"Type {line}: {value}", 1100)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("project") / "train.py"
    path.touch()
    return path


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, file: Path) -> Iterator[Window]:
    server = Server(tmp_path_factory.mktemp("home"), SETTINGS | LARGE)
    installed = run("-m", "seedblock", "install", "code-server", cwd=server.home, variables=server.environment)
    assert installed.returncode == 0, installed.stderr
    with open_window(server, file) as opened:
        yield opened


def test_moving_picture(window: Window, file: Path) -> None:
    """`seedall` and `seedloader`, typed and inserted with Tab, with values typed and passed with Tab: all stands in the file."""
    window.list_has(file, "", "seedall", {("snippet", "seedall")})
    window.empty(file, "")
    film = Film(window)
    film.take("", "An empty file", 1000)
    film.abbreviation("seedall")
    film.tab("inserts the block and selects its first value", "2020", 3000)
    film.value("7", "your seed")
    film.tab("goes to the next value", "True")
    film.tab("goes to the end of the block", "")
    window.page.keyboard.insert_text(OWN)
    window.page.wait_for_selector(".view-line:has-text('digits')")
    film.take("", "Type a line of your own", 1500)
    film.abbreviation("seedloader")
    film.tab("inserts an import and the loader", "train_set", 2500)
    film.tab("keeps train_set and goes to the seed", "2020")
    film.value("7", "your seed")
    film.tab("goes to the loader's name", '"train"')
    film.tab("keeps it and goes to the batch size", "32")
    film.value("64", "the batch size")
    film.tab("goes to the number of workers", "4")
    film.value("8", "the number of workers")
    film.tab("goes to the name of the module", "seeding")
    film.tab("keeps it, and the loader is done", "", 5000)
    typed = {"everything(2020": "everything(7", "seed=2020": "seed=7", "size=32": "size=64", "workers=4": "workers=8"}
    meant = SNIPPETS["seedall"].code + OWN + SNIPPETS["seedloader"].code
    for default, value in typed.items():
        meant = meant.replace(default, value)
    assert window.save(file).decode() == meant
    # Where pictures do not move, the first one is all that is seen.
    made = film.stills[-1]._replace(key="", line="Made with two snippets and Tab", ms=1500)
    write_gif([made, *film.stills], PICTURES / MOVING)
    (PICTURES / f"{MOVING}.json").write_text(json.dumps(digests(MOVING)), encoding="utf-8")
