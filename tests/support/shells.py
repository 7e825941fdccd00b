"""The real shells: each is given the script of `seedblock completion`, and words whose last one is to be completed."""

import os
import pty
import select
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.processes import environment, run

# What is typed, and what the last word becomes. The folder holds train.py, b.tape/ and a folder/.
TYPED = {
    "ins": "install",
    "--ver": "--version",
    "install pycharm vscode-": "vscode-insiders",
    "install pycharm zed --dry": "--dry-run",
    "install --dry-run zed neo": "neovim",
    "uninstall jup": "jupyter",
    "install zed --config-dir a": "a folder",
    "show seedloader_": "seedloader_block",
    "show --target pyt": "python",
    "bundle --only seedtr": "seedtrain",
    "bundle --only seed --only seedal": "seedall",
    "add seedt": "seedtrain",
    "twice --ignore out": "output",
    "twice --fresh -- tr": "train.py",
    "twice --report t": "train.py",
    "record --out b": "b.tape",
    "compare b.tape b": "b.tape",
    "completion f": "fish",
}

# bash splits such a word, and offers nothing for it.
JOINED = {"install --config-dir=a": "--config-dir=a folder", "show --target=pyt": "--target=python"}

BASH = r"""
. "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_shtab_seedblock
printf '%s\n' "${COMPREPLY[@]}"
"""
PATIENCE = 60  # seconds: only a shell that never ends takes so long
ZSHRC = """
autoload -Uz compinit; compinit -u -D
eval "$(<{script})"
function seedblock {{ printf '%s\\n' "$@" >{got}; exit }}
"""


def scripts(folder: Path, shell: str) -> Path:
    """Write the script of a shell, beside the files that TYPED names, and check that the shell can read it."""
    (folder / "train.py").touch()
    for name in ("b.tape", "a folder"):
        (folder / name).mkdir()
    (script := folder.parent / f"script.{shell}").write_text(_script(shell, folder), encoding="utf-8")
    _call([shell, "-n", script], folder)
    return script


def _script(shell: str, folder: Path) -> str:
    result = run("-m", "seedblock", "completion", shell, cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def _call(command: Sequence[str | Path], folder: Path) -> str:
    variables = environment(HOME=str(folder.parent))
    result = subprocess.run(
        command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert result.stderr == "", command
    return result.stdout


def complete_in_bash(script: Path, typed: Sequence[str], folder: Path) -> list[str]:
    """Return what bash offers, from the function that Tab calls."""
    command = ["bash", "--norc", "--noprofile", "-c", BASH, "bash", script, "seedblock", *typed]
    return _call(command, folder).splitlines()


def complete_in_fish(script: Path, typed: Sequence[str], folder: Path) -> list[str]:
    """Return what fish offers, without descriptions and the slash of a folder."""
    command = ["fish", "--no-config", "-c", f"source {script}; complete -C '{' '.join(['seedblock', *typed])}'"]
    return [line.partition("\t")[0].rstrip("/") for line in _call(command, folder).splitlines()]


def complete_in_zsh(script: Path, typed: Sequence[str], folder: Path) -> list[str]:
    """Return the last word after Tab and Return, in an interactive zsh on a terminal of its own."""
    got = folder.parent / "got"
    (folder.parent / ".zshrc").write_text(ZSHRC.format(script=script, got=got), encoding="utf-8")
    ours, theirs = pty.openpty()
    variables = environment(HOME=str(folder.parent), TERM="dumb")
    with subprocess.Popen(
        ["zsh", "-i"], cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as zsh:
        os.close(theirs)
        os.write(ours, f"seedblock {' '.join(typed)}\t\r".encode())
        shown = _read_all(ours)
        zsh.kill()
    assert got.exists(), shown
    return [got.read_text(encoding="utf-8").splitlines()[-1].rstrip("/")]


def _read_all(terminal: int) -> bytes:
    """Read until the shell has ended, or waits for so long that it must be asking something."""
    shown = b""
    try:
        while select.select([terminal], [], [], PATIENCE)[0] and (part := os.read(terminal, 65536)):
            shown += part
    except OSError:  # Linux's way to say that every program has closed it
        pass
    os.close(terminal)
    return shown


COMPLETE: Mapping[str, Callable[[Path, Sequence[str], Path], list[str]]] = {
    "bash": complete_in_bash,
    "zsh": complete_in_zsh,
    "fish": complete_in_fish,
}
