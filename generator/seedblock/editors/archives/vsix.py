"""The .vsix of the VS Code extension, with what marketplaces read. Its two XML files say what vsce writes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from seedblock.editors.archives import vsix_pages
from seedblock.editors.archives.listing import REPOSITORY
from seedblock.editors.archives.vscode_extension import MANIFEST, SNIPPETS, as_json, entries, manifest
from seedblock.editors.archives.vscode_tab import KEY, SETTING
from seedblock.editors.archives.xml_file import xml_file
from seedblock.rendering.model import Entry, RenderedFile

_FOLDER = "extension/"
# vsce adds both: the first for the keybindings, the second because an extension without code runs in the browser too.
_TAGS = ("keybindings", "__web_extension")

_SCHEMA = "http://schemas.microsoft.com/developer/vsx-schema/2011"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ASSETS = {
    "Code.Manifest": MANIFEST,
    "Services.Content.Details": "readme.md",
    "Services.Content.Changelog": "changelog.md",
    "Services.Content.License": "LICENSE.txt",
    "Services.Icons.Default": "icon.png",
}
_TYPES = {
    ".json": "application/json",
    ".md": "text/markdown",
    ".png": "image/png",
    ".txt": "text/plain",
    ".vsixmanifest": "text/xml",
}


def vsix(
    rendered: Iterable[RenderedFile], listed: Sequence[Entry], extras: Mapping[str, bytes], version: str
) -> dict[str, bytes]:
    """Make the files of the archive. `extras` has the LICENSE and the icon.png."""
    files = {
        SNIPPETS: as_json(entries(rendered)).encode(),
        "readme.md": vsix_pages.readme(listed, version).encode(),
        "changelog.md": vsix_pages.changes(listed, version).encode(),
        "LICENSE.txt": extras["LICENSE"],
        "icon.png": extras["icon.png"],
    }
    package = _package(version, files)
    files[MANIFEST] = as_json(package).encode()
    return {
        "[Content_Types].xml": _content_types(),
        "extension.vsixmanifest": _vsix_manifest(package),
        **{_FOLDER + path: content for path, content in files.items()},
    }


def files_named_in(path: str, content: bytes) -> set[str]:
    """Return the other files that the archive's manifest names; none if `path` is another file."""
    if not path.endswith(".vsixmanifest"):
        return set()
    return {str(asset.get("Path")) for asset in ElementTree.fromstring(content).iter(f"{{{_SCHEMA}}}Asset")}


def _package(version: str, files: Iterable[str]) -> dict[str, Any]:
    """The folder's manifest, with what only VS Code and the marketplaces read."""
    package = manifest(version)
    tab = {"configurationDefaults": json.loads(f"{{{SETTING}}}"), "keybindings": [json.loads(KEY)]}
    return {
        **package,
        "contributes": {**package["contributes"], **tab},
        "icon": "icon.png",
        "files": sorted(files),
        "repository": {"type": "git", "url": f"{REPOSITORY}.git"},
        "homepage": f"{REPOSITORY}#readme",
        "bugs": {"url": f"{REPOSITORY}/issues"},
        "pricing": "Free",
    }


def _vsix_manifest(package: Mapping[str, Any]) -> bytes:
    root = ElementTree.Element("PackageManifest", Version="2.0.0", xmlns=_SCHEMA)
    metadata = ElementTree.SubElement(root, "Metadata")
    identity = {"Id": package["name"], "Version": package["version"], "Publisher": package["publisher"]}
    ElementTree.SubElement(metadata, "Identity", {"Language": "en-US", **identity})
    ElementTree.SubElement(metadata, "DisplayName").text = package["displayName"]
    ElementTree.SubElement(metadata, "Description", {_SPACE: "preserve"}).text = package["description"]
    ElementTree.SubElement(metadata, "Tags").text = ",".join((*package["keywords"], *_TAGS))
    ElementTree.SubElement(metadata, "Categories").text = ",".join(package["categories"])
    ElementTree.SubElement(metadata, "GalleryFlags").text = "Public"
    properties = ElementTree.SubElement(metadata, "Properties")
    for name, value in _properties(package).items():
        ElementTree.SubElement(properties, "Property", Id=f"Microsoft.VisualStudio.{name}", Value=value)
    ElementTree.SubElement(metadata, "License").text = _FOLDER + "LICENSE.txt"
    ElementTree.SubElement(metadata, "Icon").text = _FOLDER + package["icon"]
    installation = ElementTree.SubElement(root, "Installation")
    ElementTree.SubElement(installation, "InstallationTarget", Id="Microsoft.VisualStudio.Code")
    ElementTree.SubElement(root, "Dependencies")
    assets = ElementTree.SubElement(root, "Assets")
    for kind, path in _ASSETS.items():
        asset = {"Type": f"Microsoft.VisualStudio.{kind}", "Path": _FOLDER + path, "Addressable": "true"}
        ElementTree.SubElement(assets, "Asset", asset)
    return xml_file(root)


def _properties(package: Mapping[str, Any]) -> dict[str, str]:
    repository = package["repository"]["url"]
    return {
        "Code.Engine": package["engines"]["vscode"],
        "Code.ExtensionDependencies": "",
        "Code.ExtensionPack": "",
        "Code.ExtensionKind": "ui,workspace,web",
        "Code.LocalizedLanguages": "",
        "Code.EnabledApiProposals": "",
        "Services.Links.Source": repository,
        "Services.Links.Getstarted": repository,
        "Services.Links.GitHub": repository,
        "Services.Links.Support": package["bugs"]["url"],
        "Services.Links.Learn": package["homepage"],
        "Services.GitHubFlavoredMarkdown": "true",
        "Services.Content.Pricing": package["pricing"],
    }


def _content_types() -> bytes:
    root = ElementTree.Element("Types", xmlns="http://schemas.openxmlformats.org/package/2006/content-types")
    for suffix, kind in _TYPES.items():
        ElementTree.SubElement(root, "Default", Extension=suffix, ContentType=kind)
    return xml_file(root)
