"""Update the blocks in the docs that show a file or a command's output: `python -m tools.blocks`."""

import re
from pathlib import Path

from tests.support.processes import ROOT, run

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

# <!-- name --> on the line before a fenced block says what the block must show: a file, or the output of `seedblock ...`.
BLOCK = re.compile(r"(<!-- (snippets/[^\n]+|seedblock[^\n]*) -->\n```\w*\n)(.*?)(```\n)", re.DOTALL)


def shown(page: Path) -> dict[str, str]:
    """Map the name of each block on a page to its text."""
    return {name: text for _, name, text, _ in BLOCK.findall(page.read_text(encoding="utf-8"))}


def meant(name: str) -> str:
    """Return what the block `name` must show. A command prints it as on a terminal of 80 columns."""
    if not name.startswith("seedblock"):
        return (ROOT / name).read_text(encoding="utf-8")
    result = run("-m", *name.split(), cwd=ROOT, variables={"COLUMNS": "80"})
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def main() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(BLOCK.sub(lambda m: m[1] + meant(m[2]) + m[4], text), encoding="utf-8")


if __name__ == "__main__":
    main()
