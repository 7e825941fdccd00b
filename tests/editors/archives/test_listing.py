"""The project's address in every archive, and what lies below it."""

import json
import re
from xml.etree import ElementTree

from seedblock.editors.archives.listing import REPOSITORY
from seedblock.editors.archives.vsix_pages import PICTURE
from tests.support.archives import MADE, VERSION, opened
from tests.support.processes import ROOT

VSIX = opened(MADE[f"seedblock-{VERSION}.vsix"])


def test_all_name_one_address() -> None:
    """pyproject.toml, the .vsix, the plugin and the Zed extension link to the same repository."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[project.urls]\n")[1].split("\n\n")[0]
    package = json.loads(VSIX["extension/package.json"])
    plugin = ElementTree.fromstring(opened(MADE["seedblock-pycharm-plugin.jar"])["META-INF/plugin.xml"])
    vendor = plugin.find("vendor")
    assert vendor is not None
    assert {match.removesuffix(".git") for match in re.findall(r"https://[^/]+/[\w-]+/[\w.-]+", project)} == {
        REPOSITORY
    }
    assert package["repository"]["url"] == f"{REPOSITORY}.git"
    assert package["homepage"].startswith(REPOSITORY)
    assert package["bugs"]["url"].startswith(REPOSITORY)
    assert (plugin.get("url"), vendor.get("url")) == (REPOSITORY, REPOSITORY)
    assert f'repository = "{REPOSITORY}"\n' in MADE["seedblock-zed/extension.toml"].decode()


def test_the_picture() -> None:
    """The readme of the .vsix shows a picture of this repository, as the version's tag has it, and no other."""
    pictures = re.findall(r"!\[[^]]*\]\((.*?)\)", VSIX["extension/readme.md"].decode())
    assert pictures == [f"{REPOSITORY}/raw/v{VERSION}/{PICTURE}"]
    assert (ROOT / PICTURE).is_file()
