"""The real Velocity 1.7, which merges PyCharm's file templates: what it makes of ours and of random ones."""

import base64
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given

from seedblock.errors import FormatError
from seedblock.rendering.model import FILE, Snippet
from seedblock.rendering.targets import pycharm, python
from tests.support.editor_samples import SNIPPETS
from tests.support.expanders import merge_velocity
from tests.support.processes import ROOT
from tests.support.programs import HERE, unavailable
from tests.support.samples import VELOCITY_TEXT

pytestmark = pytest.mark.editor

JARS = [Path("/usr/share/java") / name for name in ("velocity.jar", "commons-collections3.jar", "commons-lang.jar")]

Merge = Callable[[str], str]


@pytest.fixture(scope="module")
def merge() -> Iterator[Merge]:
    java = shutil.which("java")
    if not java or not shutil.which("javac") or not all(jar.exists() for jar in JARS):
        unavailable("no Velocity: on Debian, apt-get install velocity default-jdk-headless")
    command = [java, "-cp", ":".join(map(str, JARS)), HERE / "Merge.java"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="ascii") as process:
        assert process.stdin
        assert process.stdout
        asked, answered = process.stdin, process.stdout

        def ask(text: str) -> str:
            asked.write(base64.b64encode(text.encode()).decode() + "\n")
            asked.flush()
            return base64.b64decode(answered.readline()).decode()

        yield ask


@pytest.mark.parametrize("name", [name for name, snippet in SNIPPETS.items() if snippet.form == FILE])
def test_every_file_template(merge: Merge, name: str) -> None:
    """The committed file template is merged to the snippet's code, byte for byte."""
    path = ROOT / "snippets/pycharm/fileTemplates" / f"{SNIPPETS[name].title}.py.ft"
    assert merge(path.read_text(encoding="utf-8")) == SNIPPETS[name].code


@given(code=VELOCITY_TEXT)
def test_any_file(merge: Merge, code: str) -> None:
    """Whatever is in a file, Velocity puts it into the new file as it is."""
    whole = Snippet("demo", "Demo", "d", (code,), form=FILE)
    try:
        python.render([whole])  # as in render_all
        text = pycharm.show(whole).text
    except FormatError:
        return
    assert merge(text) == merge_velocity(text) == code


@pytest.mark.parametrize("code", ["$NAME", "#set($a = 1)", "## a comment", "#if(true)a#end", "#[[$NAME]]#"])
def test_bare_code_is_read(merge: Merge, code: str) -> None:
    """The control: text that nobody protects is not merged as it is."""
    assert merge(code) != code
