"""The files of a .vsix. tests/real_editors/test_vsce.py compares them with those that vsce makes."""

import json
from xml.etree import ElementTree

from seedblock.editors.archives import vscode_extension, vsix
from seedblock.editors.archives.vscode_tab import KEY, SETTING
from seedblock.rendering.model import PASTE, Entry
from seedblock.rendering.targets import vscode
from tests.support.samples import SNIPPET

RENDERED = vscode.render([SNIPPET])
EXTRAS = {"LICENSE": b"free\n", "icon.png": b"\x89PNG"}
FILES = vsix.vsix(RENDERED, [Entry("demo", "Demo", "A demo", PASTE)], EXTRAS, "1.2.3")
PACKAGE = json.loads(FILES["extension/package.json"])
SCHEMA = {"": "http://schemas.microsoft.com/developer/vsx-schema/2011"}
METADATA = ElementTree.fromstring(FILES["extension.vsixmanifest"]).find("Metadata", SCHEMA)


def texts(path: str) -> list[str | None]:
    assert METADATA is not None
    return [node.text for node in METADATA.iterfind(path, SCHEMA)]


def properties() -> dict[str, str]:
    assert METADATA is not None
    found = METADATA.iterfind("Properties/Property", SCHEMA)
    return {node.attrib["Id"].removeprefix("Microsoft.VisualStudio."): node.attrib["Value"] for node in found}


def test_only_the_vsix_sets_tab() -> None:
    """The manifest of the .vsix has the setting and the key that `install` shows; the folder's has the snippets alone."""
    contributes = dict(PACKAGE["contributes"])
    assert contributes.pop("configurationDefaults") == json.loads(f"{{{SETTING}}}")
    assert contributes.pop("keybindings") == [json.loads(KEY)]
    assert contributes == json.loads(vscode_extension.folder(RENDERED, "1.2.3")[0].text)["contributes"]


def test_it_has_what_its_manifests_name() -> None:
    """Every file that a manifest names is there, package.json names all others, and every kind of file has its type."""
    named = vscode_extension.files_named_in("extension/package.json", FILES["extension/package.json"])
    assert {"extension/package.json", *named} == {path for path in FILES if path.startswith("extension/")}
    assets = vsix.files_named_in("extension.vsixmanifest", FILES["extension.vsixmanifest"])
    assert {"extension/readme.md", "extension/icon.png", "extension/package.json"} <= assets <= FILES.keys()
    types = {node.get("Extension") for node in ElementTree.fromstring(FILES["[Content_Types].xml"])}
    assert {f".{path.rpartition('.')[2]}" for path in FILES} - {".xml"} == types


def test_both_manifests_agree() -> None:
    """Name, version, publisher, engine, price and links are the same in both."""
    assert METADATA is not None
    identity = METADATA.find("Identity", SCHEMA)
    assert identity is not None
    assert [identity.get(key) for key in ("Id", "Version", "Publisher")] == [
        PACKAGE[key] for key in ("name", "version", "publisher")
    ]
    found = properties()
    assert found["Code.Engine"] == PACKAGE["engines"]["vscode"]
    assert found["Services.Content.Pricing"] == PACKAGE["pricing"]
    links = [found[f"Services.Links.{name}"] for name in ("GitHub", "Support", "Learn")]
    assert links == [PACKAGE["repository"]["url"], PACKAGE["bugs"]["url"], PACKAGE["homepage"]]


def test_it_runs_in_the_web() -> None:
    """VS Code for the Web lists an extension of its kind that has its tag."""
    assert "web" in properties()["Code.ExtensionKind"].split(",")
    (tags,) = texts("Tags")
    assert "__web_extension" in str(tags).split(",")


def test_readme_lists_the_snippets() -> None:
    """The page that VS Code shows names each abbreviation."""
    assert b"| `demo` | A demo |\n" in FILES["extension/readme.md"]


def test_other_files_name_none() -> None:
    """A file that is not the archive's manifest is not read as one."""
    assert vsix.files_named_in("extension/readme.md", b"extension.vsixmanifest") == set()
