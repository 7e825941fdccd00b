"""The pages that VS Code and the marketplaces show of the .vsix: its readme and its changelog."""

from collections.abc import Iterable

from seedblock.editors.archives.listing import DESCRIPTION, REPOSITORY
from seedblock.editors.archives.vscode_tab import SETTING
from seedblock.rendering.model import Entry

PICTURE = ".github/pictures/vscode-offered.png"  # its path in the repository


def readme(entries: Iterable[Entry], version: str) -> str:
    """Make the readme. Its picture is that of this version's tag: a later one may show other snippets."""
    rows = "".join(f"| `{entry.abbreviation}` | {entry.description} |\n" for entry in entries)
    return (
        f"# seedblock\n\n{DESCRIPTION}.\n\n"
        f"![VS Code offers the snippets while you type seed]({REPOSITORY}/raw/v{version}/{PICTURE})\n\n"
        f"| abbreviation | what it inserts |\n|---|---|\n{rows}\n"
        "Type an abbreviation in a Python file and press Tab. If your script has a name like the abbreviation, VS Code lists\n"
        "that first; so that Tab inserts the snippet there too, this extension binds Tab in Python files and sets:\n\n"
        f"```json\n{SETTING}\n```\n\n"
        'With that, Enter behind a whole word starts a line. If you prefer other values, put them into `"[python]"` in your\n'
        "settings.\n"
    )


def changes(entries: Iterable[Entry], version: str) -> str:
    """Make the changelog: the snippets of this version."""
    rows = "".join(f"- `{entry.abbreviation}`: {entry.title}\n" for entry in entries)
    return f"# Changes\n\n## {version}\n\nThis version has:\n\n{rows}"
