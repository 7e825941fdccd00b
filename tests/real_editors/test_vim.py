"""The real Vim: UltiSnips reads what is installed for it, and its keys fill the fields."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from seedblock.rendering.targets import vim
from tests.support.editor_samples import BLOCKS, SNIPPETS, VALUES, filled, placed
from tests.support.processes import run
from tests.support.programs import HERE, on_path, unavailable
from tests.support.samples import EVERY_CHARACTER

pytestmark = pytest.mark.editor

PACKAGES = "vim-nox vim-ultisnips"
INSTALLED = ".vim/UltiSnips/python_seedblock.snippets"
END = "pass  # the end"
CASES = [(block, name) for block in BLOCKS for name in SNIPPETS]


def case(block: str, name: str, values: Iterable[str]) -> dict[str, object]:
    """The text before a snippet and its indentation; the snippet's name, a value for each field and END, all typed."""
    before, unit = BLOCKS[block]
    size = len(unit.expandtabs(4))
    return {"before": before, "tabs": unit == "\t", "size": size, "name": name, "values": [*values], "end": END}


def type_all(home: Path, cases: list[dict[str, object]]) -> list[str]:
    """Type all cases in one Vim of this home folder, and return the texts."""
    (home / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    command = [on_path("vim", packages=PACKAGES), "--not-a-term", "-T", "dumb", "-u", HERE / "vim.vim"]
    keyboard, silence = os.pipe()  # Vim ends where its input does
    try:
        done = subprocess.run(
            command,
            cwd=home,
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
            stdin=keyboard,
            capture_output=True,
            check=False,
            timeout=300,
        )
    finally:
        os.close(keyboard)
        os.close(silence)
    if done.returncode == 77:
        unavailable(f"Vim has no UltiSnips: on Debian, apt-get install {PACKAGES}")
    assert done.returncode == 0, done.stdout + done.stderr
    results: list[str] = json.loads((home / "results.json").read_text(encoding="utf-8"))
    return results


def meant(block: str, name: str) -> str:
    """The code with these values, each line indented as the first one is. Empty lines stay empty."""
    return re.sub("^[ \t]+$", "", placed(filled(name), *BLOCKS[block]) + END, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with Vim's own, into which the snippets are installed as a user would."""
    home = tmp_path_factory.mktemp("home")
    (home / ".vim").mkdir()
    result = run("-m", "seedblock", "install", "vim", cwd=home, variables={"HOME": str(home)})
    assert result.returncode == 0, result.stderr
    return home


@pytest.fixture(scope="module")
def texts(home: Path) -> dict[tuple[str, str], str]:
    asked = [case(block, name, VALUES[name].values()) for block, name in CASES]
    return dict(zip(CASES, type_all(home, asked), strict=True))


@pytest.mark.parametrize(("block", "name"), CASES)
def test_every_snippet(texts: dict[tuple[str, str], str], block: str, name: str) -> None:
    """Typed into at each field, it is the code with these values, in any indentation; the caret ends behind it."""
    assert texts[block, name] == meant(block, name)


def test_levels_that_are_not_tabs(home: Path, tmp_path: Path) -> None:
    """Four spaces for a level would stay four spaces, so that a file indented by tabs would get both."""
    shutil.copytree(home / ".vim", tmp_path / ".vim")
    path = tmp_path / INSTALLED
    path.write_text(path.read_text(encoding="utf-8").replace("\t", "    "), encoding="utf-8")
    train, tabs = type_all(
        tmp_path, [case(block, "seedall", VALUES["seedall"].values()) for block in ("train", "tabs")]
    )
    assert train == meant("train", "seedall")
    assert tabs != meant("tabs", "seedall")


def test_every_character(tmp_path: Path) -> None:
    """Text with a meaning in some format is inserted unchanged, also as a default; a repeated field follows the first."""
    (tmp_path / INSTALLED).parent.mkdir(parents=True)
    (tmp_path / INSTALLED).write_text(vim.show(EVERY_CHARACTER).text, encoding="utf-8")
    answers = dict(zip(EVERY_CHARACTER.fields, ("7", "$1", "\\\\"), strict=True))
    defaults, typed = type_all(tmp_path, [case("train", "demo", values) for values in ([""] * 3, answers.values())])
    assert defaults == EVERY_CHARACTER.code + END
    assert typed == "".join(part if isinstance(part, str) else answers[part] for part in EVERY_CHARACTER.parts) + END
