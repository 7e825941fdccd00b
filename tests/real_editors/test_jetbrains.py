"""The JetBrains platform's own classes, as npm's kotlin-compiler holds them: how they load our plugin, and broken ones.

No IDE runs. The classes that use a live template, and those that read a file template, are not among them.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from seedblock.editors.archives.listing import REPOSITORY
from seedblock.editors.archives.pycharm_plugin import DESCRIPTOR, LIVE_TEMPLATES
from seedblock.rendering.model import Snippet
from seedblock.rendering.targets import pycharm
from tests.support.archives import MADE, VERSION, changed, closed, opened
from tests.support.processes import ROOT
from tests.support.programs import HERE, npm_folder, unavailable

pytestmark = pytest.mark.editor

JAVA = HERE / "jetbrains"
BUILDS = [
    "PY-241.14494.241",
    "PY-242.20224.354",
    "PY-243.21565.199",
    "PY-251.23774.444",
    "PY-252.23892.439",
    "PY-253.28294.336",
    "PY-261.20000.1",
]
BEFORE = "PY-233.15619.17"

PLUGIN = opened(MADE["seedblock-pycharm-plugin.jar"])
HOSTILE = "".join(map(chr, range(0x20, 0x7F))) + "\n\n\t$HOME$ $$ &#10; &amp; ]]> é\u2028\x85\N{GRINNING FACE}"
HOSTILE_XML = pycharm.render([Snippet("hostile", "Hostile", "d", (HOSTILE,))])[0].text

# A change in plugin.xml, and the builds that the plugin is then for.
RANGES = {
    "from another build": ('"241"', '"252"', BUILDS[4:]),
    "from a later build": ('"241"', '"262"', []),
    "a star in the first build": ('"241"', '"241.*"', BUILDS[1:]),
    "a last build": ('"241"', '"241" until-build="243.*"', BUILDS[:3]),
}
# A change in a file, and the problem that the platform names.
BROKEN = {
    "an unknown element": (DESCRIPTOR, "<depends>", "<unheard/><depends>", "Unknown element: unheard"),
    "broken XML": (DESCRIPTOR, "</idea-plugin>", "", "Unexpected end-of-input"),
    "no such file": (DESCRIPTOR, 'file="', 'file="/', f"FileNotFoundException: /{LIVE_TEMPLATES}"),
    "broken live templates": (LIVE_TEMPLATES, "</templateSet>", "", "Unexpected end-of-input"),
    "a control character": (LIVE_TEMPLATES, ' value="', ' value="&#12;', "Invalid white space character"),
}
CASES = {
    "ours": PLUGIN,
    "hostile": {**PLUGIN, LIVE_TEMPLATES: HOSTILE_XML.encode()},
    **{name: changed(PLUGIN, DESCRIPTOR, *change[:2]) for name, change in RANGES.items()},
    **{name: changed(PLUGIN, *change[:3]) for name, change in BROKEN.items()},
}

Answers = Mapping[str, Any]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What one process of the platform says of each case."""
    java, compiler = shutil.which("java"), shutil.which("javac")
    if not java or not compiler:
        unavailable("no Java: on Debian, apt-get install default-jdk-headless")
    platform = npm_folder("jetbrains") / "node_modules/kotlin-compiler/lib/kotlin-compiler.jar"
    folder = tmp_path_factory.mktemp("jetbrains")
    said([compiler, "-cp", platform, "-d", folder, *sorted(JAVA.rglob("*.java"))], folder)
    jars = []
    for name, files in CASES.items():
        jars.append(folder / f"{name}.jar")
        jars[-1].write_bytes(closed(files))
    home = [f"-Didea.home.path={folder}", f"-Didea.config.path={folder / 'config'}"]
    classes = ":".join(map(str, (folder, JAVA, platform)))
    lines = said([java, *home, "-cp", classes, "Load", ",".join([BEFORE, *BUILDS]), *jars], folder).splitlines()
    return dict(zip(CASES, map(json.loads, lines), strict=True))


def said(command: list[str | Path], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def model(element: ElementTree.Element) -> dict[str, object]:
    return {"name": element.tag, "attributes": element.attrib, "children": [model(child) for child in element]}


def test_our_plugin(answers: Answers) -> None:
    """The platform loads the plugin for every IDE from 2024.1 to 2026.1, and reads the live templates as rendered."""
    answer = dict(answers["ours"])
    (read,) = answer.pop("live templates")
    assert answer == {
        "id": "seedblock.live-templates",
        "name": "seedblock",
        "version": VERSION,
        "url": REPOSITORY,
        "depends": ["com.intellij.modules.python"],
        "builds": BUILDS,
    }
    assert read == model(ElementTree.parse(ROOT / "snippets/pycharm/seedblock.xml").getroot())


def test_text_that_hurts(answers: Answers) -> None:
    """Every printable character, line ends, tabs and entities in a snippet reach the platform as they are."""
    (read,) = answers["hostile"]["live templates"]
    (template,) = read["children"]
    assert template["attributes"]["value"] == HOSTILE.replace("$", "$$") + "$END$"


@pytest.mark.parametrize("name", RANGES)
def test_other_builds(answers: Answers, name: str) -> None:
    """The control: with another range of builds the plugin is for other IDEs."""
    assert answers[name]["builds"] == RANGES[name][2]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin(answers: Answers, name: str) -> None:
    """The control: the platform names what is wrong with a broken plugin."""
    assert BROKEN[name][3] in " ".join(answers[name]["problem"])
