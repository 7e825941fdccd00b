"""The folder that VS Code and Neovim's loaders read."""

import json

from seedblock.editors.archives import vscode_extension
from seedblock.rendering.targets import vscode
from tests.support.samples import SNIPPET

RENDERED = vscode.render([SNIPPET])


def test_folder() -> None:
    """The manifest names the language and the file; the file is the rendered one without the scope of each entry."""
    manifest, snippets = vscode_extension.folder(RENDERED, "1.2.3")
    package = json.loads(manifest.text)
    assert manifest.path == "package.json"
    assert package["contributes"] == {"snippets": [{"language": "python", "path": "./snippets/python.json"}]}
    assert {"name", "version", "publisher", "engines"} <= package.keys()
    assert not {"icon", "files", "repository"} & package.keys(), "this folder has none"
    assert snippets.path == "snippets/python.json"
    (entry,) = json.loads(RENDERED[0].text).values()
    assert json.loads(snippets.text) == {"Demo": {key: entry[key] for key in ("prefix", "description", "body")}}


def test_other_files_name_none() -> None:
    """A file that is not a manifest is not read as one."""
    assert vscode_extension.files_named_in("extension/readme.md", b"package.json") == set()
