"""Snippets for notebooks: what Elyra reads, and Colab's notebook, whose cells are run."""

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from seedblock.editors.archives import notebooks
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.product import render_catalog
from tests.support.editor_samples import SNIPPETS
from tests.support.processes import ROOT

RENDERED = render_catalog(CATALOG)
NOTEBOOK = nbformat.reads(notebooks.colab(RENDERED, CATALOG).decode(), as_version=4)


def test_elyra() -> None:
    """Each file has what Elyra's schema requires, and its lines are those of the plain file."""
    files = {file.path: json.loads(file.text) for file in notebooks.elyra(RENDERED, CATALOG)}
    assert files.keys() == {f"elyra/{name}.json" for name in SNIPPETS}
    for name in SNIPPETS:
        file = files[f"elyra/{name}.json"]
        assert file["schema_name"] == "code-snippet"
        assert file["display_name"].startswith(f"{name}: ")
        assert file["metadata"]["language"] == "Python"
        code = "\n".join(file["metadata"]["code"]) + "\n"
        assert code == (ROOT / f"snippets/python/{name}.py").read_text(encoding="utf-8")


def test_colab() -> None:
    """The notebook is valid, and has a heading and a cell for each snippet, in the catalogue's order."""
    nbformat.validate(NOTEBOOK)
    texts, codes = NOTEBOOK.cells[::2], NOTEBOOK.cells[1::2]
    for entry, text, code in zip(CATALOG, texts, codes, strict=True):
        assert text.source.splitlines()[0] == f"# {entry.abbreviation}: {entry.title}"
        assert entry.description in text.source
        assert code.source + "\n" == SNIPPETS[entry.abbreviation].plain


DRAW = "import hashlib, torch; print(hashlib.sha256(torch.rand(9).numpy().tobytes()).hexdigest())"
CALL = "seed_everything(2020)\nwith seed_scope(7):\n    print(fingerprint(torch.rand(9)))"


@pytest.mark.slow
def test_cells_of_a_notebook_repeat(tmp_path: Path) -> None:
    """seed, seedall, seedscope and seedprint, as cells of a notebook that is run twice, print the same digests."""
    names = ["seedall", "seedscope", "seedprint"]
    printed = []
    for number, cells in enumerate([["seed"], ["seed"], names, names, []]):
        sources = [SNIPPETS[name].plain for name in cells] + [CALL if "seedall" in cells else "", DRAW]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        (folder := tmp_path / str(number)).mkdir()
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
        printed.append([output.text for cell in notebook.cells for output in cell.outputs if "text" in output])
    assert printed[0] == printed[1] != printed[4]
    assert printed[2] == printed[3]
    assert len(printed[2]) == 2
