"""The archives: their files, the same bytes everywhere, and faults that are noticed."""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from seedblock import __version__
from seedblock.editors.archive_extras import read_extras
from seedblock.editors.archives.bundle import bundle_all, check_archive
from seedblock.errors import VerificationError
from seedblock.rendering import targets
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import FILE, USE, Entry
from seedblock.rendering.product import render_catalog
from seedblock.rendering.settings import Settings, apply
from seedblock.rendering.stamp import read_stamp
from tests.support import archives
from tests.support.archives import MADE
from tests.support.editor_samples import SNIPPETS
from tests.support.expanders import expand_live_template, expand_snippet
from tests.support.processes import ROOT, run
from tests.support.samples import ENTRY, SCOPE, SNIPPET

RENDERED = render_catalog(CATALOG)
CODES = {name: snippet.code for name, snippet in SNIPPETS.items()}
ALL = tuple(SNIPPETS.values())
IN_VSCODE = targets.load("vscode").expected(ALL)
MEANT = {
    "pycharm/seedblock.xml": {
        name: code for name, code in targets.load("pycharm").expected(ALL).items() if " " not in name
    },
    **{file.path: targets.load("pycharm").expand(file) for file in RENDERED if file.path.endswith(".ft")},
    "vscode/seedblock.code-snippets": IN_VSCODE,
    "snippets/python.json": {name: IN_VSCODE[name] for name in SNIPPETS},
    "zed/python.json": targets.load("zed").expected(ALL),
}
ARCHIVES = {name: content for name, content in MADE.items() if zipfile.is_zipfile(io.BytesIO(content))}
SETTINGS, PLUGIN = "seedblock-pycharm-settings.zip", "seedblock-pycharm-plugin.jar"
VSIX, PLAIN = "seedblock-1.2.3.vsix", "seedblock-snippets.zip"

PINS = {
    "seedblock-1.2.3.vsix": "2d1a689245ed4900",
    "seedblock-colab.ipynb": "dc27b8810b892637",
    "seedblock-pycharm-plugin.jar": "4c86899740cfc83c",
    "seedblock-pycharm-settings.zip": "e13531713646f746",
    "seedblock-snippets.zip": "6d392c1472085748",
    "seedblock-zed/LICENSE": "0cf9340d8bc2f1f7",
    "seedblock-zed/extension.toml": "60d5dba15ac06987",
    "seedblock-zed/snippets/python.json": "bbe7b9909f5df659",
}


# PyCharm's file templates: name and bytes.
NEW_FILES = {
    Path(file.path).name.removesuffix(".ft"): file.text.encode() for file in RENDERED if file.path.endswith(".ft")
}


def opened(name: str) -> dict[str, bytes]:
    return archives.opened(ARCHIVES[name])


def test_settings() -> None:
    """PyCharm's import requires an entry of a certain name at the root, and reads the folder templates."""
    files = opened(SETTINGS)
    new_files = {f"fileTemplates/{name}" for name in NEW_FILES}
    assert files.keys() == {"IntelliJ IDEA Global Settings", "templates/seedblock.xml", *new_files}
    for name, code in CODES.items():
        assert expand_live_template(files["templates/seedblock.xml"].decode(), name) == code


def test_plugin() -> None:
    """The plugin names its live templates, and is for every IDE with Python from 2024.1 on, with no last version."""
    files = opened(PLUGIN)
    plugin = ElementTree.fromstring(files["META-INF/plugin.xml"])
    assert {node.tag: node.text for node in plugin if node.tag in ("version", "depends")} == {
        "version": "1.2.3",
        "depends": "com.intellij.modules.python",
    }
    builds = plugin.find("idea-version")
    templates = plugin.find("extensions/defaultLiveTemplates")
    assert builds is not None
    assert templates is not None
    assert builds.attrib == {"since-build": "241"}
    for name, code in CODES.items():
        assert expand_live_template(files[templates.attrib["file"]].decode(), name) == code


def test_new_files() -> None:
    """The file templates are where PyCharm looks: by name in the settings, with .ft and a description in the plugin."""
    assert NEW_FILES.keys() == {f"{snippet.title}.py" for snippet in ALL if snippet.form == FILE}
    for name, content in NEW_FILES.items():
        assert opened(SETTINGS)[f"fileTemplates/{name}"] == content
        assert opened(PLUGIN)[f"fileTemplates/{name}.ft"] == content
        assert opened(PLUGIN)[f"fileTemplates/{name}.html"].startswith(b"<")


def test_listings() -> None:
    """The plugin has an icon of 40 by 40 and change notes, the .vsix a changelog. Both name every snippet."""
    icon = ElementTree.fromstring(opened(PLUGIN)["META-INF/pluginIcon.svg"])
    assert (icon.get("width"), icon.get("height")) == ("40", "40")
    notes = ElementTree.fromstring(opened(PLUGIN)["META-INF/plugin.xml"]).findtext("change-notes")
    changes = opened(VSIX)["extension/changelog.md"].decode()
    assert notes is not None
    for name in SNIPPETS:
        assert f"<li>{name}: " in notes
        assert f"- `{name}`: " in changes
    assert "1.2.3" in notes
    assert "## 1.2.3\n" in changes


def test_zed_extension() -> None:
    """The manifest is TOML with an id that ends as Zed requires. It names the snippets, which are the rendered ones."""
    tomllib = pytest.importorskip("tomllib", reason="Python 3.10 reads no TOML")
    manifest = tomllib.loads(MADE["seedblock-zed/extension.toml"].decode())
    assert (manifest["id"], manifest["version"], manifest["schema_version"]) == ("seedblock-snippets", "1.2.3", 1)
    (path,) = manifest["snippets"]
    snippets = MADE[f"seedblock-zed/{path.removeprefix('./')}"]
    assert snippets == (ROOT / "snippets/zed/python.json").read_bytes()
    assert MADE["seedblock-zed/LICENSE"] == (ROOT / "LICENSE").read_bytes()


def test_fewer_snippets() -> None:
    """Every archive can be made of some snippets, with or without file templates and selections."""
    for names in (["seed"], ["seedscope", "seedtrain"], ["seedloader_block"]):
        entries = [entry for entry in CATALOG if entry.abbreviation in names]
        files = bundle_all(render_catalog(entries), entries, read_extras(), "1.2.3")
        assert files.keys() == MADE.keys()
        with zipfile.ZipFile(io.BytesIO(files[PLAIN])) as archive:
            assert [name for name in archive.namelist() if name.startswith("python/")] == [
                f"python/{name}.py" for name in names
            ]


@pytest.mark.parametrize(("archive", "folder"), [(VSIX, "extension/"), (PLAIN, "")])
def test_extension(archive: str, folder: str) -> None:
    """The manifest names the file of the snippets, for VS Code and Neovim's loaders."""
    files = opened(archive)
    (contribution,) = json.loads(files[f"{folder}package.json"])["contributes"]["snippets"]
    text = files[folder + contribution["path"].removeprefix("./")].decode()
    for name, code in CODES.items():
        assert expand_snippet(text, name) == code


@pytest.mark.parametrize("archive", [VSIX, PLAIN, "zed"])
def test_which_form_is_which(archive: str) -> None:
    """In VS Code a whole file is offered for a new file, and no other form is; Zed has the same snippets."""
    places = {VSIX: "extension/snippets/python.json", PLAIN: "vscode/seedblock.code-snippets"}
    content = opened(archive)[places[archive]] if archive in places else MADE["seedblock-zed/snippets/python.json"]
    entries = {entry["prefix"]: entry for entry in json.loads(content).values() if "prefix" in entry}
    assert entries.keys() == SNIPPETS.keys()
    for name, entry in entries.items():
        assert entry.get("isFileTemplate", False) == (archive != "zed" and SNIPPETS[name].form == FILE)


def test_plain_files_are_those_of_this_repository() -> None:
    """The archive of plain files has snippets/ as committed."""
    files = opened(PLAIN)
    for path in filter(Path.is_file, (ROOT / "snippets").rglob("*")):
        assert files[path.relative_to(ROOT / "snippets").as_posix()] == path.read_bytes()


def test_a_module_elsewhere() -> None:
    """Another name of the module reaches every archive: each use and the training script import from it."""
    entries = apply(Settings((("module", "utils.seeding"),)), CATALOG)
    made = bundle_all(render_catalog(entries), entries, read_extras(), "1.2.3")
    for name, content in made.items():
        archived = {name: content}
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archived = {path: archive.read(path) for path in archive.namelist()}
        for path, text in archived.items():
            assert not re.search(rb"from (\$\{\d:)?seeding", text), f"{name} {path}"
    with zipfile.ZipFile(io.BytesIO(made[PLAIN])) as archive:
        loader, train = (archive.read(f"python/{name}.py").decode() for name in ("seedloader", "seedtrain"))
    changed = [
        SNIPPETS[name].plain.replace("from seeding", "from utils.seeding") for name in ("seedloader", "seedtrain")
    ]
    assert loader == changed[0]
    assert train.splitlines()[1:] == changed[1].splitlines()[1:], "the first line has another digest"
    assert read_stamp(train.encode()) == read_stamp(SNIPPETS["seedtrain"].plain.encode())


def test_icon_is_what_editors_show() -> None:
    """The icon is a PNG of 128 by 128."""
    icon = opened(VSIX)["extension/icon.png"]
    assert icon[:8] == b"\x89PNG\r\n\x1a\n"
    assert (icon[16:20], icon[20:24]) == ((128).to_bytes(4, "big"),) * 2


def test_bytes_are_pinned() -> None:
    """Sample snippets, one a whole file, give these bytes on every system, Python and zlib."""
    whole = SNIPPET._replace(abbreviation="whole", title="Whole", form=FILE)
    entries = [ENTRY, Entry("scope", "Scope", "d", USE), Entry("whole", "Whole", "d", FILE)]
    rendered = [file for name in targets.NAMES for file in targets.load(name).render([SNIPPET, SCOPE, whole])]
    extras = {"LICENSE": b"free\n", "icon.png": b"png", "pluginIcon.svg": b"<svg/>"}
    made = bundle_all(rendered, entries, extras, "1.2.3")
    assert {name: hashlib.sha256(content).hexdigest()[:16] for name, content in made.items()} == PINS


def test_fresh_processes_make_the_same_bytes(tmp_path: Path) -> None:
    """Hash seed, time zone and folder do not change the archives, and a second run writes nothing."""
    outs = []
    for hash_seed, zone in (("0", "UTC"), ("1", "Asia/Tokyo")):
        out = tmp_path / hash_seed / "dist"
        variables = {"PYTHONHASHSEED": hash_seed, "TZ": zone}
        for verb in ("new", "current"):
            result = run("-m", "seedblock", "bundle", "--out", str(out), cwd=tmp_path, variables=variables)
            assert (result.returncode, result.stderr) == (0, "")
            first = f"new: {out / f'seedblock-{__version__}.vsix'}"
            assert result.stdout.splitlines()[0] == (first if verb == "new" else f"current: {len(MADE)} files in {out}")
        outs.append({path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()})
    assert outs[0] == outs[1]
    assert outs[0].keys() == {name.replace("1.2.3", __version__) for name in MADE} | {".seedblock.sha256"}


def test_licence_is_this_repositorys() -> None:
    """The licence in the archives is the one at the top of this repository."""
    licence = (ROOT / "LICENSE").read_bytes()
    assert opened(PLUGIN)["META-INF/LICENSE"] == opened(VSIX)["extension/LICENSE.txt"] == licence
    assert opened(PLAIN)["LICENSE"] == licence


@pytest.mark.parametrize("version", ["1.2", "1.2.3rc1", "1.2.3.dev0", "v1.2.3", ""])
def test_versions_that_vscode_refuses(version: str) -> None:
    """A version that VS Code cannot read is refused."""
    with pytest.raises(VerificationError, match=r"MAJOR\.MINOR\.PATCH"):
        bundle_all(RENDERED, CATALOG, read_extras(), version)


FAULTS = [
    (
        PLUGIN,
        "liveTemplates/seedblock.xml",
        "META-INF/plugin.xml names liveTemplates/seedblock.xml, which is missing",
    ),
    (VSIX, "extension/icon.png", "extension/package.json names extension/icon.png, which is missing"),
    (VSIX, "extension/snippets/python.json", "extension/package.json names extension/snippets/python.json, which is"),
    (VSIX, "extension/changelog.md", "extension.vsixmanifest names extension/changelog.md, which is missing"),
    (VSIX, "extension/readme.md", "extension.vsixmanifest names extension/readme.md, which is missing"),
    (PLAIN, "snippets/python.json", "package.json names snippets/python.json, which is missing"),
]


@pytest.mark.parametrize(("archive", "path", "problem"), FAULTS)
def test_a_missing_file_is_found(archive: str, path: str, problem: str) -> None:
    """A file that a manifest names and that is missing is noticed: the editor would silently load nothing."""
    check_archive(archive, ARCHIVES[archive], MEANT)
    files = opened(archive)
    del files[path]
    with pytest.raises(VerificationError) as caught:
        check_archive(archive, archives.closed(files), MEANT)
    assert any(found.startswith(f"{archive}: {problem}") for found in caught.value.problems)


@pytest.mark.parametrize(
    ("archive", "path"),
    [
        (SETTINGS, "templates/seedblock.xml"),
        (PLUGIN, "liveTemplates/seedblock.xml"),
        *((SETTINGS, f"fileTemplates/{name}") for name in NEW_FILES),
        *((PLUGIN, f"fileTemplates/{name}.ft") for name in NEW_FILES),
        (VSIX, "extension/snippets/python.json"),
        (PLAIN, "snippets/python.json"),
        (PLAIN, "pycharm/seedblock.xml"),
        (PLAIN, "vscode/seedblock.code-snippets"),
        (PLAIN, "zed/python.json"),
    ],
)
def test_snippets_that_are_not_the_code_are_found(archive: str, path: str) -> None:
    """One changed character in any form of a snippet is noticed."""
    files = opened(archive)
    files[path] = files[path].replace(b"import", b"imports", 1)
    with pytest.raises(VerificationError, match=f"{path} does not expand to the code"):
        check_archive(archive, archives.closed(files), MEANT)


@pytest.mark.parametrize("archive", ARCHIVES)
def test_damage_is_found(archive: str) -> None:
    """A flipped bit inside a stored file is noticed."""
    content = bytearray(ARCHIVES[archive])
    content[content.index(b"import os")] ^= 1
    with pytest.raises(VerificationError, match="is damaged"):
        check_archive(archive, bytes(content), MEANT)
