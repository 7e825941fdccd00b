"""A Zed extension of snippets alone: a folder, which Zed installs as it is. Pure."""

import json
from collections.abc import Iterable

from seedblock.editors.archives.vscode_extension import AUTHORS, DESCRIPTION
from seedblock.rendering.model import RenderedFile

FOLDER = "seedblock-zed"
ID = "seedblock-snippets"  # Zed asks that the name of an extension of snippets ends so


def extension(rendered: Iterable[RenderedFile], licence: bytes, version: str) -> dict[str, bytes]:
    """Make the files of the folder. The user's own python.json stays beside it, unlike what `install` writes."""
    (snippets,) = (file.text for file in rendered if file.path == "zed/python.json")
    manifest = {
        "id": ID,
        "name": "seedblock snippets",
        "version": version,
        "schema_version": 1,
        "authors": [AUTHORS],
        "description": DESCRIPTION,
        "snippets": ["./snippets/python.json"],
    }
    # A string, number or list of strings of JSON is one of TOML.
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in manifest.items())
    return {
        f"{FOLDER}/extension.toml": text.encode(),
        f"{FOLDER}/snippets/python.json": snippets.encode(),
        f"{FOLDER}/LICENSE": licence,
    }
