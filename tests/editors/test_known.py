"""Where editors keep snippets on each of the three systems, tested on any of them."""

import os
import sys
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import platformdirs.macos
import platformdirs.unix
import pytest

from seedblock.editors.archives.vscode_tab import KEY, SETTING
from seedblock.editors.known import EDITORS, READ_WORKSPACES, Machine, editor_name, match_files
from tests.support.processes import ROOT

LINUX = Machine("linux", {}, PurePosixPath("/home/ann"))
MACOS = Machine("darwin", {}, PurePosixPath("/Users/ann"))
WINDOWS = Machine("win32", {}, PureWindowsPath(r"C:\Users\ann"))
EVERY_XDG = {f"XDG_{name}_HOME": f"/xdg/{name.lower()}" for name in ("CONFIG", "DATA")}
LINUX_XDG, MACOS_XDG = (machine._replace(environment=EVERY_XDG) for machine in (LINUX, MACOS))
APPDATA = {"APPDATA": r"D:\roaming", "LOCALAPPDATA": r"D:\local"}
WINDOWS_MOVED = WINDOWS._replace(environment=APPDATA)
SUPPORT = "/Users/ann/Library/Application Support"

FOLDERS = [
    ("pycharm", LINUX, "/home/ann/.config/JetBrains"),
    ("pycharm", LINUX_XDG, "/xdg/config/JetBrains"),
    ("pycharm", LINUX._replace(environment={"XDG_CONFIG_HOME": "relative"}), "/home/ann/.config/JetBrains"),
    ("pycharm", LINUX._replace(environment={"XDG_CONFIG_HOME": ""}), "/home/ann/.config/JetBrains"),
    ("pycharm", MACOS, f"{SUPPORT}/JetBrains"),
    ("pycharm", MACOS_XDG, f"{SUPPORT}/JetBrains"),
    ("pycharm", WINDOWS, r"C:\Users\ann\AppData\Roaming\JetBrains"),
    ("pycharm", WINDOWS_MOVED, r"D:\roaming\JetBrains"),
    ("intellij", LINUX, "/home/ann/.config/JetBrains"),
    ("dataspell", WINDOWS_MOVED, r"D:\roaming\JetBrains"),
    ("vscode", LINUX, "/home/ann/.config/Code/User"),
    ("vscode", LINUX_XDG, "/xdg/config/Code/User"),
    ("vscode", MACOS_XDG, f"{SUPPORT}/Code/User"),
    ("vscode", WINDOWS, r"C:\Users\ann\AppData\Roaming\Code\User"),
    ("vscode", WINDOWS_MOVED, r"D:\roaming\Code\User"),
    ("vscode-insiders", LINUX, "/home/ann/.config/Code - Insiders/User"),
    ("vscodium", MACOS, f"{SUPPORT}/VSCodium/User"),
    ("cursor", WINDOWS, r"C:\Users\ann\AppData\Roaming\Cursor\User"),
    ("windsurf", LINUX, "/home/ann/.config/Windsurf/User"),
    ("positron", LINUX, "/home/ann/.config/Positron/User"),
    ("positron", WINDOWS, r"C:\Users\ann\AppData\Roaming\Positron\User"),
    ("antigravity", MACOS, f"{SUPPORT}/Antigravity IDE/User"),
    ("antigravity", WINDOWS_MOVED, r"D:\roaming\Antigravity IDE\User"),
    ("kiro", LINUX_XDG, "/xdg/config/Kiro/User"),
    ("trae", MACOS, f"{SUPPORT}/Trae/User"),
    ("code-server", LINUX, "/home/ann/.local/share/code-server/User"),
    ("code-server", LINUX_XDG, "/xdg/data/code-server/User"),
    ("code-server", MACOS, "/Users/ann/.local/share/code-server/User"),
    ("code-server", MACOS_XDG, "/xdg/data/code-server/User"),
    ("code-server", WINDOWS, r"C:\Users\ann\AppData\Local\code-server\Data\User"),
    ("zed", LINUX, "/home/ann/.config/zed"),
    ("zed", LINUX_XDG, "/xdg/config/zed"),
    ("zed", LINUX._replace(environment={"FLATPAK_XDG_CONFIG_HOME": "/flat"}), "/flat/zed"),
    ("zed", MACOS_XDG, "/Users/ann/.config/zed"),
    ("zed", WINDOWS, r"C:\Users\ann\AppData\Roaming\Zed"),
    ("neovim", LINUX, "/home/ann/.local/share/nvim"),
    ("neovim", LINUX_XDG, "/xdg/data/nvim"),
    ("neovim", LINUX._replace(environment={"NVIM_APPNAME": "lazyvim"}), "/home/ann/.local/share/lazyvim"),
    ("neovim", MACOS, "/Users/ann/.local/share/nvim"),
    ("neovim", MACOS_XDG, "/xdg/data/nvim"),
    ("neovim", WINDOWS, r"C:\Users\ann\AppData\Local\nvim-data"),
    ("neovim", WINDOWS._replace(environment={"XDG_DATA_HOME": r"D:\xdg"}), r"D:\xdg\nvim-data"),
    ("jupyter", LINUX, "/home/ann/.local/share/jupyter"),
    ("jupyter", LINUX_XDG, "/xdg/data/jupyter"),
    ("jupyter", MACOS_XDG, "/Users/ann/Library/Jupyter"),
    ("jupyter", WINDOWS, r"C:\Users\ann\AppData\Roaming\jupyter"),
    ("jupyter", WINDOWS_MOVED, r"D:\roaming\jupyter"),
    ("jupyter", MACOS._replace(environment={"JUPYTER_DATA_DIR": "/data"}), "/data"),
    ("emacs", LINUX_XDG, "/home/ann/.emacs.d"),
    ("emacs", MACOS, "/Users/ann/.emacs.d"),
    ("emacs", WINDOWS, r"C:\Users\ann\AppData\Roaming\.emacs.d"),
    ("emacs", WINDOWS_MOVED._replace(environment={**APPDATA, "HOME": r"D:\home"}), r"D:\home\.emacs.d"),
    ("vim", LINUX_XDG, "/home/ann/.vim"),
    ("vim", MACOS, "/Users/ann/.vim"),
    ("vim", WINDOWS, r"C:\Users\ann\vimfiles"),
    ("vim", WINDOWS._replace(environment={"HOME": r"D:\home"}), r"D:\home\vimfiles"),
]


@pytest.mark.parametrize(("name", "machine", "folder"), FOLDERS)
def test_folder(name: str, machine: Machine, folder: str) -> None:
    """Each editor's folder is where its own sources say, with the variables that it obeys and no others."""
    path = EDITORS[name].folders(machine)[0].path
    assert str(path) == folder
    assert type(path) is type(machine.home)


def test_every_editor_is_in_the_table() -> None:
    """A new editor needs a line above."""
    assert {name for name, _, _ in FOLDERS} == EDITORS.keys()


@pytest.mark.parametrize("name", sorted(READ_WORKSPACES))
@pytest.mark.parametrize("machine", [LINUX, MACOS, WINDOWS], ids=["linux", "macos", "windows"])
def test_profiles(name: str, machine: Machine) -> None:
    """VS Code and its forks have another folder for each profile, also where one editor has two products."""
    folders = EDITORS[name].folders(machine)
    assert len(folders) == (4 if name in ("antigravity", "trae") else 2)
    for user, profiles in zip(folders[::2], folders[1::2], strict=True):
        assert (profiles.path, user.names) == (user.path / "profiles", "")


def test_a_product_of_another_name() -> None:
    """Antigravity was one program, and its editor has a folder of its own now; Trae has another name in China."""
    names = {
        name: [folder.path.parts[-2] for folder in EDITORS[name].folders(LINUX)] for name in ("antigravity", "trae")
    }
    assert names["antigravity"][::2] == ["Antigravity IDE", "Antigravity"]
    assert names["trae"][::2] == ["Trae", "Trae CN"]


@pytest.mark.parametrize(
    ("name", "machine", "sign"),
    [
        ("neovim", LINUX, "/home/ann/.config/nvim"),
        ("neovim", WINDOWS, r"C:\Users\ann\AppData\Local\nvim"),
        ("vim", LINUX_XDG, "/home/ann/.vimrc"),
        ("vim", WINDOWS, r"C:\Users\ann\_vimrc"),
    ],
)
def test_known_by_its_configuration(name: str, machine: Machine, sign: str) -> None:
    """Neovim and Vim are found by their configuration, even if the folder for snippets does not exist yet."""
    assert str(EDITORS[name].folders(machine)[0].sign) == sign


@pytest.mark.parametrize(
    ("name", "machine", "folder"),
    [
        ("emacs", LINUX, "/home/ann/.config/emacs"),
        ("emacs", MACOS_XDG, "/xdg/config/emacs"),
        ("emacs", WINDOWS, r"C:\Users\ann\AppData\Roaming\.config\emacs"),
        ("vim", LINUX, "/home/ann/.config/vim"),
        ("vim", MACOS_XDG, "/xdg/config/vim"),
    ],
)
def test_other_folder(name: str, machine: Machine, folder: str) -> None:
    """Emacs and Vim take a folder of the XDG rules if the older one does not exist."""
    assert str(EDITORS[name].folders(machine)[1].path) == folder


def test_base_folders_are_those_of_a_well_kept_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """For editors that follow the system's rules, platformdirs gives the same folder."""
    for name in (*EVERY_XDG, "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    answers: dict[str, PurePath] = {sys.platform: platformdirs.user_config_path(roaming=True)}
    if sys.platform != "win32":
        answers |= {"linux": platformdirs.unix.Unix().user_config_path}
        answers |= {"darwin": platformdirs.macos.MacOS().user_config_path}
    for platform, config in answers.items():
        machine = Machine(platform, os.environ, Path.home())
        assert EDITORS["vscode"].folders(machine)[0].path == config / "Code" / "User"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("VSCode", "vscode"),
        ("VS Code", "vscode"),
        ("code", "vscode"),
        ("Visual Studio Code", "vscode"),
        ("code-insiders", "vscode-insiders"),
        ("codium", "vscodium"),
        ("code_server", "code-server"),
        ("Antigravity IDE", "antigravity"),
        ("Trae CN", "trae"),
        ("PyCharm CE", "pycharm"),
        ("IntelliJ", "intellij"),
        ("IDEA", "intellij"),
        ("DataSpell", "dataspell"),
        ("nvim", "neovim"),
        ("JupyterLab", "jupyter"),
        ("GNU Emacs", "GNU Emacs"),
        ("YASnippet", "emacs"),
        ("gVim", "vim"),
        ("nano", "nano"),
        ("", ""),
    ],
)
def test_names_that_users_type(word: str, name: str) -> None:
    """Case, spaces and dashes make no difference, and other common names work; an unknown name is unchanged."""
    assert editor_name(word) == name


@pytest.mark.parametrize("name", EDITORS)
def test_own_name(name: str) -> None:
    """Each editor's own name means that editor."""
    assert editor_name(name) == name


@pytest.mark.parametrize("name", sorted(READ_WORKSPACES))
def test_tab_in_vscode(name: str) -> None:
    """What to do next has the two lines to add, each on its own line, and so have the docs."""
    docs = (ROOT / "docs/editors.md").read_text(encoding="utf-8")
    for text in (EDITORS[name].next, docs):
        assert {SETTING, KEY} <= {line.strip() for line in text.splitlines()}


def test_match_files() -> None:
    """A pattern takes each rendered file that matches; files that were not rendered are left out."""
    files = {"a/{}.py": "python/{}.py", "b.xml": "pycharm/b.xml", "c": "none"}
    assert match_files(
        files, ["python/one.py", "python/two.py", "python/below/three.py", "pycharm/b.xml", "zed/d"]
    ) == {
        "a/one.py": "python/one.py",
        "a/two.py": "python/two.py",
        "b.xml": "pycharm/b.xml",
    }
