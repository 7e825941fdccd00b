"""The descriptor of a PyCharm plugin without code."""

import html
from collections.abc import Iterable
from xml.etree import ElementTree

from seedblock.editors.archives.listing import AUTHORS, REPOSITORY
from seedblock.editors.archives.xml_file import xml_file
from seedblock.rendering.model import Entry

DESCRIPTOR = "META-INF/plugin.xml"
LIVE_TEMPLATES = "liveTemplates/seedblock.xml"

_DESCRIPTION = "Live templates that seed PyTorch experiments: type an abbreviation in Python code, press Tab."
_ID = "seedblock.live-templates"
_SINCE_BUILD = "241"  # 2024.1


def descriptor(entries: Iterable[Entry], version: str) -> bytes:
    """Make the plugin.xml. It has no until-build, so that it works in later versions."""
    plugin = ElementTree.Element("idea-plugin", url=REPOSITORY)
    rows = "".join(f"<li>{html.escape(f'{entry.abbreviation}: {entry.description}')}</li>" for entry in entries)
    ElementTree.SubElement(plugin, "id").text = _ID
    ElementTree.SubElement(plugin, "name").text = "seedblock"
    ElementTree.SubElement(plugin, "version").text = version
    ElementTree.SubElement(plugin, "vendor", url=REPOSITORY).text = AUTHORS
    ElementTree.SubElement(plugin, "description").text = _DESCRIPTION
    ElementTree.SubElement(plugin, "change-notes").text = f"<p>Version {version} has:</p><ul>{rows}</ul>"
    ElementTree.SubElement(plugin, "idea-version", {"since-build": _SINCE_BUILD})
    # Without a dependency on a module it would be for IntelliJ IDEA only. This module is in every IDE with Python.
    ElementTree.SubElement(plugin, "depends").text = "com.intellij.modules.python"
    extensions = ElementTree.SubElement(plugin, "extensions", defaultExtensionNs="com.intellij")
    ElementTree.SubElement(extensions, "defaultLiveTemplates", file=LIVE_TEMPLATES)
    return xml_file(plugin)


def files_named_in(path: str, content: bytes) -> set[str]:
    """Return the files that the descriptor names; none if `path` is another file."""
    if path != DESCRIPTOR:
        return set()
    return {str(node.get("file")) for node in ElementTree.fromstring(content).iter("defaultLiveTemplates")}
