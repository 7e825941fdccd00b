"""Snippets for notebooks: cells as files, files for Elyra's JupyterLab extension, and a notebook for Colab. Pure.

A cell of a whole file writes it: its first line is a cell magic of IPython's.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from seedblock.errors import VerificationError
from seedblock.rendering.model import FILE, Entry, RenderedFile, stem

NOTEBOOK = "seedblock-colab.ipynb"


def jupyter(rendered: Iterable[RenderedFile], entries: Iterable[Entry]) -> tuple[RenderedFile, ...]:
    """Make a file for each snippet with the text of its cell."""
    return tuple(RenderedFile(f"jupyter/{name}.py", code) for name, code in _cells(rendered, entries).items())


def elyra(rendered: Iterable[RenderedFile], entries: Sequence[Entry]) -> tuple[RenderedFile, ...]:
    """Make a file for each snippet, in Elyra's schema `code-snippet`."""
    codes = _cells(rendered, entries)
    return tuple(
        RenderedFile(
            f"elyra/{entry.abbreviation}.json",
            _json(
                {
                    "display_name": f"{entry.abbreviation}: {entry.title}",
                    "metadata": {
                        "description": entry.description,
                        "language": "Python",
                        "tags": ["pytorch", "seed"],
                        "code": codes[entry.abbreviation].removesuffix("\n").split("\n"),
                    },
                    "schema_name": "code-snippet",
                }
            ),
        )
        for entry in entries
    )


def colab(rendered: Iterable[RenderedFile], entries: Sequence[Entry]) -> bytes:
    """Make the notebook: for each snippet a heading, which Colab lists, and the cell that it inserts.

    Whole files come first, since other snippets import from them.
    """
    codes = _cells(rendered, entries)
    cells = []
    for entry in sorted(entries, key=lambda entry: entry.form != FILE):
        text = f"# {entry.abbreviation}: {entry.title}\n\n{entry.description}"
        cells.append(_cell("markdown", f"{entry.abbreviation}-text", text))
        code = _cell("code", entry.abbreviation, codes[entry.abbreviation].removesuffix("\n"))
        cells.append({**code, "execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    content = _json(notebook).encode()
    if read_cells(content) != codes:
        raise VerificationError(f"{NOTEBOOK} does not hold the code of the snippets; this is a bug in seedblock")
    return content


def read_cells(notebook: bytes) -> Mapping[str, str]:
    """Map the name of each code cell to its code."""
    cells = json.loads(notebook)["cells"]
    return {cell["id"]: "".join(cell["source"]) + "\n" for cell in cells if cell["cell_type"] == "code"}


def _cells(rendered: Iterable[RenderedFile], entries: Iterable[Entry]) -> dict[str, str]:
    codes = {file.path: file.text for file in rendered}
    return {
        entry.abbreviation: (f"%%writefile {stem(entry)}.py\n" if entry.form == FILE else "")
        + codes[f"python/{stem(entry)}.py"]
        for entry in entries
    }


def _cell(kind: str, name: str, text: str) -> dict[str, object]:
    lines = text.split("\n")
    return {"cell_type": kind, "id": name, "metadata": {}, "source": [*(f"{line}\n" for line in lines[:-1]), lines[-1]]}


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
