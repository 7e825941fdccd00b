"""A snippets-only VS Code extension: as a folder, which Neovim's loaders read too, and as a .vsix."""

import json
from collections.abc import Iterable, Mapping, Sequence
from xml.etree import ElementTree

from seedblock.editors.archives.vscode_tab import KEY, SETTING
from seedblock.rendering.model import Entry, RenderedFile

MANIFEST, SNIPPETS = "package.json", "snippets/python.json"

AUTHORS = "The seedblock developers"
DESCRIPTION = "Seeding snippets for PyTorch: type an abbreviation and press Tab"
_KEYWORDS = ["pytorch", "python", "reproducibility", "seed", "snippet"]
_MIN_VSCODE = "^1.60.0"  # no snippet here needs a newer one
_PUBLISHER = "seedblock"
_CONTRIBUTES = {"snippets": [{"language": "python", "path": f"./{SNIPPETS}"}]}

# What the .vsix declares about its files. The Marketplace requires it; VS Code alone would accept the folder.
_SCHEMA = "http://schemas.microsoft.com/developer/vsx-schema/2011"
_ASSETS = {
    "Microsoft.VisualStudio.Code.Manifest": "extension/package.json",
    "Microsoft.VisualStudio.Services.Content.Details": "extension/readme.md",
    "Microsoft.VisualStudio.Services.Content.Changelog": "extension/changelog.md",
    "Microsoft.VisualStudio.Services.Content.License": "extension/LICENSE.txt",
    "Microsoft.VisualStudio.Services.Icons.Default": "extension/icon.png",
}
_TYPES = {
    ".json": "application/json",
    ".md": "text/markdown",
    ".png": "image/png",
    ".txt": "text/plain",
    ".vsixmanifest": "text/xml",
}


def folder(rendered: Iterable[RenderedFile], version: str) -> tuple[RenderedFile, RenderedFile]:
    """Make the manifest, and the snippets that every reader of such a folder can use: those with a prefix."""
    entries = {title: entry for title, entry in _entries(rendered).items() if "prefix" in entry}
    return RenderedFile(MANIFEST, _json(_manifest(version))), RenderedFile(SNIPPETS, _json(entries))


def _entries(rendered: Iterable[RenderedFile]) -> dict[str, dict[str, object]]:
    """Read the entries of the rendered VS Code file, without the property that only .code-snippets files have."""
    (text,) = (file.text for file in rendered if file.path.startswith("vscode/"))
    return {
        # The manifest names the language.
        title: {key: value for key, value in entry.items() if key != "scope"}
        for title, entry in json.loads(text).items()
    }


def vsix(
    rendered: Iterable[RenderedFile], entries: Sequence[Entry], extras: Mapping[str, bytes], version: str
) -> dict[str, bytes]:
    """Make the files of a .vsix. `extras` has the LICENSE and the icon.png."""
    return {
        "[Content_Types].xml": _content_types(),
        "extension.vsixmanifest": _vsix_manifest(version),
        f"extension/{MANIFEST}": _json(_vsix_package(version)).encode(),
        f"extension/{SNIPPETS}": _json(_entries(rendered)).encode(),
        "extension/readme.md": _readme(entries).encode(),
        "extension/changelog.md": _changes(entries, version).encode(),
        "extension/LICENSE.txt": extras["LICENSE"],
        "extension/icon.png": extras["icon.png"],
    }


def files_named_in(path: str, content: bytes) -> set[str]:
    """Return the other files that a manifest names; none if `path` is not a manifest."""
    if path.endswith(MANIFEST):
        package = json.loads(content)
        names = [snippets["path"] for snippets in package["contributes"]["snippets"]]
        names += [package["icon"]] if "icon" in package else []
        return {path.removesuffix(MANIFEST) + name.removeprefix("./") for name in names}
    if path.endswith(".vsixmanifest"):
        return {str(asset.get("Path")) for asset in ElementTree.fromstring(content).iter(f"{{{_SCHEMA}}}Asset")}
    return set()


def xml(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root) + b"\n"


def _manifest(version: str) -> dict[str, object]:
    return {
        "name": "seedblock",
        "displayName": "seedblock",
        "description": DESCRIPTION,
        "version": version,
        "publisher": _PUBLISHER,
        "license": "MIT",
        "engines": {"vscode": _MIN_VSCODE},
        "categories": ["Snippets"],
        "keywords": _KEYWORDS,
        "contributes": _CONTRIBUTES,
    }


def _vsix_package(version: str) -> dict[str, object]:
    """The manifest with what only VS Code reads."""
    tab = {"configurationDefaults": json.loads(f"{{{SETTING}}}"), "keybindings": [json.loads(KEY)]}
    return {**_manifest(version), "contributes": {**_CONTRIBUTES, **tab}, "icon": "icon.png"}


def _vsix_manifest(version: str) -> bytes:
    root = ElementTree.Element("PackageManifest", Version="2.0.0", xmlns=_SCHEMA)
    metadata = ElementTree.SubElement(root, "Metadata")
    ElementTree.SubElement(
        metadata, "Identity", Language="en-US", Id="seedblock", Version=version, Publisher=_PUBLISHER
    )
    texts = {
        "DisplayName": "seedblock",
        "Description": DESCRIPTION,
        "Tags": ",".join(_KEYWORDS),
        "Categories": "Snippets",
        "GalleryFlags": "Public",
        "License": "extension/LICENSE.txt",
        "Icon": "extension/icon.png",
    }
    for name, text in texts.items():
        ElementTree.SubElement(metadata, name).text = text
    properties = ElementTree.SubElement(metadata, "Properties")
    ElementTree.SubElement(properties, "Property", Id="Microsoft.VisualStudio.Code.Engine", Value=_MIN_VSCODE)
    ElementTree.SubElement(
        ElementTree.SubElement(root, "Installation"), "InstallationTarget", Id="Microsoft.VisualStudio.Code"
    )
    ElementTree.SubElement(root, "Dependencies")
    assets = ElementTree.SubElement(root, "Assets")
    for kind, path in _ASSETS.items():
        ElementTree.SubElement(assets, "Asset", Type=kind, Path=path, Addressable="true")
    return xml(root)


def _content_types() -> bytes:
    root = ElementTree.Element("Types", xmlns="http://schemas.openxmlformats.org/package/2006/content-types")
    for suffix, kind in _TYPES.items():
        ElementTree.SubElement(root, "Default", Extension=suffix, ContentType=kind)
    return xml(root)


def _readme(entries: Iterable[Entry]) -> str:
    rows = "".join(f"| `{entry.abbreviation}` | {entry.description} |\n" for entry in entries)
    return (
        f"# seedblock\n\n{DESCRIPTION}.\n\n"
        f"| abbreviation | what it inserts |\n|---|---|\n{rows}\n"
        "Type an abbreviation in a Python file and press Tab. If your script has a name like the abbreviation, VS Code lists\n"
        "that first; so that Tab inserts the snippet there too, this extension binds Tab in Python files and sets:\n\n"
        f"```json\n{SETTING}\n```\n\n"
        'With that, Enter behind a whole word starts a line. If you prefer other values, put them into `"[python]"` in your\n'
        "settings.\n"
    )


def _changes(entries: Iterable[Entry], version: str) -> str:
    """The changelog that the Marketplace shows: the snippets of this version."""
    rows = "".join(f"- `{entry.abbreviation}`: {entry.title}\n" for entry in entries)
    return f"# Changes\n\n## {version}\n\nThis version has:\n\n{rows}"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
