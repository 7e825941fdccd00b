"""The real vsce, which people package and publish VS Code extensions with: what it makes of the .vsix, unpacked."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import canonicalize

import pytest

from tests.support.archives import MADE, VERSION, changed, opened
from tests.support.processes import environment
from tests.support.programs import node, npm_folder

pytestmark = pytest.mark.editor

VSIX = opened(MADE[f"seedblock-{VERSION}.vsix"])
WRITTEN_BY_VSCE = {"[Content_Types].xml", "extension.vsixmanifest"}
FOLDER = {path.removeprefix("extension/"): content for path, content in VSIX.items() if path not in WRITTEN_BY_VSCE}
COMPLAINT = re.compile(r"^ *(WARNING|ERROR) .*", re.MULTILINE)

# A change in a file, and what vsce then says.
WORSE = {
    "no repository": ("package.json", '"repository"', '"repo"', "A 'repository' field is missing"),
    "no list of files": ("package.json", '"files"', '"file"', 'nor a "files" property in package.json was found'),
    "a file that is not there": ("package.json", '"readme.md"', '"other.md"', "other.md"),
    "another icon": ("package.json", '"icon": "icon.png"', '"icon": "other.png"', "'extension/other.png' wasn't found"),
    "a price": ("package.json", '"Free"', '"Cheap"', 'Pricing can only be "Free" or "Trial"'),
    "an insecure picture": ("readme.md", "(https:", "(http:", "must come from an HTTPS source"),
    "a drawing": ("readme.md", ".png)", ".svg)", "SVGs are restricted in README.md"),
}


class Said(NamedTuple):
    code: int
    text: str

    @property
    def complaints(self) -> list[str]:
        return COMPLAINT.findall(self.text)


def package(files: Mapping[str, bytes], folder: Path) -> Said:
    """Write the files into a folder of `folder` and make extension.vsix of them there."""
    for path, content in files.items():
        (folder / "unpacked" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "unpacked" / path).write_bytes(content)
    return vsce("package", "--out", str(folder / "extension.vsix"), folder=folder)


def vsce(*arguments: str, folder: Path) -> Said:
    program = npm_folder("vsce") / "node_modules/@vscode/vsce/vsce"
    done = subprocess.run(
        [node(), program, *arguments, "--no-dependencies"],
        cwd=folder / "unpacked",
        env=environment(NO_COLOR="1"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return Said(done.returncode, done.stdout)


def test_the_same_archive(tmp_path: Path) -> None:
    """Without a warning, vsce makes the archive that `bundle` makes; only the layout of its two XML files differs."""
    said = package(FOLDER, tmp_path)
    assert (said.code, said.complaints) == (0, []), said.text
    made = opened((tmp_path / "extension.vsix").read_bytes())
    assert made.keys() == VSIX.keys()
    for path, content in VSIX.items():
        if path in WRITTEN_BY_VSCE:
            ours, theirs = (canonicalize(text.decode(), strip_text=True) for text in (content, made[path]))
            assert ours == theirs
        else:
            assert content == made[path], path


def test_the_same_list(tmp_path: Path) -> None:
    """`vsce ls` lists every file of the extension, and none that lies beside them."""
    package({**FOLDER, "notes.txt": b"mine"}, tmp_path)
    assert set(vsce("ls", folder=tmp_path).text.splitlines()) == FOLDER.keys()


@pytest.mark.parametrize("name", WORSE)
def test_a_worse_folder(name: str, tmp_path: Path) -> None:
    """The control: vsce names what is missing or refused."""
    *change, said = WORSE[name]
    answer = package(changed(FOLDER, *change), tmp_path)
    assert answer.complaints
    assert said in answer.text
