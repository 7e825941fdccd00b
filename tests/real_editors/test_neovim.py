"""The real Neovim: its vim.snippet reads what is installed for it, and its keys fill the stops."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.editor_samples import BLOCKS, SNIPPETS, VALUES, filled, placed
from tests.support.neovim import START, Ask, finish, installed, neovim, start
from tests.support.window import until

pytestmark = pytest.mark.editor

EXPAND = "function _G.expand(case) vim.snippet.expand(case.body) end"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with neovim(tmp_path_factory.mktemp("neovim"), START + EXPAND, {}) as asked:
        yield asked


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Read the snippets from where the installed package's manifest says that they are."""
    manifest = installed(tmp_path_factory.mktemp("home"))
    (contributed,) = json.loads(manifest.read_text(encoding="utf-8"))["contributes"]["snippets"]
    entries = json.loads((manifest.parent / contributed["path"]).read_text(encoding="utf-8"))
    return {entry["prefix"]: "\n".join(entry["body"]) for entry in entries.values()}


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet(ask: Ask, bodies: dict[str, str], block: str, name: str, tmp_path: Path) -> None:
    """Typed into at each stop, it is the code with these values, in any indentation; the last stop is at the end."""
    file = start(ask, tmp_path, block, body=bodies[name])
    for value in VALUES[name].values():
        until(lambda: ask("expr", "mode()") == "s", "the default at the stop is selected")
        ask("send", value)
        ask("send", "<Tab>")  # on its own: other places of the stop follow once nothing more is being typed
    until(lambda: ask("expr", "mode()") == "i", "the last stop is left")
    assert finish(ask, file) == placed(filled(name), *BLOCKS[block]) + "pass  # the end\n"
