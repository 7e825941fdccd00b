"""A snippets-only VS Code extension: a folder, which Neovim's loaders read too. vsix.py makes a .vsix of it."""

import json
from collections.abc import Iterable
from typing import Any

from seedblock.editors.archives.listing import DESCRIPTION
from seedblock.rendering.model import RenderedFile

MANIFEST, SNIPPETS = "package.json", "snippets/python.json"

_KEYWORDS = ["pytorch", "python", "reproducibility", "seed", "snippet"]
_MIN_VSCODE = "^1.60.0"  # no snippet here needs a newer one


def folder(rendered: Iterable[RenderedFile], version: str) -> tuple[RenderedFile, RenderedFile]:
    """Make the manifest, and the snippets that every reader of such a folder can use: those with a prefix."""
    offered = {title: entry for title, entry in entries(rendered).items() if "prefix" in entry}
    return RenderedFile(MANIFEST, as_json(manifest(version))), RenderedFile(SNIPPETS, as_json(offered))


def entries(rendered: Iterable[RenderedFile]) -> dict[str, dict[str, object]]:
    """Read the entries of the rendered VS Code file, without the property that only .code-snippets files have."""
    (text,) = (file.text for file in rendered if file.path.startswith("vscode/"))
    return {
        # The manifest names the language.
        title: {key: value for key, value in entry.items() if key != "scope"}
        for title, entry in json.loads(text).items()
    }


def manifest(version: str) -> dict[str, Any]:
    return {
        "name": "seedblock",
        "displayName": "seedblock",
        "description": DESCRIPTION,
        "version": version,
        "publisher": "seedblock",
        "license": "MIT",
        "engines": {"vscode": _MIN_VSCODE},
        "categories": ["Snippets"],
        "keywords": _KEYWORDS,
        "contributes": {"snippets": [{"language": "python", "path": f"./{SNIPPETS}"}]},
    }


def files_named_in(path: str, content: bytes) -> set[str]:
    """Return the other files that a manifest names; none if `path` is not a manifest."""
    if not path.endswith(MANIFEST):
        return set()
    package = json.loads(content)
    names = [*(snippets["path"] for snippets in package["contributes"]["snippets"]), *package.get("files", [])]
    names += [package["icon"]] if "icon" in package else []
    return {path.removesuffix(MANIFEST) + name.removeprefix("./") for name in names}


def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
