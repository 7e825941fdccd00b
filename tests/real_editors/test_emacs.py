"""The real Emacs: yasnippet reads what is installed for it, and its keys fill the fields."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from seedblock.rendering.targets import emacs
from tests.support.editor_samples import BLOCKS, SNIPPETS, VALUES, filled, placed
from tests.support.processes import run
from tests.support.programs import HERE, on_path, unavailable
from tests.support.samples import EVERY_CHARACTER

pytestmark = pytest.mark.editor

PACKAGES = "emacs-nox elpa-yasnippet"
FIXED = "# expand-env: ((yas-indent-line 'fixed))\n"
END = "pass  # the end"
CASES = [(block, name) for block in BLOCKS for name in SNIPPETS]


def case(block: str, name: str, values: Iterable[str], mode: str = "python-mode") -> dict[str, object]:
    """The text before a snippet; its name, a value for each field and END, all typed."""
    before, unit = BLOCKS[block]
    return {"before": before, "tabs": unit == "\t", "mode": mode, "keys": "\t".join([name, *values, END])}


def type_all(home: Path, cases: list[dict[str, object]]) -> list[str]:
    """Type all cases in one Emacs of this home folder, and return the texts."""
    (home / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    command = [
        on_path("emacs", packages=PACKAGES),
        "--batch",
        "--load",
        HERE / "emacs.el",
        "cases.json",
        "results.json",
    ]
    # In a locale of one byte a character, Emacs has to learn from the file that it is UTF-8.
    done = subprocess.run(
        command,
        cwd=home,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "de_DE.ISO-8859-1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77:
        unavailable(f"Emacs has no yasnippet: on Debian, apt-get install {PACKAGES}")
    assert done.returncode == 0, done.stdout + done.stderr
    results: list[str] = json.loads((home / "results.json").read_text(encoding="utf-8"))
    return results


def meant(block: str, name: str) -> str:
    """The code with these values, each line indented as the first one is. Empty lines stay empty."""
    return re.sub("^[ \t]+$", "", placed(filled(name), BLOCKS[block][0], "    "), flags=re.MULTILINE) + END


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with Emacs's own, into which the snippets are installed as a user would."""
    home = tmp_path_factory.mktemp("home")
    (home / ".emacs.d").mkdir()
    result = run("-m", "seedblock", "install", "emacs", cwd=home, variables={"HOME": str(home)})
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


def test_without_its_setting(home: Path, tmp_path: Path) -> None:
    """yasnippet's default, to indent each line anew, changes the code of seedall."""
    shutil.copytree(home / ".emacs.d", tmp_path / ".emacs.d")
    for path in (tmp_path / ".emacs.d/snippets/python-mode/seedblock").iterdir():
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(FIXED, ""), encoding="utf-8")
        assert FIXED in text
    (wrong,) = type_all(tmp_path, [case("train", "seedall", VALUES["seedall"].values())])
    assert wrong != meant("train", "seedall")


def typed(before: str, name: str) -> dict[str, object]:
    """The text before a snippet's name; the name, TAB and END, all typed."""
    return {"before": before, "tabs": False, "mode": "python-mode", "keys": f"{name}\t{END}"}


def test_the_start_of_a_line_only(home: Path) -> None:
    """Behind nothing but blanks a name expands; behind anything else TAB leaves it alone: there it indents the line."""
    starts = [
        typed("", "seedloader_block"),
        typed("if True:\n    ", "seed"),
        typed("if True:\n    ", "seedloader_block"),
    ]
    elsewhere = ["np.random.", "self.", "x = ", "# the ", '"', "import "]
    texts = type_all(home, [*starts, *(typed(before, "seed") for before in elsewhere)])
    assert ["import os" in text for text in texts[: len(starts)]] == [True] * len(starts)
    assert texts[len(starts) :] == [f"{before}seed{END}" for before in elsewhere]


def test_a_backup_is_no_snippet(home: Path, tmp_path: Path) -> None:
    """The file that --force keeps is not read: under the name of other backups it would be."""
    shutil.copytree(home / ".emacs.d", tmp_path / ".emacs.d")
    path = tmp_path / ".emacs.d/snippets/python-mode/seedblock/seed"
    ours = path.read_text(encoding="utf-8")
    path.write_text("# key: seed\n# --\nmine = $0", encoding="utf-8")
    force = ("-m", "seedblock", "install", "emacs", "--force")
    result = run(*force, cwd=tmp_path, variables={"HOME": str(tmp_path)})
    assert result.returncode == 0, result.stderr
    assert path.read_text(encoding="utf-8") == ours
    (backup,) = path.parent.glob("seed.bak*")
    asked = case("train", "seed", VALUES["seed"].values())
    assert type_all(tmp_path, [asked]) == [meant("train", "seed")]
    backup.rename(path.with_name("seed.bak"))
    assert type_all(tmp_path, [asked]) != [meant("train", "seed")]


def test_other_modes(home: Path, tmp_path: Path) -> None:
    """With the file that `install` names they expand in python-ts-mode, derived from python-mode or not; in no other."""
    shutil.copytree(home / ".emacs.d", tmp_path / ".emacs.d")
    folder = tmp_path / ".emacs.d/snippets/python-ts-mode"
    folder.mkdir()
    (folder / ".yas-parents").write_text("python-mode\n", encoding="utf-8")
    modes = ["python-ts-mode", "prog-mode"]
    python, other = type_all(tmp_path, [case("block", "seed", VALUES["seed"].values(), mode) for mode in modes])
    assert python == meant("block", "seed")
    assert "import" not in other


def test_every_character(home: Path, tmp_path: Path) -> None:
    """Text with a meaning in some format is inserted unchanged, also as a default; a repeated field follows the first."""
    shutil.copytree(home / ".emacs.d", tmp_path / ".emacs.d")
    (tmp_path / ".emacs.d/snippets/python-mode/demo").write_text(emacs.show(EVERY_CHARACTER).text, encoding="utf-8")
    answers = dict(zip(EVERY_CHARACTER.fields, ("7", "$1", "\\\\"), strict=True))
    defaults, typed = type_all(tmp_path, [case("train", "demo", values) for values in ([""] * 3, answers.values())])
    assert defaults == EVERY_CHARACTER.code + END
    assert typed == "".join(part if isinstance(part, str) else answers[part] for part in EVERY_CHARACTER.parts) + END
