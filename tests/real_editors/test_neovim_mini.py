"""The real mini.snippets in the real Neovim: it finds what is installed, and its keys fill the stops."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.editor_samples import BLOCKS, SNIPPETS, VALUES, filled, placed
from tests.support.neovim import START, Ask, finish, installed, neovim, start
from tests.support.programs import pip_folder
from tests.support.window import until

pytestmark = pytest.mark.editor

# The one package on PyPI that has mini.nvim, whose licence is MIT; nothing else of it is used.
HOLDER, PLACE = "retronvim==0.4.10", "data/nvim/plugins/mini.nvim"
MINI = """
local mini = require('mini.snippets')
mini.setup({ snippets = { mini.gen_loader.from_lang() } })
function _G.expand() mini.expand() end
function _G.stop()
  local session = mini.session.get()
  return session and session.cur_tabstop or '0'
end
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    home = tmp_path_factory.mktemp("home")
    installed(home)
    lua = f"vim.opt.runtimepath:append([[{pip_folder(HOLDER) / PLACE}]])\n" + START + MINI
    folders = {"HOME": str(home), "XDG_DATA_HOME": str(home / ".local/share")}
    with neovim(tmp_path_factory.mktemp("neovim"), lua, folders) as asked:
        yield asked


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet(ask: Ask, block: str, name: str, tmp_path: Path) -> None:
    """Its name is expanded; typed into at each stop, it is the code with these values, in any indentation."""
    file = start(ask, tmp_path, block, before=name)
    for number, value in enumerate(VALUES[name].values(), start=1):
        until(lambda number=number: ask("expr", "v:lua.stop()") == str(number), f"stop {number} of {name}")  # type: ignore[misc]
        ask("send", value)
        ask("send", "<C-l>")
    until(lambda: ask("expr", "v:lua.stop()") == "0", "the last stop")
    assert finish(ask, file) == placed(filled(name), *BLOCKS[block]) + "pass  # the end\n"


def test_another_name_expands_to_nothing(ask: Ask, tmp_path: Path) -> None:
    """The control: what is no abbreviation of ours stays as it was typed."""
    file = start(ask, tmp_path, next(iter(BLOCKS)), before="xyzzy")
    assert "xyzzypass  # the end\n" in finish(ask, file)
