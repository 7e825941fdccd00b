"""The README shows what is: its blocks equal the files and the help that they stand for."""

import re
from pathlib import Path

import pytest

from tests.support.processes import ROOT, run

README = (ROOT / "README.md").read_text(encoding="utf-8")

# <!-- name --> on the line before a fenced block says what it must equal: a file, or the output of a command.
BLOCKS = dict(re.findall(r"<!-- ((?!command)[^\n]+) -->\n```\w*\n(.*?)```\n", README, flags=re.DOTALL))


def test_blocks_are_found() -> None:
    """There are such blocks, of both sorts."""
    assert {"snippets/python/seed.py", "seedblock --help"} <= BLOCKS.keys()


@pytest.mark.parametrize("name", BLOCKS)
def test_block(name: str, tmp_path: Path) -> None:
    """A shown file is the file, a shown output is what the command prints on a terminal of 80 columns."""
    if not name.startswith("seedblock "):
        assert BLOCKS[name] == (ROOT / name).read_text(encoding="utf-8")
        return
    result = run("-m", *name.split(), cwd=tmp_path, variables={"COLUMNS": "80"})
    assert (result.returncode, result.stderr) == (0, "")
    assert BLOCKS[name] == result.stdout


def test_the_two_commands() -> None:
    """Two marked commands of one line each set everything up; the first needs neither torch nor NumPy."""
    commands = re.findall(r"<!-- command \d -->\n```sh\n(.*)\n```\n", README)
    assert len(commands) == 2
    assert "test" not in commands[0]
    assert "-c tests/constraints.txt" in commands[1]


def test_named_tests_exist() -> None:
    """Each test that the README names for a claim is there."""
    named = set(re.findall(r"`(test_\w+)`", README))
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    defined = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, flags=re.MULTILINE)}
    assert named
    assert named <= defined


def test_links_lead_somewhere() -> None:
    """Each relative link of the README names a file."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
