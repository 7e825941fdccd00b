"""The folder that VS Code and Neovim's loaders read, and the files of a .vsix."""

import json
from xml.etree import ElementTree

from seedblock.editors.archives import vscode_extension
from seedblock.editors.archives.vscode_tab import KEY, SETTING
from seedblock.rendering.model import PASTE, Entry
from seedblock.rendering.targets import vscode
from tests.support.samples import SNIPPET

RENDERED = vscode.render([SNIPPET])
EXTRAS = {"LICENSE": b"free\n", "icon.png": b"\x89PNG"}
FILES = vscode_extension.vsix(RENDERED, [Entry("demo", "Demo", "A demo", PASTE)], EXTRAS, "1.2.3")


def test_folder() -> None:
    """The manifest names the language and the file; the file is the rendered one without the scope of each entry."""
    manifest, snippets = vscode_extension.folder(RENDERED, "1.2.3")
    package = json.loads(manifest.text)
    assert manifest.path == "package.json"
    assert package["contributes"] == {"snippets": [{"language": "python", "path": "./snippets/python.json"}]}
    assert {"name", "version", "publisher", "engines"} <= package.keys()
    assert "icon" not in package, "there is none in this folder"
    assert snippets.path == "snippets/python.json"
    (entry,) = json.loads(RENDERED[0].text).values()
    assert json.loads(snippets.text) == {"Demo": {key: entry[key] for key in ("prefix", "description", "body")}}


def test_only_the_vsix_sets_tab() -> None:
    """The manifest of the .vsix has the setting and the key that `install` shows; the folder's has the snippets alone."""
    package = json.loads(FILES["extension/package.json"])["contributes"]
    assert package.pop("configurationDefaults") == json.loads(f"{{{SETTING}}}")
    assert package.pop("keybindings") == [json.loads(KEY)]
    assert package == json.loads(vscode_extension.folder(RENDERED, "1.2.3")[0].text)["contributes"]


def test_vsix_has_what_its_manifests_name() -> None:
    """Every file that a manifest names is there, and every kind of file has its type."""
    for path, content in FILES.items():
        assert vscode_extension.files_named_in(path, content) <= FILES.keys()
    assert vscode_extension.files_named_in("extension/package.json", FILES["extension/package.json"]) == {
        "extension/icon.png",
        "extension/snippets/python.json",
    }
    types = {node.get("Extension") for node in ElementTree.fromstring(FILES["[Content_Types].xml"])}
    assert {f".{path.rpartition('.')[2]}" for path in FILES} - {".xml"} == types


def test_vsix_manifests_agree() -> None:
    """Name, version, publisher and engine are the same in both manifests."""
    package = json.loads(FILES["extension/package.json"])
    manifest = ElementTree.fromstring(FILES["extension.vsixmanifest"])
    schema = "{http://schemas.microsoft.com/developer/vsx-schema/2011}"
    identity = manifest.find(f"{schema}Metadata/{schema}Identity")
    engine = manifest.find(f"{schema}Metadata/{schema}Properties/{schema}Property")
    assert identity is not None
    assert engine is not None
    assert [package["name"], package["version"], package["publisher"]] == [
        identity.get("Id"),
        identity.get("Version"),
        identity.get("Publisher"),
    ]
    assert package["engines"]["vscode"] == engine.get("Value")


def test_readme_lists_the_snippets() -> None:
    """The page that VS Code shows names each abbreviation."""
    assert b"| `demo` | A demo |\n" in FILES["extension/readme.md"]


def test_other_files_name_none() -> None:
    """A file that is not a manifest is not read as one."""
    assert vscode_extension.files_named_in("extension/readme.md", b"package.json") == set()
