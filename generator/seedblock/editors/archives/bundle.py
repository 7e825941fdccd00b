"""The archives that editors and notebooks can import, made in memory. Each is opened again and checked. Pure."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from seedblock.editors.archives import notebooks, pycharm_plugin, vscode_extension, vsix, zed_extension
from seedblock.errors import VerificationError
from seedblock.rendering import targets
from seedblock.rendering.model import Entry, RenderedFile

SETTINGS_MARK = "IntelliJ IDEA Global Settings"  # PyCharm imports a zip only if it has an entry of this name

# Maps the end of a snippet file's path to the target that reads it and the rendered file with the same code.
_SNIPPET_FILES = {
    "/seedblock.xml": ("pycharm", "pycharm/seedblock.xml"),
    "extension/snippets/python.json": ("vscode", "vscode/seedblock.code-snippets"),
    "/seedblock.code-snippets": ("vscode", "vscode/seedblock.code-snippets"),
    "snippets/python.json": ("vscode", vscode_extension.SNIPPETS),
    "zed/python.json": ("zed", "zed/python.json"),
}

_RENDERED_LIVE_TEMPLATES = "pycharm/seedblock.xml"
_FILE_TEMPLATES = "fileTemplates/"


def bundle_all(
    rendered: Sequence[RenderedFile], entries: Sequence[Entry], extras: Mapping[str, bytes], version: str
) -> dict[str, bytes]:
    """Make the archives and other files from all rendered files, and return them by path.

    `extras` has LICENSE, icon.png and pluginIcon.svg. Raises VerificationError if an archive lacks a file that it
    names, or has snippets that do not expand to their code.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise VerificationError(f"VS Code only accepts MAJOR.MINOR.PATCH versions, got {version!r}")
    texts = {file.path: file.text.encode() for file in rendered}
    folder = {file.path: file.text.encode() for file in vscode_extension.folder(rendered, version)}
    new_files = {
        path.removeprefix("pycharm/"): text
        for path, text in texts.items()
        if path.startswith(f"pycharm/{_FILE_TEMPLATES}")
    }
    contents = {
        "seedblock-pycharm-settings.zip": {
            SETTINGS_MARK: b"",
            "templates/seedblock.xml": texts[_RENDERED_LIVE_TEMPLATES],
            **{path.removesuffix(".ft"): text for path, text in new_files.items() if path.endswith(".ft")},
        },
        "seedblock-pycharm-plugin.jar": {
            pycharm_plugin.DESCRIPTOR: pycharm_plugin.descriptor(entries, version),
            "META-INF/pluginIcon.svg": extras["pluginIcon.svg"],
            "META-INF/LICENSE": extras["LICENSE"],
            **new_files,
            pycharm_plugin.LIVE_TEMPLATES: texts[_RENDERED_LIVE_TEMPLATES],
        },
        f"seedblock-{version}.vsix": vsix.vsix(rendered, entries, extras, version),
        "seedblock-snippets.zip": {**texts, **folder, "LICENSE": extras["LICENSE"]},
    }
    codes = {file.path: targets.load(file.path.split("/")[0]).expand(file) for file in rendered}
    offered = codes["zed/python.json"].keys()  # without what only VS Code reads
    codes[vscode_extension.SNIPPETS] = {name: codes["vscode/seedblock.code-snippets"][name] for name in offered}
    archives = {name: _zip(files) for name, files in contents.items()}
    for name, archive in archives.items():
        check_archive(name, archive, codes)
    others = {
        notebooks.NOTEBOOK: notebooks.colab(rendered, entries),
        **zed_extension.extension(rendered, extras["LICENSE"], version),
    }
    return archives | others


def check_archive(name: str, archive: bytes, codes: Mapping[str, Mapping[str, str]]) -> None:
    """Raise VerificationError unless the archive has every file that it names, and its snippets expand to `codes`.

    `codes` maps the path of a rendered file to what it expands to.
    """
    problems = []
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        if broken := opened.testzip():
            raise VerificationError(f"{name}: {broken} is damaged; this is a bug in seedblock")
        files = {path: opened.read(path) for path in opened.namelist()}
    for path, content in files.items():
        missing = _files_named_in(path, content) - files.keys()
        problems += [f"{name}: {path} names {lost}, which is missing" for lost in sorted(missing)]
        target, source = next((found for end, found in _SNIPPET_FILES.items() if path.endswith(end)), ("", ""))
        read_as = path
        if _FILE_TEMPLATES in path and path.endswith((".py", ".ft")):
            read_as = source = f"pycharm/{_FILE_TEMPLATES}{path.rpartition('/')[2].removesuffix('.ft')}.ft"
            target = "pycharm"
        if target and targets.load(target).expand(RenderedFile(read_as, content.decode())) != codes[source]:
            problems.append(f"{name}: {path} does not expand to the code of the snippets")
    if problems:
        raise VerificationError(*(f"{problem}; this is a bug in seedblock" for problem in problems))


def _files_named_in(path: str, content: bytes) -> set[str]:
    return {name for kind in (vscode_extension, vsix, pycharm_plugin) for name in kind.files_named_in(path, content)}


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Make a sorted zip with fixed timestamps, uncompressed because deflate's output depends on zlib's version."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in sorted(files.items()):
            info = zipfile.ZipInfo(path)  # dated 1980, the first year that a zip can hold
            info.create_system = 3  # Unix, also on Windows
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()
