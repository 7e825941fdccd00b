"""The real VS Code: a snippet typed in each place of a script, saved, and run with the seeding.py of `seedblock add`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places.running import Found, outputs, read
from tests.places.scripts import BY_HAND, DEFINITIONS, GIVEN, IMPORTS, PLACES
from tests.places.typing_in import fill, noted, typed_values
from tests.support.editor_samples import SNIPPETS
from tests.support.forked import run_all
from tests.support.processes import run
from tests.support.window import Server, Window, open_window

pytestmark = pytest.mark.editor

TYPED = {
    "the top": "seedall",
    "below the imports": "seedloader_block",
    "below the definitions": "seediter",
    "the head of main": "seed",
    "the middle of a function": "seedloader",
    "a loop in a method": "seedshards",
    "the main guard": "seedscope",
}
# What a script defines comes from given.py here: the whole script is in the window.
SHORT = IMPORTS + GIVEN.replace("import ", "import hashlib, json, ", 1)


def seedblock(folder: Path, server: Server, *arguments: str) -> None:
    result = run("-m", "seedblock", *arguments, cwd=folder, variables=server.environment)
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder of a script, with the script's names in given.py."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "given.py").write_text(DEFINITIONS, encoding="utf-8")
    (folder / "by_hand.py").write_text(BY_HAND, encoding="utf-8")
    (folder / "train.py").write_text("if True:\n    pass\n", encoding="utf-8")
    return folder / "train.py"


@pytest.fixture(scope="module")
def window(script: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    server = Server(tmp_path_factory.mktemp("home"))
    seedblock(script.parent, server, "add")
    seedblock(script.parent, server, "install", "code-server")
    with open_window(server, script) as opened:
        yield opened


def ran(script: Path) -> Found:
    (printed,) = run_all(outputs, [(script.parent, [script.name], "", 0)])[0]
    return read(printed)


def test_every_place_is_typed_in() -> None:
    """No place is left out."""
    assert TYPED.keys() == PLACES.keys()


@pytest.mark.parametrize("place", TYPED)
def test_typed_in_each_place(place: str, window: Window, script: Path) -> None:
    """Typed, accepted and saved, a snippet has the indentation of its place, and does what calls by hand do."""
    name, text = TYPED[place], PLACES[place].script.replace(DEFINITIONS, SHORT)
    before, after = text.split("<here>")
    window.offer(script, before, name, "Global User Snippet")
    window.accept()
    for field, value in zip(SNIPPETS[name].fields, typed_values(name).values(), strict=True):
        if value != field.default:
            window.page.keyboard.insert_text(value)
        window.page.keyboard.press("Tab")
    blanks = before.rpartition("\n")[2]
    window.page.keyboard.insert_text(noted(name, blanks) + after)
    assert window.save(script).decode() == fill(text, [name])
    done = name.removesuffix("_block")
    assert ran(script) == {done: ran(script.with_name("by_hand.py"))[done]}


@pytest.mark.parametrize("line", ["import seeding", "import utils.seeding"])
def test_the_name_of_the_module_is_no_abbreviation(line: str, window: Window, script: Path) -> None:
    """Where the name of the module is typed, the list does not offer all of the module in its place."""
    window.offer(script, "", "seedall", "Global User Snippet")  # the snippets have been read
    window.empty(script, "")
    window.page.keyboard.type(line, delay=20)
    window.page.keyboard.press("Control+Space")
    window.page.wait_for_selector(".suggest-widget.visible")
    rows = window.page.locator(".suggest-widget.visible .monaco-list-row").all_inner_texts()
    assert [row for row in rows if row.startswith(("seedmodule", "seeding"))] == []
