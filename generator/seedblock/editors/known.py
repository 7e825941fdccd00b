"""Where each editor keeps snippets: a pure function of the platform, its environment and the home folder.

Each editor's own rule, from its own sources, and not the system's: on macOS, VS Code and PyCharm ignore the XDG
variables that Neovim and code-server obey there, and Zed has ~/.config on macOS too.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import NamedTuple


class Machine(NamedTuple):
    """All that decides where an editor looks. `platform` is as in sys.platform."""

    platform: str
    environment: Mapping[str, str]
    home: PurePath


class Folder(NamedTuple):
    """A folder of an editor: `path` itself, or with `names` each folder in it of which the whole name matches.

    Where `sign` is given, the editor is there if that folder is, and `path` may still have to be made.
    """

    path: PurePath
    names: str = ""
    sign: PurePath | None = None


class Editor(NamedTuple):
    """A program that takes a target. `files` maps a path below each of its folders to a rendered file.

    `restarts` says that it reads snippets only when it starts, `hint` how it finds them, `merge` what is left to a user
    who has a file of our name.
    """

    name: str
    folders: Callable[[Machine], tuple[Folder, ...]]
    files: Mapping[str, str]
    restarts: bool = False
    hint: str = ""
    merge: str = ""


def _variable(machine: Machine, name: str, *default: str) -> PurePath:
    """A folder from the environment if it is absolute, as the XDG specification has it; else below home."""
    path = type(machine.home)(machine.environment.get(name, ""))
    return path if path.is_absolute() else machine.home.joinpath(*default)


def _config(machine: Machine) -> PurePath:
    if machine.platform == "win32":
        return _variable(machine, "APPDATA", "AppData", "Roaming")
    if machine.platform == "darwin":
        return machine.home / "Library" / "Application Support"
    return _variable(machine, "XDG_CONFIG_HOME", ".config")


def _local(machine: Machine, xdg_name: str, *default: str) -> PurePath:
    """The folder of a program that obeys XDG everywhere and has %LOCALAPPDATA% on Windows."""
    if machine.platform != "win32":
        return _variable(machine, xdg_name, *default)
    local = _variable(machine, "LOCALAPPDATA", "AppData", "Local")
    return _variable(machine._replace(home=local), xdg_name)


def _jetbrains(machine: Machine) -> tuple[Folder, ...]:
    products = "PyCharm|PyCharmCE|IntelliJIdea|IdeaIC|DataSpell"
    return (Folder(_config(machine) / "JetBrains", rf"({products})\d{{4}}\.\d+"),)


def _user(folder: PurePath) -> tuple[Folder, ...]:
    """VS Code's folder of a user, and one for each further profile."""
    return Folder(folder / "User"), Folder(folder / "User" / "profiles", r"[^.].*")


def _code(product: str) -> Callable[[Machine], tuple[Folder, ...]]:
    return lambda machine: _user(_config(machine) / product)


def _code_server(machine: Machine) -> tuple[Folder, ...]:
    if machine.platform == "win32":
        return _user(_variable(machine, "LOCALAPPDATA", "AppData", "Local") / "code-server" / "Data")
    return _user(_variable(machine, "XDG_DATA_HOME", ".local", "share") / "code-server")


def _zed(machine: Machine) -> tuple[Folder, ...]:
    if machine.platform == "win32":
        return (Folder(_config(machine) / "Zed"),)
    if machine.platform == "darwin":
        return (Folder(machine.home / ".config" / "zed"),)
    flatpak = machine.environment.get("FLATPAK_XDG_CONFIG_HOME")
    return (Folder((machine.home / flatpak if flatpak else _config(machine)) / "zed"),)


def _neovim(machine: Machine) -> tuple[Folder, ...]:
    name = machine.environment.get("NVIM_APPNAME") or "nvim"
    data = _local(machine, "XDG_DATA_HOME", ".local", "share")
    data /= f"{name}-data" if machine.platform == "win32" else name
    return (Folder(data, sign=_local(machine, "XDG_CONFIG_HOME", ".config") / name),)


_CODE_FILES = {"snippets/seedblock.code-snippets": "vscode/seedblock.code-snippets"}

# Neovim loads what is below pack/*/start by itself: the folder is on the runtimepath that snippet plugins search.
_NEOVIM_FOLDER = "site/pack/seedblock/start/seedblock"

EDITORS = {
    editor.name: editor
    for editor in (
        Editor("pycharm", _jetbrains, {"templates/seedblock.xml": "pycharm/seedblock.xml"}, restarts=True),
        Editor("vscode", _code("Code"), _CODE_FILES),
        Editor("vscode-insiders", _code("Code - Insiders"), _CODE_FILES),
        Editor("vscodium", _code("VSCodium"), _CODE_FILES),
        Editor("cursor", _code("Cursor"), _CODE_FILES),
        Editor("windsurf", _code("Windsurf"), _CODE_FILES),
        Editor("code-server", _code_server, _CODE_FILES),
        Editor(
            "zed",
            _zed,
            {"snippets/python.json": "zed/python.json"},
            merge="Zed reads one file for a language: add what `seedblock show NAME --target zed` prints by hand",
        ),
        Editor(
            "neovim",
            _neovim,
            {f"{_NEOVIM_FOLDER}/{name}": name for name in ("package.json", "snippets/python.json")},
            restarts=True,
            hint="LuaSnip's from_vscode and mini.snippets' from_lang find the folder; blink.cmp needs it in search_paths,"
            " lazy.nvim as a plugin { dir = ... }",
        ),
    )
}

# VS Code and its kin read this file in the project that is open: a whole team can share it.
WORKSPACE_FILES = {".vscode/seedblock.code-snippets": "vscode/seedblock.code-snippets"}
READ_WORKSPACES = frozenset(name for name, editor in EDITORS.items() if editor.files is _CODE_FILES)
