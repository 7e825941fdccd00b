"""`seedblock completion`: what bash does with it, what it covers, and what it says to a wrong call."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock.cli import main
from seedblock.completion.commands import EPILOG, FOLDERS, PATHS, SHELLS, WORDS, arguments_of
from seedblock.parser import COMMANDS, build_parser
from tests.support.processes import environment, run

bash = pytest.mark.skipif(os.name != "posix", reason="Windows brings no bash")

# Values that nobody can list.
FREE = {"--every", "--set", "--timeout", "--vary"}


@bash
def test_bash_completes(tmp_path: Path) -> None:
    """bash reads the script without a word, and completes commands, options, names, files and folders."""
    from tests.support.shells import TYPED, complete_in_bash, scripts

    (folder := tmp_path / "folder").mkdir()
    script = scripts(folder, "bash")
    offered = {typed: complete_in_bash(script, typed.split(), folder) for typed in TYPED}
    assert offered == {typed: [word] for typed, word in TYPED.items()}


@bash
def test_bash_offers_nothing_where_nothing_fits(tmp_path: Path) -> None:
    """The control: no name begins like this, a value is free or joined (as bash splits it), an option is another command's."""
    from tests.support.shells import complete_in_bash, scripts

    (folder := tmp_path / "folder").mkdir()
    script = scripts(folder, "bash")
    for typed in ("xyz", "install xyz", "show --set s", "list --dry", "install --config-dir = a", "show --target ="):
        assert complete_in_bash(script, typed.split(), folder) == [""], typed


@bash
def test_the_line_for_bash_works(tmp_path: Path) -> None:
    """The line that the help gives, run once, makes the next bash complete `seedblock`."""
    (line,) = (line for line in EPILOG.splitlines() if line.endswith(".bashrc"))
    (tmp_path / "seedblock").write_text('#!/bin/sh\nexec "$PYTHON" -m seedblock "$@"\n', encoding="utf-8")
    (tmp_path / "seedblock").chmod(0o755)
    here = environment(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}", HOME=str(tmp_path))
    variables = {**here, "PYTHON": sys.executable}
    for command in (line, ". ~/.bashrc; complete -p seedblock"):
        done = subprocess.run(["bash", "-c", command], env=variables, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" -F _shtab_seedblock seedblock\n")


def test_every_value_is_completed() -> None:
    """Each argument that takes a value is completed from a list or the disk, or is one of FREE; each entry is used."""
    parser = build_parser(COMMANDS)
    taking = [action for action in arguments_of(parser) if action.nargs != 0]
    left = [action for action in taking if action.dest not in WORDS and action.metavar not in FOLDERS | PATHS]
    assert {option for action in left for option in action.option_strings or [action.dest]} == FREE
    assert WORDS.keys() <= {action.dest for action in taking}
    assert {action.metavar for action in taking} >= FOLDERS | PATHS


@pytest.mark.parametrize("shell", SHELLS)
def test_same_bytes_every_time(shell: str, tmp_path: Path) -> None:
    """The script has the same bytes in any folder, under any hash seed and on a terminal of any width."""
    (tmp_path / "elsewhere").mkdir()
    first, second = (
        run("-m", "seedblock", "completion", shell, cwd=cwd, variables={"PYTHONHASHSEED": seed, "COLUMNS": columns})
        for cwd, seed, columns in ((tmp_path, "1", "40"), (tmp_path / "elsewhere", "2", "200"))
    )
    assert first.returncode == 0
    assert first.stdout == second.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "name a shell: bash, zsh, fish"),
        (["fsh"], "unknown shell 'fsh': did you mean 'fish'?"),
        (["powershell"], "unknown shell 'powershell': known: bash, fish, zsh"),
    ],
)
def test_wrong_calls(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a shell, or with one that it does not know, it names the three; exit code 2."""
    assert main(["completion", *arguments]) == 2
    assert capsys.readouterr() == ("", f"seedblock: {problem}\n")
