"""A snippets-only Zed extension: a folder that Zed installs directly. Pure."""

import json
from collections.abc import Iterable

from seedblock.editors.archives.listing import AUTHORS, DESCRIPTION, REPOSITORY
from seedblock.rendering.model import RenderedFile

FOLDER = "seedblock-zed"
ID = "seedblock-snippets"  # Zed requires this ending for an extension of snippets


def extension(rendered: Iterable[RenderedFile], licence: bytes, version: str) -> dict[str, bytes]:
    """Make the files of the folder. Unlike what `install` writes, it works beside the user's own python.json."""
    (snippets,) = (file.text for file in rendered if file.path == "zed/python.json")
    manifest = {
        "id": ID,
        "name": "seedblock snippets",
        "version": version,
        "schema_version": 1,
        "authors": [AUTHORS],
        "description": DESCRIPTION,
        "repository": REPOSITORY,
        "snippets": ["./snippets/python.json"],
    }
    # JSON strings, numbers and lists of strings are valid TOML.
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in manifest.items())
    return {
        f"{FOLDER}/extension.toml": text.encode(),
        f"{FOLDER}/snippets/python.json": snippets.encode(),
        f"{FOLDER}/LICENSE": licence,
    }
