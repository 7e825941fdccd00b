"""The real zsh and fish complete what bash completes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock.completion.commands import EPILOG
from tests.support.processes import environment
from tests.support.programs import unavailable

pytestmark = [
    pytest.mark.editor,
    pytest.mark.skipif(sys.platform == "win32", reason="zsh and fish are not for Windows"),
]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_shell_completes(shell: str, tmp_path: Path) -> None:
    """The shell reads the script without a word, and completes commands, options, names, files and folders."""
    from tests.support.shells import COMPLETE, JOINED, TYPED, scripts

    if shutil.which(shell) is None:
        unavailable(f"no {shell} on the PATH: on Debian, apt-get install {shell}")
    (folder := tmp_path / "folder").mkdir()
    script = scripts(folder, shell)
    words = TYPED | JOINED
    offered = {typed: COMPLETE[shell](script, typed.split(), folder) for typed in words}
    assert offered == {typed: [word] for typed, word in words.items()}


def test_the_lines_for_zsh_and_fish_work(tmp_path: Path) -> None:
    """The lines that the help gives, run once in an empty home folder, make the next zsh and fish complete `seedblock`."""
    (tmp_path / "seedblock").write_text('#!/bin/sh\nexec "$PYTHON" -m seedblock "$@"\n', encoding="utf-8")
    (tmp_path / "seedblock").chmod(0o755)
    here = environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}", HOME=str(tmp_path))
    variables = {**here, "PYTHON": sys.executable}
    (tmp_path / ".zshrc").write_text("autoload -Uz compinit; compinit -u -D\n", encoding="utf-8")
    lines = EPILOG[EPILOG.index("  echo") :]
    for command in (
        ["bash", "-c", lines],
        ["zsh", "-ic", '[ "$_comps[seedblock]" = _shtab_seedblock ]'],
        ["fish", "-c", "complete -C 'seedblock ins' | grep -q ^install"],
    ):
        if shutil.which(command[0]) is None:
            unavailable(f"no {command[0]} on the PATH: on Debian, apt-get install {command[0]}")
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
