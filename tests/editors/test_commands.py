"""install, uninstall and bundle, run as a user runs them: exit codes, both outputs, bytes on disk."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from seedblock.cli import main
from seedblock.editors import install_plan
from seedblock.editors.archives import notebooks
from seedblock.editors.installed import state_folder
from seedblock.editors.known import EDITORS, Machine, match_files
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import FILE, stem
from seedblock.rendering.settings import Settings, apply
from seedblock.rendering.sources import find_templates, read_templates
from tests.support import editor_samples
from tests.support.expanders import (
    expand_live_template,
    expand_snippet,
    expand_ultisnips,
    expand_yasnippet,
    merge_velocity,
)
from tests.support.processes import ROOT, environment, run_until_killed
from tests.support.rendered import render_once
from tests.support.standing import link
from tests.support.unprivileged import unprivileged

SNIPPETS = ROOT / "snippets"
RENDER_CATALOG = install_plan.render_catalog  # without the cache of tests/support/rendered.py
RENDERED = [
    *(path.relative_to(SNIPPETS).as_posix() for path in SNIPPETS.rglob("*") if path.is_file()),
    *("package.json", "snippets/python.json"),
    *(f"elyra/{name}.json" for name in editor_samples.SNIPPETS),
    *(f"jupyter/{name}.py" for name in editor_samples.SNIPPETS),
]
FOREIGN = b"\xef\xbb\xbf<!-- mine -->\r\n\x00\xff"
VERSIONS = {"pycharm": ["PyCharm2025.3"], "intellij": ["IdeaIC2025.3"], "dataspell": ["DataSpell2025.2"]}
XDG = (
    "JUPYTER_DATA_DIR",
    "JUPYTER_CONFIG_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "FLATPAK_XDG_CONFIG_HOME",
    "NVIM_APPNAME",
)


def variables_of(home: Path) -> dict[str, str]:
    """Environment variables that put every folder of the user below `home`, on each system."""
    local = str(home / "AppData" / "Local")
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "APPDATA": str(home / "AppData" / "Roaming"),
        "LOCALAPPDATA": local,
        "WIN_PD_OVERRIDE_LOCAL_APPDATA": local,  # platformdirs asks Windows itself otherwise
    }


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder whose name has a space, a quote and non-ASCII letters. The working folder is its parent."""
    home = tmp_path / "Zoë's höme"
    home.mkdir()
    for name in XDG:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables_of(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    render_once(monkeypatch)
    return home


def make(name: str, *below: str) -> Path:
    """Make the folder that an editor is found by."""
    (folder, *_) = EDITORS[name].folders(Machine(sys.platform, os.environ, Path.home()))
    path = Path(folder.path).joinpath(*below)
    path.mkdir(parents=True)
    return path


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder except the list of installed files and its lock; a link as the path it points to."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if (path.is_symlink() or path.is_file()) and path.name not in ("installed.json", "lock")
    }


def everything(home: Path) -> set[str]:
    """All files below home, including the list of installed files and its lock."""
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if not path.is_dir()}


def test_life_of_an_installation(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Dry run, new, current, another default, the old one, removed, absent. Each prints its path; nothing is left."""
    folder = make("vscode")
    (folder / "settings.json").write_bytes(FOREIGN)
    path = folder / "snippets" / "seedblock.code-snippets"
    stages = [
        (["install", "vscode", "--dry-run"], f"new: {path}\ndry run: nothing was changed\n", None),
        (["install", "vscode"], f"new: {path}\n", "2020"),
        (["install", "vscode"], f"current: {path}\n", "2020"),
        (
            ["install", "vscode", "--set", "seed_value=7", "--dry-run"],
            f"changed: {path}\ndry run: nothing was ch",
            "2020",
        ),
        (["install", "vscode", "--set", "seed_value=7"], f"changed: {path}\n", "7"),
        (["install", "vscode"], f"vscode: --set seed_value=7, as chosen before in {folder}\ncurrent: {path}\n", "7"),
        (["install", "vscode", "--set", "seed_value=2020"], f"changed: {path}\n", "2020"),
        (["install", "vscode"], f"current: {path}\n", "2020"),
        (["uninstall", "vscode", "--dry-run"], f"removed: {path}\ndry run: nothing was changed\n", "2020"),
        (["uninstall", "vscode"], f"removed: {path}\n", None),
        (["uninstall", "vscode"], f"absent: no seedblock files in {folder}\n", None),
    ]
    for arguments, out, seed in stages:
        assert main(arguments) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith(out)
        assert captured.err == ""
        assert path.exists() is (seed is not None)
        if seed is not None:
            assert f"${{1:{seed}}}" in path.read_text(encoding="utf-8")
    assert everything(home) == {folder.relative_to(home).as_posix() + "/settings.json"}
    assert not path.parent.exists()


def test_current_means_untouched(home: Path) -> None:
    """A second install does not even touch the file."""
    path = make("vscode") / "snippets" / "seedblock.code-snippets"
    main(["install", "vscode"])
    written = path.stat().st_ino, path.stat().st_mtime_ns
    assert main(["install", "vscode"]) == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == written


@pytest.mark.parametrize("name", EDITORS)
def test_every_editor(name: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each editor gets all its files, they expand to the code, and uninstall removes them."""
    folder = make(name, *VERSIONS.get(name, []))
    assert main(["install", name]) == 0
    assert capsys.readouterr().err == ""
    sources = match_files(EDITORS[name].files, RENDERED)
    assert sorted(tree(folder)) == sorted(sources)
    for path, source in sources.items():
        text = (folder / path).read_text(encoding="utf-8")
        for abbreviation, snippet in editor_samples.SNIPPETS.items():
            cell = (f"%%writefile {stem(snippet)}.py\n" if snippet.form == FILE else "") + snippet.plain
            if source.endswith(".xml"):
                assert expand_live_template(text, abbreviation) == snippet.code
            elif source.endswith(("python.json", ".code-snippets")):
                assert expand_snippet(text, abbreviation) == snippet.code
            elif source == f"jupyter/{abbreviation}.py":
                assert text == cell
            elif source == f"elyra/{abbreviation}.json":
                assert "\n".join(json.loads(text)["metadata"]["code"]) + "\n" == cell
            elif source == f"pycharm/fileTemplates/{snippet.title}.py.ft":
                assert merge_velocity(text) == snippet.code
            elif source == f"emacs/python-mode/{abbreviation}":
                assert expand_yasnippet(text) == snippet.code
            elif source.startswith("vim/"):
                assert expand_ultisnips(text, abbreviation) == snippet.code
    assert main(["uninstall", name]) == 0
    assert tree(home) == {}
    assert list(folder.iterdir()) == []


def test_every_pycharm_and_every_profile(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every version of PyCharm, IntelliJ IDEA and DataSpell gets the snippets, and every profile of VS Code."""
    versions = ["DataSpell2025.2", "IdeaIC2024.3", "IntelliJIdea2025.3", "PyCharm2025.3", "PyCharmCE2024.1"]
    for version in (*versions, "PyCharm2024.1-backup", "consentOptions"):
        make("pycharm", version)
    make("vscode", "profiles", "-5a1b2c")
    assert main(["install", "pycharm", "vscode"]) == 0
    out = capsys.readouterr().out
    assert "IdeaIC" not in out
    assert main(["install", "intellij", "dataspell"]) == 0
    more = capsys.readouterr().out
    news = [line for line in (out + more).splitlines() if line.startswith("new: ") and "fileTemplates" not in line]
    folders = [Path(line).parts[-3] for line in news]
    assert sorted(folders) == sorted([*versions, "-5a1b2c", "User"])
    assert "pycharm: restart it if it is running, because it reads snippets only when it starts\n" in out
    assert "vscode: restart it" not in out


def test_found_editors_are_listed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name, install lists the editors on this machine, or says that there is none."""
    assert main(["install"]) == 1
    assert capsys.readouterr() == ("", f"seedblock: no editor found: looked for {', '.join(EDITORS)}\n")
    pycharm, zed = make("pycharm", "PyCharm2025.3"), make("zed")
    assert main(["install"]) == 0
    assert capsys.readouterr() == (f"pycharm          {pycharm}\nzed              {zed}\n", "")
    assert everything(home) == set()


def test_a_running_pycharm_is_warned_about(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A running version is named, since it may undo the change when it exits; not if the file was current."""
    running, _ = make("pycharm", "PyCharm2025.3"), make("pycharm", "PyCharm2025.2")
    (running / ".lock").write_text(str(os.getpid()), encoding="ascii")
    for command, code, warnings in (("install", 0, 1), ("install", 0, 0), ("uninstall", 0, 1)):
        assert main([command, "pycharm"]) == code
        err = capsys.readouterr().err
        remedy = f"close it, {command} again and start it"
        warning = f"seedblock: PyCharm2025.3 is running and may undo this when it exits: {remedy}\n"
        assert err == warning * warnings


@pytest.mark.parametrize("name", EDITORS)
def test_install_ends_with_what_to_do_next(name: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How to use the snippets is printed once, whether they are new or current."""
    make(name, *VERSIONS.get(name, []))
    for _ in range(2):
        assert main(["install", name]) == 0
        assert capsys.readouterr().out.endswith(f"{name}: {EDITORS[name].next}\n")
    main(["uninstall", name])
    assert EDITORS[name].next not in capsys.readouterr().out


def test_workspace(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A project gets the file that VS Code reads there, even if no editor is on this machine."""
    project = tmp_path / "my project"
    project.mkdir()
    path = project / ".vscode" / "seedblock.code-snippets"
    assert main(["install", "vscode", "cursor", "--workspace", str(project)]) == 0
    assert capsys.readouterr().out.startswith(f"new: {path}\nvscode: ")
    assert path.read_bytes() == (SNIPPETS / "vscode/seedblock.code-snippets").read_bytes()
    assert main(["uninstall", "vscode", "--workspace", str(project)]) == 0
    assert list(project.iterdir()) == []


def test_a_project_has_one_choice(home: Path, tmp_path: Path) -> None:
    """A project's settings are the same whichever editor is named, and any of the editors can uninstall them."""
    assert main(["install", "vscode", "cursor", "--workspace", ".", "--only", "seed"]) == 0
    path = tmp_path / ".vscode" / "seedblock.code-snippets"
    before = path.read_bytes()
    for name in ("vscode", "windsurf"):
        assert main(["install", name, "--workspace", "."]) == 0
        assert path.read_bytes() == before
    assert main(["uninstall", "cursor", "--workspace", "."]) == 0
    assert not path.parent.exists()


def test_config_dir(home: Path, tmp_path: Path) -> None:
    """A folder given with --config-dir is used as it is."""
    (tmp_path / "portable").mkdir()
    assert main(["install", "pycharm", "--config-dir", "portable"]) == 0
    assert "templates/seedblock.xml" in tree(tmp_path / "portable")


@pytest.mark.parametrize("name", ["jupyter", "neovim", "vim"])
def test_a_config_dir_that_has_yet_to_be_made(name: str, home: Path, tmp_path: Path) -> None:
    """An editor whose folder may come later gets it made; a file in its place is refused."""
    folder = tmp_path / "new" / "data"
    assert main(["install", name, "--config-dir", str(folder), "--dry-run"]) == 0
    assert not folder.parent.exists()
    assert main(["install", name, "--config-dir", str(folder)]) == 0
    assert sorted(tree(folder)) == sorted(match_files(EDITORS[name].files, RENDERED))
    assert main(["uninstall", name, "--config-dir", str(folder)]) == 0
    assert (tree(folder), everything(home)) == ({}, set())
    (tmp_path / "file").touch()
    assert main(["install", name, "--config-dir", "file"]) == 2


def test_a_vim_without_its_folder(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Vim never makes its folder: `install` does where there is a vimrc, and else the user has to."""
    (folder, *_) = EDITORS["vim"].folders(Machine(sys.platform, os.environ, home))
    assert main(["install", "vim"]) == 2
    expected = f"seedblock: no vim found (looked in {str(folder.path)!r}): make that folder, or give its folder with"
    assert capsys.readouterr().err.startswith(expected)
    assert folder.sign is not None
    Path(folder.sign).touch()
    assert main(["install", "vim"]) == 0
    assert sorted(tree(Path(folder.path))) == sorted(match_files(EDITORS["vim"].files, RENDERED))


@pytest.mark.parametrize("name", ["void", "vscode-oss"])
def test_another_relative_of_vscode(name: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An editor that is not in the table is told how VS Code's name takes its folder, and that works."""
    folder = make("vscode").parents[1] / name / "User"
    assert main(["install", name]) == 2
    said = capsys.readouterr().err
    assert "For another relative of VS Code: `seedblock install vscode --config-dir FOLDER`" in said
    assert said.endswith(f"where FOLDER is like {Path('~') / folder.relative_to(home).parents[1] / 'NAME' / 'User'}\n")
    folder.mkdir(parents=True)
    assert main(["install", "vscode", "--config-dir", str(folder)]) == 0
    assert list(tree(folder)) == ["snippets/seedblock.code-snippets"]


def test_a_mistyped_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is nearly an editor's is answered by that name alone."""
    assert main(["install", "vscoed"]) == 2
    assert capsys.readouterr().err == "seedblock: unknown editor 'vscoed': did you mean 'vscode'?\n"


def test_a_profile_that_was_deleted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Uninstalling an editor forgets its folders that are gone, and no others: nothing of ours is left."""
    profile, zed = make("vscode", "profiles", "-5a1b2c"), make("zed")
    assert main(["install", "vscode", "zed"]) == 0
    shutil.rmtree(profile)
    shutil.rmtree(zed)
    assert main(["uninstall", "vscode"]) == 0
    assert f"absent: no seedblock files in {profile}\n" in capsys.readouterr().out
    state = state_folder()
    assert state is not None
    assert list(json.loads((state / "installed.json").read_bytes())) == [str(zed / "snippets" / "python.json")]
    assert main(["uninstall", "zed"]) == 0
    assert (everything(home), state.exists()) == (set(), False)


def test_an_editor_that_was_deleted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its folders are forgotten and no start of it is asked for; without a list of them it is not found, as before."""
    folder, profile = make("vscode"), make("vscode", "profiles", "-5a1b2c")
    assert main(["install", "vscode"]) == 0
    shutil.rmtree(folder.parent)
    capsys.readouterr()
    assert main(["uninstall", "vscode", "--dry-run"]) == 0
    assert main(["uninstall", "vscode"]) == 0
    absent = "".join(f"absent: no seedblock files in {path}\n" for path in (folder, profile))
    assert capsys.readouterr() == (f"{absent}dry run: nothing was changed\n{absent}", "")
    state = state_folder()
    assert state is not None
    assert not state.exists()
    assert main(["uninstall", "vscode"]) == 2
    assert "no vscode found" in capsys.readouterr().err
    assert not state.exists()


@pytest.mark.parametrize("found", [True, False])
@pytest.mark.parametrize("moved", ["drive", "drive/User"])
def test_a_folder_on_a_drive_that_is_away(moved: str, found: bool, home: Path, tmp_path: Path) -> None:
    """Uninstalling the editor does not forget a folder given with --config-dir: when it is back, its file is removed."""
    (folder := tmp_path / "drive" / "User").mkdir(parents=True)
    if found:
        make("vscode")
    assert main(["install", "vscode", "--config-dir", "drive/User", "--set", "seed_value=7"]) == 0
    Path(moved).rename("away")
    assert main(["uninstall", "vscode"]) == (0 if found else 2)
    Path("away").rename(moved)
    assert list(tree(folder)) == ["snippets/seedblock.code-snippets"]
    assert main(["uninstall", "--all"]) == 0
    assert (tree(folder), everything(home)) == ({}, set())


def test_an_editor_on_a_drive_that_is_away(home: Path, tmp_path: Path) -> None:
    """An editor's own folder that leads there by a link is not forgotten either."""
    user = make("vscode")
    user.parent.rename("drive")
    link(user.parent, tmp_path / "drive")
    assert main(["install", "vscode", "--set", "seed_value=7"]) == 0
    Path("drive").rename("away")
    assert main(["uninstall", "vscode"]) == 2
    Path("away").rename("drive")
    assert main(["uninstall", "vscode"]) == 0
    assert tree(tmp_path / "drive") == {}


OURS, MINE = (f'<templateSet group="{group}"><template name="mine"/></templateSet>' for group in ("seedblock", "mine"))
LIVE_TEMPLATES = {
    "our group": (OURS.encode(), True),
    "other blanks": (b"<?xml version='1.0'?>\n<!-- mine -->\n<templateSet\n  group = 'seedblock' />", True),
    "another group": (MINE.encode(), False),
    "in a comment": (f"<!--\n{OURS}\n-->{MINE}<!-- {OURS} -->".encode(), False),
    "in a long comment": (f"<!-- {OURS} {'long ' * 9999} -->{MINE}".encode(), False),
    "between comments": (f"<!-- mine -->{OURS}<!-- mine -->".encode(), True),
    "UTF-8 with a mark": (f"\ufeff{OURS}".encode(), True),
    "UTF-16": (f"\ufeff{OURS}".encode("utf-16-le"), True),
    "UTF-16, the other end first": (f"\ufeff{OURS}".encode("utf-16-be"), True),
    "UTF-16, another group": (f"\ufeff{MINE}".encode("utf-16-le"), False),
    "no text": (b"\xff\x00", False),
}


@pytest.mark.parametrize(("content", "hides"), LIVE_TEMPLATES.values(), ids=LIVE_TEMPLATES)
def test_live_templates_of_our_group(
    content: bytes, hides: bool, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another file of our group is named, since the IDE loads only one of the two; it stays as it is."""
    other = make("pycharm", "PyCharm2025.3", "templates") / "mine.xml"
    other.write_bytes(content)
    if hasattr(os, "mkfifo"):
        os.mkfifo(other.with_name("pipe.xml"))
    for options in (["--dry-run"], [], []):
        assert main(["install", "pycharm", *options]) == 0
        warning = f"seedblock: {str(other)!r} has live templates of the group 'seedblock' too"
        assert capsys.readouterr().err.startswith(warning) is hides
    assert other.read_bytes() == content


def test_a_file_that_is_too_large_to_be_ours(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of 3 GB with our name is never read; it is left alone, and --force keeps it as a backup."""
    path = make("zed", "snippets") / "python.json"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)  # takes no place on the disk
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read") if self == path else read(self))
    for command in ("install", "uninstall"):
        assert main([command, "zed"]) == 1
        assert f"{str(path)!r} is a file larger than any of seedblock's, and is left" in capsys.readouterr().err
    assert main(["install", "zed", "--force"]) == 0
    assert path.with_name("python.json.bak").stat().st_size == 3_000_000_000


def test_a_folder_that_may_not_be_written(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The user's file is named, and no list of installed files, lock or staged file is left."""
    render_once(monkeypatch)
    with unprivileged() as home:
        for name, value in variables_of(home).items():
            monkeypatch.setenv(name, value)
        folder = make("zed", "snippets")
        folder.chmod(0o500)
        try:
            assert main(["install", "zed"]) == 2
            expected = f"seedblock: cannot read or write {str(folder / 'python.json')!r}: Permission denied\n"
            assert capsys.readouterr().err == expected
            assert everything(home) == set()
        finally:
            folder.chmod(0o700)


def test_a_list_that_is_broken(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is kept beside the new one and named once; a backup that it listed is named when our file is removed."""
    path = make("zed", "snippets") / "python.json"
    path.write_bytes(FOREIGN)
    assert main(["install", "zed", "--force"]) == 0
    state = state_folder()
    assert state is not None
    broken = (state / "installed.json").read_bytes()[:-9]
    (state / "installed.json").write_bytes(broken)
    capsys.readouterr()
    assert main(["install", "zed", "--dry-run"]) == 0
    assert "cannot be read (it is not as seedblock wrote it): what it lists" in capsys.readouterr().err
    assert main(["uninstall", "zed", "--dry-run"]) == 0
    assert (state / "installed.json").read_bytes() == broken
    capsys.readouterr()
    assert main(["uninstall", "zed"]) == 0
    captured = capsys.readouterr()
    kept = state / "installed.json.bak"
    assert f"and is kept as {str(kept)!r}: what it lists counts as yours" in captured.err
    backup = path.with_name("python.json.bak")
    left = f"left: {backup}, which the list of installed files does not name\n"
    assert captured.out == f"removed: {path}\n{left}"
    assert (kept.read_bytes(), backup.read_bytes()) == (broken, FOREIGN)
    assert main(["uninstall", "zed"]) == 0
    assert capsys.readouterr().err == ""


def test_a_list_that_is_broken_before_an_install(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The backup that only the broken list knew is still named when our file is removed, once."""
    path = make("zed", "snippets") / "python.json"
    path.write_bytes(FOREIGN)
    assert main(["install", "zed", "--force"]) == 0
    state = state_folder()
    assert state is not None
    (state / "installed.json").write_bytes(b"{")
    assert main(["install", "zed"]) == 0
    capsys.readouterr()
    assert main(["uninstall", "zed"]) == 0
    (backup,) = tree(path.parent)
    left = f"left: {path.with_name(backup)}, which the list of installed files does not name\n"
    assert capsys.readouterr() == (f"removed: {path}\n{left}", "")


# The first folder is a link to the second, or its folder of snippets is.
LINKED = {
    "an editor's folder": ("vim", "vim", "", ""),
    "an editor's folder, the other way": ("vim", "vim", "", "turned"),
    "many files": ("emacs", "emacs", "", ""),
    "two editors' folders": ("vscode", "cursor", "", ""),
    "only their snippets": ("cursor", "vscode", "snippets", ""),
}


@pytest.fixture(params=LINKED.values(), ids=LINKED)
def linked(request: pytest.FixtureRequest, home: Path) -> tuple[list[str], Path]:
    """The editors to install into, and the folder that a link of the other folder leads to."""
    one, other, below, turned = request.param
    machine = Machine(sys.platform, os.environ, home)
    folders = [Path(folder.path) for name in dict.fromkeys((one, other)) for folder in EDITORS[name].folders(machine)]
    folders = [folder for folder in folders if folder.name != "profiles"]
    if len(folders) < 2:
        pytest.skip("on this system the editor has one folder")
    source, target = reversed(folders) if turned else folders
    (target / below).mkdir(parents=True)
    (source / below).parent.mkdir(parents=True, exist_ok=True)
    link(source / below, target / below)
    return list(dict.fromkeys((one, other))), target


def test_folders_that_are_one_by_a_link(
    linked: tuple[list[str], Path], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that two folders lead to is written, kept, restored and printed once; nothing of ours is left."""
    names, target = linked
    before = everything(home)
    assert main(["install", *names]) == 0
    files = tree(target)
    out = capsys.readouterr().out
    assert out.count("new: ") == len(files)
    assert all(f"{name}: {EDITORS[name].next}\n" in out for name in names)
    assert main(["install", *names]) == 0
    assert capsys.readouterr().out.count("current: ") == len(files)
    theirs = target / min(files)
    theirs.write_bytes(FOREIGN)
    assert main(["install", *names, "--force"]) == 0
    assert capsys.readouterr().out.count("replaced: ") == 1
    assert [content for name, content in tree(target).items() if name not in files] == [FOREIGN]
    assert main(["uninstall", *names]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert [captured.out.count(f"{word}: ") for word in ("restored", "removed", "left")] == [1, len(files) - 1, 0]
    theirs.unlink()
    assert main(["uninstall", *names]) == 0
    assert {line.split(": ")[0] for line in capsys.readouterr().out.splitlines()} == {"absent"}
    assert everything(home) == before


def test_a_folder_that_became_a_link(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two editors that share a folder have one choice, and the backup of one is restored when the other is uninstalled."""
    path = make("vscode", "snippets") / "seedblock.code-snippets"
    path.write_bytes(FOREIGN)
    assert main(["install", "vscode", "--force", "--set", "seed_value=7", "--only", "seed"]) == 0
    before = path.read_bytes()
    cursor = make("cursor")
    cursor.rmdir()
    link(cursor, path.parents[1])
    capsys.readouterr()
    assert main(["install", "cursor"]) == 0
    current = f"current: {cursor / 'snippets' / path.name}\n"
    assert current in (said := capsys.readouterr().out)
    assert "cursor: --set seed_value=7 --only seed, as chosen before in" in said
    assert path.read_bytes() == before
    assert main(["install", "cursor", "--set", "seed_value=8"]) == 0
    capsys.readouterr()
    assert main(["install", "vscode"]) == 0
    assert f"current: {path}\n" in (said := capsys.readouterr().out)
    assert "vscode: --set seed_value=8 --only seed, as chosen before in" in said
    assert main(["uninstall", "cursor"]) == 0
    assert capsys.readouterr().out.startswith("restored: ")
    assert path.read_bytes() == FOREIGN
    state = state_folder()
    assert state is not None
    assert not state.exists()


def test_a_copy_by_hand_is_ours(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file copied from snippets/ is current, is updated by a later install, and can be uninstalled."""
    path = make("zed", "snippets") / "python.json"
    for arguments, verb in ((["install", "zed"], "current"), (["install", "zed", "--set", "seed_value=7"], "changed")):
        if verb == "current":
            path.write_bytes((SNIPPETS / "zed/python.json").read_bytes())
        assert main(arguments) == 0
        assert capsys.readouterr().out.startswith(f"{verb}: {path}")
    path.write_bytes((SNIPPETS / "zed/python.json").read_bytes())
    assert main(["uninstall", "zed"]) == 0
    assert not path.exists()


@pytest.mark.parametrize("content", [FOREIGN, b"", b"{}", (SNIPPETS / "zed/python.json").read_bytes() + b" "])
def test_a_file_that_is_not_ours(content: bytes, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that we did not write, or that was changed since, stays; --force keeps it as a backup."""
    folder = make("zed", "snippets")
    path, backup = folder / "python.json", folder / "python.json.bak"
    path.write_bytes(content)
    left = f"seedblock: {str(path)!r} is not as seedblock wrote it, and is left as it is: "
    for command, remedy in (
        ("install", "--force replaces it and keeps a backup. Zed reads one file per language: "),
        ("uninstall", "remove it yourself\n"),
    ):
        assert main([command, "zed"]) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith(left + remedy)
        assert tree(folder) == {"python.json": content}
    assert main(["install", "zed", "--force"]) == 0
    assert capsys.readouterr().out.startswith(f"replaced: {path} (the original is kept as {backup})\n")
    assert tree(folder) == {
        "python.json": (SNIPPETS / "zed/python.json").read_bytes(),
        "python.json.bak": content,
    }
    assert main(["uninstall", "zed"]) == 0
    assert capsys.readouterr().out == f"restored: {path} (from {backup})\n"
    assert tree(folder) == {"python.json": content}
    assert everything(home) == {path.relative_to(home).as_posix()}


def test_only_what_was_chosen(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--only installs some; the next run keeps that and names the others; --all-snippets adds them."""
    folder = make("jupyter") / "snippets" / "seedblock"
    everything_else = ", ".join(name for name in editor_samples.SNIPPETS if name not in ("seed", "seedall"))
    chosen = (
        f"jupyter: --only seed,seedall, as chosen before in {folder.parents[1]}; --all-snippets adds {everything_else}"
    )
    for options in (["--only", "seedall,seed"], ["--only", "seed", "--only", "seedall"], []):
        assert main(["install", "jupyter", *options]) == 0
        assert (chosen in capsys.readouterr().out) == (not options)
        assert sorted(path.stem for path in folder.iterdir()) == ["seed", "seedall"]
    assert main(["install", "jupyter", "--only", "seedall", "--set", "seed_value=7"]) == 0
    assert f"removed: {folder / 'seed.py'}\n" in capsys.readouterr().out
    assert [path.name for path in folder.iterdir()] == ["seedall.py"]
    assert main(["install", "jupyter", "--all-snippets"]) == 0
    assert "jupyter: --set seed_value=7, as chosen before in" in capsys.readouterr().out
    assert sorted(path.stem for path in folder.iterdir()) == sorted(editor_samples.SNIPPETS)
    assert "seed_value = 7" in (folder / "seed.py").read_text(encoding="utf-8")
    assert main(["uninstall", "jupyter"]) == 0
    assert everything(home) == set()


def test_a_file_no_longer_chosen_that_its_user_changed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file stays, a line says so, and from then on it is the user's."""
    folder = make("jupyter") / "snippets" / "seedblock"
    main(["install", "jupyter"])
    (folder / "seed.py").write_bytes(FOREIGN)
    capsys.readouterr()
    assert main(["install", "jupyter", "--only", "seedall"]) == 1
    assert f"{str(folder / 'seed.py')!r} is not as seedblock wrote it" in capsys.readouterr().err
    assert main(["install", "jupyter"]) == 0
    assert (folder / "seed.py").read_bytes() == FOREIGN


def test_each_folder_has_its_own_choice(home: Path, tmp_path: Path) -> None:
    """The settings of one folder do not change those of another."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert main(["install", "zed", "--config-dir", "one", "--only", "seed"]) == 0
    assert main(["install", "zed", "--config-dir", "two"]) == 0
    assert (tmp_path / "two/snippets/python.json").read_bytes() == (SNIPPETS / "zed/python.json").read_bytes()
    assert main(["uninstall", "--all"]) == 0
    assert tree(tmp_path) == {}


def test_one_editor_is_missing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others get their files, the missing one is named, and the exit code is 1."""
    path = make("vscode") / "snippets" / "seedblock.code-snippets"
    for command, verb in (("install", "new"), ("uninstall", "removed")):
        assert main([command, "nvim", "VSCode"]) == 1
        captured = capsys.readouterr()
        assert captured.out.startswith(f"{verb}: {path}\n")
        assert captured.err.startswith("seedblock: no neovim found (looked in ")
    assert everything(home) == set()


def test_all_editors(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """install --all takes every editor found, uninstall --all every folder ever written to; exit code 1 for none."""
    assert main(["install", "--all"]) == 1
    assert capsys.readouterr().err.startswith("seedblock: no editor found: looked for pycharm")
    (tmp_path / "project").mkdir()
    found = [make("vscode"), make("zed")]
    assert main(["install", "--all"]) == 0
    assert main(["install", "vscode", "--workspace", "project"]) == 0
    assert len(tree(found[0]) | tree(found[1]) | tree(tmp_path / "project")) == 3
    assert main(["uninstall", "--all"]) == 0
    assert (everything(home), tree(tmp_path / "project")) == (set(), {})
    assert list((tmp_path / "project").iterdir()) == []


def test_several_backups(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The latest backup is restored, and an earlier one is named."""
    path = make("zed", "snippets") / "python.json"
    for content in (b"first", b"second"):
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        assert main(["install", "zed", "--force"]) == 0
    capsys.readouterr()
    assert main(["uninstall", "zed"]) == 0
    first, second = (path.with_name(f"python.json.bak{number}") for number in ("", 2))
    assert capsys.readouterr().out == (f"restored: {path} (from {second})\nleft: {first}, kept by an earlier --force\n")
    assert (path.read_bytes(), first.read_bytes()) == (b"second", b"first")


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_backup_of_a_snippet(is_listed: bool, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In Emacs's folder it has a name that yasnippet skips. It is restored, or named if the list is lost."""
    path = make("emacs", "snippets", "python-mode", "seedblock") / "seed"
    backup = path.with_name("seed.bak~")
    path.write_bytes(FOREIGN)
    assert main(["install", "emacs", "--force"]) == 0
    assert f"replaced: {path} (the original is kept as {backup})\n" in capsys.readouterr().out
    if not is_listed:
        state = state_folder()
        assert state is not None
        (state / "installed.json").unlink()
    assert main(["uninstall", "emacs"]) == 0
    said = capsys.readouterr().out
    restored, left = (
        f"restored: {path} (from {backup})\n",
        f"left: {backup}, which the list of installed files does not",
    )
    assert (restored in said, left in said) == (is_listed, not is_listed)
    assert [found.read_bytes() for found in path.parent.iterdir()] == [FOREIGN]


def test_a_yas_parents_of_the_user(home: Path) -> None:
    """What the user wrote for python-ts-mode, even the very line that `install` names, stays for ever."""
    path = make("emacs", "snippets", "python-ts-mode") / ".yas-parents"
    path.write_bytes(b"python-mode\n")
    for command in ("install", "uninstall"):
        assert main([command, "emacs"]) == 0
        assert path.read_bytes() == b"python-mode\n"


@pytest.mark.parametrize("state", ["a file", "read-only", "broken"])
def test_a_state_folder_that_is_of_no_use(
    state: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Snippets are installed and removed all the same, with a warning that later versions will not know them."""
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(folder))
    if state == "a file":
        folder.touch()
    elif state == "read-only" and sys.platform == "linux":
        monkeypatch.setenv("XDG_STATE_HOME", "/proc")  # not even root can make a folder there
    else:
        (folder / "seedblock").mkdir(parents=True)
        (folder / "seedblock" / "installed.json").write_bytes(FOREIGN)
    path = make("vscode") / "snippets" / "seedblock.code-snippets"
    assert main(["install", "vscode"]) == 0
    assert path.read_bytes() == (SNIPPETS / "vscode/seedblock.code-snippets").read_bytes()
    said = capsys.readouterr().err
    assert ("cannot be read" if "broken" in said or folder.is_dir() else "cannot be written") in said
    assert main(["uninstall", "vscode"]) == 0
    assert not path.exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
def test_names_give_no_orders(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder's name may have escapes or line ends. It is printed on one line, with control characters escaped."""
    for name in ("\x1b[31mred", "two\nlines"):
        folder = tmp_path / name
        folder.mkdir()
        for command in ("install", "uninstall"):
            assert main([command, "zed", "--config-dir", str(folder)]) == 0
            captured = capsys.readouterr()
            assert "\x1b" not in captured.out + captured.err
            assert captured.out.splitlines()[0].endswith("python.json")


def test_refused_files_do_not_hold_up_others(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One editor's file is the user's: the other editor gets its file, and the exit code is 1."""
    theirs, other = make("zed", "snippets") / "python.json", make("vscode")
    theirs.write_bytes(FOREIGN)
    assert main(["install", "zed", "vscode"]) == 1
    assert capsys.readouterr().out.startswith(f"new: {other / 'snippets' / 'seedblock.code-snippets'}\n")
    assert theirs.read_bytes() == FOREIGN


@pytest.mark.parametrize("stands", ["a link", "a dangling link", "a folder"])
def test_what_is_no_file(stands: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link is never followed, with or without --force, and a folder is never lost."""
    folder = make("vscode", "snippets")
    path, target = folder / "seedblock.code-snippets", home / "precious"
    if stands == "a link":
        target.write_bytes(FOREIGN)
    if stands == "a folder":
        path.mkdir()
        (path / "mine").write_bytes(FOREIGN)
    else:
        link(path, target)
    before = tree(home)
    for arguments in (["install", "vscode"], ["uninstall", "vscode"]):
        assert main(arguments) == 1
        assert tree(home) == before
    assert main(["install", "vscode", "--force"]) == 0
    assert path.is_file()
    assert not path.is_symlink()
    after = tree(home)
    ours = path.relative_to(home).as_posix()
    assert after.pop(ours) == (SNIPPETS / "vscode/seedblock.code-snippets").read_bytes()
    assert after == {name.replace(ours, f"{ours}.bak"): content for name, content in before.items()}


def test_a_folder_that_is_a_link(home: Path, tmp_path: Path) -> None:
    """A settings folder that is a link, as in many dotfiles, is followed and stays a link."""
    elsewhere = tmp_path / "dotfiles"
    elsewhere.mkdir()
    snippets = make("vscode") / "snippets"
    link(snippets, elsewhere)
    assert main(["install", "vscode"]) == 0
    assert [path.name for path in elsewhere.iterdir()] == ["seedblock.code-snippets"]
    assert main(["uninstall", "vscode"]) == 0
    assert snippets.is_symlink()
    assert list(elsewhere.iterdir()) == []


HOSTILE = [
    '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:{port}/">]><templateSet group="seedblock">&a;</templateSet>',
    '<!DOCTYPE templateSet SYSTEM "http://127.0.0.1:{port}/x.dtd"><templateSet group="seedblock"/>',
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><templateSet group="seedblock">&b;</templateSet>',
    '<templateSet group="seedblock"><template name="seed"',
]


@pytest.mark.parametrize("xml", HOSTILE)
def test_hostile_xml_is_never_parsed(xml: str, home: Path) -> None:
    """A file with entities, a DTD on the net or a broken body is left alone, and no connection is made."""
    folder = make("pycharm", "PyCharm2025.3", "templates")
    with socket.create_server(("127.0.0.1", 0)) as server:
        content = xml.replace("{port}", str(server.getsockname()[1])).encode()
        (folder / "seedblock.xml").write_bytes(content)
        for command in ("install", "uninstall"):
            assert main([command, "pycharm"]) == 1
            assert tree(folder) == {"seedblock.xml": content}
        assert main(["install", "pycharm", "--force"]) == 0
        assert (folder / "seedblock.xml.bak").read_bytes() == content
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


BAD_INPUT = [
    (["install", "pycham"], ["unknown editor 'pycham': did you mean 'pycharm'?"]),
    (
        ["install", "xyzzy", "vscode", "--config-dir", "none", "--workspace", "none", "--set", "seed_value=x"],
        [
            "unknown editor 'xyzzy': known: ",
            "--config-dir and --workspace exclude each other: give one",
            "--config-dir is for one editor, got 2 editors",
            "no folder 'none'",
            "seed_value must be an integer in [0, 2**32 - 1], got 'x'",
        ],
    ),
    (["install", "zed", "--workspace", "."], ["zed reads no snippets from a project: --workspace is for antigravity,"]),
    (["install", "zed"], ["no zed found (looked in "]),
    (["install", "vscode", "pycharm"], ["no vscode found (looked in ", "no pycharm found (looked in "]),
    (["uninstall", "vscode", "--config-dir", ""], ["no folder ''"]),
    (["install", "jupyter", "--config-dir", ""], ["no folder ''"]),
    (["install", "vscode", "--config-dir", "none"], ["no folder 'none': vscode makes its folder when it first starts"]),
    (["uninstall", "jupyter", "--config-dir", "none"], ["no folder 'none'"]),
    (["install", "--force"], ["name an editor: pycharm, intellij, "]),
    (["uninstall"], ["name an editor, or give --all"]),
    (["install", "--all", "vscode"], ["--all means every editor found: name no editor and no folder"]),
    (["install", "vscode", "--only", "sed,,"], ["no vscode", "unknown snippet 'sed': did you mean 'se", "--only"]),
    (
        ["install", "zed", "--set", "module=seeding as s"],
        [
            "no zed",
            "module must be the name of a module, such as seeding, utils.seeding or .seeding, got 'seeding as s'",
        ],
    ),
    (["install", "zed", "--only", "seed", "--all-snippets"], ["no zed", "--only and --all-snippets are opposites"]),
]


@pytest.mark.parametrize(("arguments", "problems"), BAD_INPUT)
def test_bad_input(arguments: list[str], problems: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything wrong is reported at once with the value in repr; exit code 2; nothing is written."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == len(problems)
    for line, problem in zip(lines, problems, strict=True):
        assert line.startswith(f"seedblock: {problem}")
    assert list(home.iterdir()) == []


def test_a_file_where_a_folder_should_be(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, the path is named, and neither of two editors is changed."""
    make("vscode")
    zed = make("zed")
    (zed / "snippets").write_bytes(FOREIGN)
    before = tree(home)
    assert main(["install", "vscode", "zed"]) == 2
    assert capsys.readouterr().err.startswith(f"seedblock: cannot read or write {str(zed / 'snippets')!r}"[:-1])
    assert tree(home) == before


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that even root cannot write is Linux's")
def test_a_folder_that_cannot_be_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, the path is named, and there is no traceback."""
    assert main(["install", "vscode", "--config-dir", "/proc"]) == 2
    assert capsys.readouterr().err.startswith("seedblock: cannot read or write '/proc/snippets")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text(home: Path, tmp_path: Path) -> None:
    """A folder whose name is not UTF-8 works, and is printed with its own bytes."""
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    Path(folder).mkdir()
    result = subprocess.run(
        [sys.executable, "-m", "seedblock", "install", "zed", "--config-dir", folder],
        env=environment(**variables_of(home)),
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"/\xff/snippets/python.json\nzed: " in result.stdout


def test_an_older_versions_file_is_updated(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that an earlier version installed, with other code, is replaced without --force."""
    from seedblock.rendering import sources

    path = make("vscode") / "snippets" / "seedblock.code-snippets"
    templates = read_templates(find_templates())
    older = {name: text.replace("import random", "import  random") for name, text in templates.items()}
    with monkeypatch.context() as patched:
        patched.setattr(sources, "read_templates", lambda folder: older)
        patched.setattr(install_plan, "render_catalog", RENDER_CATALOG)
        assert main(["install", "vscode"]) == 0
    assert b"import  random" in path.read_bytes()
    assert main(["install", "vscode"]) == 0
    assert path.read_bytes() == (SNIPPETS / "vscode/seedblock.code-snippets").read_bytes()


# What the version before wrote, which had a file of each kind too, and chose the same fields.
BEFORE = {
    "pycharm": ["templates/seedblock.xml", "fileTemplates/Reproducible training script.py"],
    "vscode": ["snippets/seedblock.code-snippets"],
    "jupyter": [f"snippets/seedblock/{name}.py" for name in ("seed", "seedloader", "seedgone")]
    + [f"metadata/code-snippets/seedblock-{name}.json" for name in ("seed", "seedloader", "seedgone")],
}


def write_as_before(
    name: str, folder: Path, home: Path, settings: dict[str, str], only: list[str]
) -> dict[Path, bytes]:
    """Put files and a list of installed files there as the version before would have, with code of its own."""
    files = {folder / path: f"def seeded_loader(): ...  # {path}\n".encode() for path in BEFORE[name]}
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    state = state_folder()
    assert state is not None
    assert state.is_relative_to(home)
    state.mkdir(parents=True)
    listed = {
        str(path): {
            "owner": name,
            "folder": str(folder),
            "digests": [hashlib.sha256(content).hexdigest()],
            "settings": settings,
            "only": only,
            "kept": [],
        }
        for path, content in files.items()
    }
    (state / "installed.json").write_text(json.dumps(listed, indent=1), encoding="utf-8")
    return files


@pytest.mark.parametrize("name", BEFORE)
@pytest.mark.parametrize("chosen", [False, True], ids=["all", "chosen"])
def test_the_snippets_of_the_version_before_are_taken_away(
    name: str, chosen: bool, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their text is replaced without --force, files that are no longer written go, and --set and --only are kept."""
    folder = make(name, *VERSIONS.get(name, []))
    settings, only = {"seed_value": "7"} if chosen else {}, ["seed", "seedgone", "seedloader"] if chosen else []
    before = write_as_before(name, folder, home, settings, only)
    assert main(["install", name]) == 0
    captured = capsys.readouterr()
    gone = f"seedblock: {name}: dropping the earlier '--only seedgone', which this version does not know\n"
    assert captured.err == gone * chosen
    kept = f"{name}: --set seed_value=7 --only seed,seedloader, as chosen before in {folder}; --all-snippets adds "
    assert captured.out.startswith(kept) == chosen
    names = ["seed", "seedloader"] if chosen else list(editor_samples.SNIPPETS)
    entries = apply(Settings(tuple(settings.items()), tuple(names)), CATALOG)
    codes = {file.path: file.text for file in RENDER_CATALOG(entries)}
    cells = {file.path: file.text for file in notebooks.jupyter(RENDER_CATALOG(entries), entries)}
    wanted = match_files(EDITORS[name].files, {*codes, *cells, *(f"elyra/{one}.json" for one in names)})
    assert tree(folder).keys() == wanted.keys(), "old files are gone, new ones are there"
    for path, source in wanted.items():
        text = (folder / path).read_text(encoding="utf-8")
        assert "def seeded_loader(): ..." not in text
        assert source.startswith("elyra/") or text == {**codes, **cells}[source]
    for old in before:
        verb = "changed" if old.relative_to(folder).as_posix() in wanted else "removed"
        assert f"{verb}: {old}\n" in captured.out
    assert main(["install", name]) == 0
    assert capsys.readouterr().err == ""
    assert main(["uninstall", name]) == 0
    assert everything(home) == set()


def test_what_was_changed_since_the_version_before(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of an earlier version that its user changed stays, whether this version writes it or not."""
    folder = make("jupyter")
    before = write_as_before("jupyter", folder, home, {}, [])
    mine = [path for path in before if path.suffix == ".py"]
    for path in mine:
        path.write_bytes(FOREIGN)
    assert main(["install", "jupyter"]) == 1
    said = capsys.readouterr().err
    for path in mine:
        assert path.read_bytes() == FOREIGN
        assert f"{str(path)!r} is not as seedblock wrote it" in said
    assert not (folder / "metadata/code-snippets/seedblock-seedgone.json").exists()


def test_the_module_is_a_setting(home: Path) -> None:
    """A module in a package is set once: every use imports from it, and later runs keep it."""
    path = make("vscode") / "snippets" / "seedblock.code-snippets"
    for options in (["--set", "module=utils.seeding"], []):
        assert main(["install", "vscode", *options]) == 0
        text = path.read_text(encoding="utf-8")
        for name, snippet in editor_samples.SNIPPETS.items():
            code = expand_snippet(text, name).splitlines()[snippet.form == FILE :]
            plain = snippet.code.replace("from seeding import", "from utils.seeding import")
            assert code == plain.splitlines()[snippet.form == FILE :]


def prepare() -> tuple[Path, dict[str, set[bytes]]]:
    """Make three editors' folders with the user's files in them; return home and what each file of ours may hold."""
    home = Path.home()
    folders = [make("pycharm", "PyCharm2025.3"), make("vscode"), make("neovim")]
    for folder in folders:
        for name in ("mine.xml", "templates/mine.xml", "snippets/python.json", "snippets/mine.code-snippets"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(FOREIGN)
    wholes: dict[str, set[bytes]] = {}
    before = tree(home)
    for seed in ("1", "2"):
        assert main(["install", "pycharm", "vscode", "neovim", "--set", f"seed_value={seed}"]) == 0
        for name, content in tree(home).items():
            wholes.setdefault(name, set()).add(content)
    assert main(["uninstall", "pycharm", "vscode", "neovim"]) == 0
    assert tree(home) == before
    return home, wholes


def test_killed_at_any_moment(home: Path, tmp_path: Path) -> None:
    """After a kill at a write the user's files are unchanged, ours whole or absent; the next run completes it."""
    kill_installs(tmp_path, 17)


@pytest.mark.slow
def test_killed_at_every_moment(home: Path, tmp_path: Path) -> None:
    """The same, at each call."""
    assert kill_installs(tmp_path, 1) > 50


def kill_installs(folder: Path, stride: int) -> int:
    home = Path.home()
    _, wholes = prepare()
    before = tree(home)
    install, uninstall = ["install", "pycharm", "vscode", "neovim"], ["uninstall", "pycharm", "vscode", "neovim"]
    strays, stages, kills = 0, set[int](), 0
    for start, command in (
        (uninstall, [*install, "--set", "seed_value=1"]),
        ([*install, "--set", "seed_value=1"], [*install, "--set", "seed_value=2"]),
        ([*install, "--set", "seed_value=2"], uninstall),
    ):
        for moment in count(1, stride):
            assert main(start) == 0
            done = run_until_killed(moment, *command, cwd=folder, variables=variables_of(home))
            after = tree(home)
            assert {name: after[name] for name in before} == before
            stages.add(len(after.keys() & wholes.keys()))
            for name, content in after.items():
                if name in wholes:
                    assert content in wholes[name], name
                else:
                    strays += 1
            if done:
                break
            kills += 1
    assert strays, "no kill came between the first byte and the last: this test has seen nothing"
    assert {len(before), len(wholes)} < stages
    assert main(install) == 0
    assert tree(home).keys() == wholes.keys()
    assert main(uninstall) == 0
    assert tree(home) == before
    return kills


INSTALL_OFTEN = """
import sys
from seedblock.cli import main
for _ in range(5):
    for command in (["install", "--set", f"seed_value={sys.argv[1]}"], ["uninstall"]):
        assert main([command[0], "pycharm", "vscode", "neovim", *command[1:]]) == 0
assert main(["install", "pycharm", "vscode", "neovim", "--set", f"seed_value={sys.argv[1]}"]) == 0
"""


def test_at_the_same_moment(home: Path, tmp_path: Path) -> None:
    """Three runs that install and uninstall at once all succeed; our files end up whole, the user's unchanged."""
    _, wholes = prepare()
    before = tree(home)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", INSTALL_OFTEN, seed],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(**variables_of(home)),
            cwd=tmp_path,
        )
        for seed in ("1", "2", "1")
    ]
    for process in processes:
        said = process.communicate()[1].splitlines()
        assert process.returncode == 0
        assert set(said) <= {b"waiting for another `seedblock install` or `uninstall` to end"}
    after = tree(home)
    assert after.keys() == wholes.keys()
    assert {name: after[name] for name in before} == before
    assert all(after[name] in contents for name, contents in wholes.items())
