"""Where each editor keeps snippets: a pure function of the platform, the environment and the home folder.

The rules are those of each editor's own sources, not the system's: on macOS, VS Code and PyCharm ignore the XDG
variables that Neovim and code-server obey, and Zed uses ~/.config.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath, PurePosixPath
from typing import NamedTuple

from seedblock.editors.archives.vscode_tab import KEY, SETTING


class Machine(NamedTuple):
    """Everything that decides where an editor looks. `platform` is as in sys.platform."""

    platform: str
    environment: Mapping[str, str]
    home: PurePath


class Folder(NamedTuple):
    """Where an editor keeps its files: in `path` or, with `names`, in each folder in `path` whose whole name matches.

    With `sign`, the editor is installed if that exists, and `path` may not exist yet.
    """

    path: PurePath
    names: str = ""
    sign: PurePath | None = None


class Editor(NamedTuple):
    """A program that reads a target.

    `files` maps a path below each of its folders to a rendered file; `{}` stands for the same text in both, for
    each rendered file that matches. `next` says how to use the snippets, `restarts` that they are read only when the
    program starts, `merge` what to do if the user has a file of the same name, and `missing` if there is no folder.
    """

    name: str
    folders: Callable[[Machine], tuple[Folder, ...]]
    files: Mapping[str, str]
    next: str
    restarts: bool = False
    merge: str = ""
    missing: str = "start it once"


def makes_its_folder_later(editor: Editor) -> bool:
    """Tell whether the editor reads a folder that may not exist yet: one with a `sign`, on any machine."""
    return any(folder.sign for folder in editor.folders(Machine("linux", {}, PurePosixPath("/"))))


def match_files(files: Mapping[str, str], rendered: Iterable[str]) -> dict[str, str]:
    """Map each path below an editor's folder to the rendered file that goes there."""
    rendered = list(rendered)
    found: dict[str, str] = {}
    for path, source in files.items():
        pattern = re.compile(re.escape(source).replace(r"\{\}", "([^/]+)"))
        matches = [match for match in map(pattern.fullmatch, rendered) if match]
        found |= {path.format(*match.groups()): match[0] for match in matches}
    return found


def _variable(machine: Machine, name: str, *default: str) -> PurePath:
    """The folder in an environment variable if it is absolute, as the XDG specification says; else one below home."""
    path = type(machine.home)(machine.environment.get(name, ""))
    return path if path.is_absolute() else machine.home.joinpath(*default)


def _config(machine: Machine) -> PurePath:
    if machine.platform == "win32":
        return _variable(machine, "APPDATA", "AppData", "Roaming")
    if machine.platform == "darwin":
        return machine.home / "Library" / "Application Support"
    return _variable(machine, "XDG_CONFIG_HOME", ".config")


def _local(machine: Machine, xdg_name: str, *default: str) -> PurePath:
    """The folder of a program that obeys XDG on every system, and uses %LOCALAPPDATA% on Windows."""
    if machine.platform != "win32":
        return _variable(machine, xdg_name, *default)
    local = _variable(machine, "LOCALAPPDATA", "AppData", "Local")
    return _variable(machine._replace(home=local), xdg_name)


def _jetbrains(products: str) -> Callable[[Machine], tuple[Folder, ...]]:
    return lambda machine: (Folder(_config(machine) / "JetBrains", rf"({products})\d{{4}}\.\d+"),)


def _user(folder: PurePath) -> tuple[Folder, ...]:
    """VS Code's user folder, and one for each other profile."""
    return Folder(folder / "User"), Folder(folder / "User" / "profiles", r"[^.].*")


def _code(*products: str) -> Callable[[Machine], tuple[Folder, ...]]:
    return lambda machine: tuple(folder for product in products for folder in _user(_config(machine) / product))


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


def _jupyter(machine: Machine) -> tuple[Folder, ...]:
    """Jupyter's data folder by the rules of jupyter_core.paths, without JUPYTER_PLATFORM_DIRS."""
    configuration = _variable(machine, "JUPYTER_CONFIG_DIR", ".jupyter")
    default = _variable(machine, "XDG_DATA_HOME", ".local", "share") / "jupyter"
    if machine.platform == "darwin":
        default = machine.home / "Library" / "Jupyter"
    if machine.platform == "win32":
        default = _config(machine) / "jupyter"
    return (Folder(_variable(machine, "JUPYTER_DATA_DIR", str(default)), sign=configuration),)


def _emacs(machine: Machine) -> tuple[Folder, ...]:
    """Both folders of startup.el: Emacs uses the second if the first does not exist. On Windows, HOME is %APPDATA%."""
    home = _config(machine) if machine.platform == "win32" else machine.home
    home = _variable(machine._replace(home=home), "HOME")
    return Folder(home / ".emacs.d"), Folder(_variable(machine, "XDG_CONFIG_HOME", str(home / ".config")) / "emacs")


def _vim(machine: Machine) -> tuple[Folder, ...]:
    """The user's folder in Vim's default runtimepath, which Vim does not make; Vim 9.1.327 may use the second instead."""
    if machine.platform == "win32":
        home = _variable(machine, "HOME")
        return (Folder(home / "vimfiles", sign=home / "_vimrc"),)
    folder = Folder(machine.home / ".vim", sign=machine.home / ".vimrc")
    return folder, Folder(_variable(machine, "XDG_CONFIG_HOME", ".config") / "vim")


LIVE_TEMPLATES = "templates/seedblock.xml"
_JETBRAINS_FILES = {
    LIVE_TEMPLATES: "pycharm/seedblock.xml",
    "fileTemplates/{}.py": "pycharm/fileTemplates/{}.py.ft",
}
_JETBRAINS_NEXT = "type seed in a Python file and press Tab"

_CODE_FILES = {"snippets/seedblock.code-snippets": "vscode/seedblock.code-snippets"}
_CODE_NEXT = f"""type seed in a Python file and press Tab
  If the script has a name seed, VS Code may list that first: press Down before Tab, or, so that Tab alone does it, add
  to your settings ("Preferences: Open User Settings (JSON)")
    {SETTING}
  and to your keys ("Preferences: Open Keyboard Shortcuts (JSON)")
    {KEY}"""

# Neovim adds the folders in pack/*/start to its runtimepath, which snippet plugins search.
_NEOVIM_FOLDER = "site/pack/seedblock/start/seedblock"

_JUPYTER_FILES = {
    "snippets/seedblock/{}.py": "jupyter/{}.py",
    "metadata/code-snippets/seedblock-{}.json": "elyra/{}.json",
}

EDITORS = {
    editor.name: editor
    for editor in (
        Editor("pycharm", _jetbrains("PyCharm|PyCharmCE"), _JETBRAINS_FILES, _JETBRAINS_NEXT, restarts=True),
        Editor("intellij", _jetbrains("IntelliJIdea|IdeaIC"), _JETBRAINS_FILES, _JETBRAINS_NEXT, restarts=True),
        Editor("dataspell", _jetbrains("DataSpell"), _JETBRAINS_FILES, _JETBRAINS_NEXT, restarts=True),
        Editor("vscode", _code("Code"), _CODE_FILES, _CODE_NEXT),
        Editor("vscode-insiders", _code("Code - Insiders"), _CODE_FILES, _CODE_NEXT),
        Editor("vscodium", _code("VSCodium"), _CODE_FILES, _CODE_NEXT),
        Editor("cursor", _code("Cursor"), _CODE_FILES, _CODE_NEXT),
        Editor("windsurf", _code("Windsurf"), _CODE_FILES, _CODE_NEXT),
        Editor("positron", _code("Positron"), _CODE_FILES, _CODE_NEXT),
        Editor("antigravity", _code("Antigravity IDE", "Antigravity"), _CODE_FILES, _CODE_NEXT),
        Editor("kiro", _code("Kiro"), _CODE_FILES, _CODE_NEXT),
        Editor("trae", _code("Trae", "Trae CN"), _CODE_FILES, _CODE_NEXT),
        Editor("code-server", _code_server, _CODE_FILES, _CODE_NEXT),
        Editor(
            "zed",
            _zed,
            {"snippets/python.json": "zed/python.json"},
            "type seed in a Python file and press Tab",
            merge="Zed reads one file per language: add the output of `seedblock show NAME --target zed` by hand, or"
            " install the extension that `seedblock bundle` writes",
        ),
        Editor(
            "neovim",
            _neovim,
            {f"{_NEOVIM_FOLDER}/{name}": name for name in ("package.json", "snippets/python.json")},
            "type seed in a Python file and expand it. LuaSnip's from_vscode and mini.snippets' from_lang find the"
            " folder; blink.cmp needs it in search_paths, lazy.nvim as a plugin { dir = ... }",
            restarts=True,
        ),
        Editor(
            "jupyter",
            _jupyter,
            _JUPYTER_FILES,
            "in a cell, type %load and the path of a file; or use JupyterLab's list of snippets, with the extension"
            " jupyterlab-snippets or Elyra's",
        ),
        Editor(
            "emacs",
            _emacs,
            {"snippets/python-mode/seedblock/{}": "emacs/python-mode/{}"},
            "with the package yasnippet and M-x yas-global-mode, type seed in a Python file and press TAB. If Emacs is"
            " running, M-x yas-reload-all comes first\n"
            "  If nothing happens in python-ts-mode (Emacs 29, or yasnippet 0.14.0), put the line python-mode into"
            " snippets/python-ts-mode/.yas-parents",
        ),
        Editor(
            "vim",
            _vim,
            {"UltiSnips/python_seedblock.snippets": "vim/python_seedblock.snippets"},
            "with the plugin UltiSnips, type seed in a Python file and press Tab; Ctrl-J goes to the next field. Vim"
            " before 9.1.327 does not read ~/.config/vim",
            restarts=True,
            missing="make that folder",
        ),
    )
}

# Other names that users type, in lower case and without punctuation.
_OTHER_NAMES = {
    "code": "vscode",
    "visualstudiocode": "vscode",
    "codeinsiders": "vscode-insiders",
    "insiders": "vscode-insiders",
    "codium": "vscodium",
    "antigravityide": "antigravity",
    "traecn": "trae",
    "nvim": "neovim",
    "idea": "intellij",
    "intellijidea": "intellij",
    "pycharmce": "pycharm",
    "pycharmcommunity": "pycharm",
    "pycharmpro": "pycharm",
    "pycharmprofessional": "pycharm",
    "jupyterlab": "jupyter",
    "jupyternotebook": "jupyter",
    "notebook": "jupyter",
    "yasnippet": "emacs",
    "gvim": "vim",
    "ultisnips": "vim",
}


def editor_name(word: str) -> str:
    """Return the name in EDITORS that a user means by `word`, or `word` if there is none."""
    plain = re.sub(r"[\W_]", "", word).lower()
    return _OTHER_NAMES.get(plain) or next((name for name in EDITORS if name.replace("-", "") == plain), word)


# VS Code and its forks read this file in the project that is open, so a team can share it.
WORKSPACE_FILES = {".vscode/seedblock.code-snippets": "vscode/seedblock.code-snippets"}
READ_WORKSPACES = frozenset(name for name, editor in EDITORS.items() if editor.files is _CODE_FILES)
