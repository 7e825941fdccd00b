"""Snippets for notebooks: what Elyra reads, and Colab's notebook, whose cells are run."""

import ast
import json
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

from seedblock.editors.archives import notebooks
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import FILE, stem
from seedblock.rendering.product import render_catalog
from tests.support.editor_samples import SNIPPETS

RENDERED = render_catalog(CATALOG)
NOTEBOOK = nbformat.reads(notebooks.colab(RENDERED, CATALOG).decode(), as_version=4)


CELLS = {
    name: (f"%%writefile {stem(snippet)}.py\n" if snippet.form == FILE else "") + snippet.plain
    for name, snippet in SNIPPETS.items()
}


def test_cells() -> None:
    """Each file has the text of a cell: the plain code, and for a whole file the magic that writes it."""
    files = {file.path: file.text for file in notebooks.jupyter(RENDERED, CATALOG)}
    assert files == {f"jupyter/{name}.py": cell for name, cell in CELLS.items()}
    assert {name for name, cell in CELLS.items() if cell.startswith("%%")} == {"seedmodule", "seedtrain"}


def test_elyra() -> None:
    """Each file has what Elyra's schema requires, and its lines are those of the cell."""
    files = {file.path: json.loads(file.text) for file in notebooks.elyra(RENDERED, CATALOG)}
    assert files.keys() == {f"elyra/{name}.json" for name in SNIPPETS}
    for name in SNIPPETS:
        file = files[f"elyra/{name}.json"]
        assert file["schema_name"] == "code-snippet"
        assert file["display_name"].startswith(f"{name}: ")
        assert file["metadata"]["language"] == "Python"
        assert "\n".join(file["metadata"]["code"]) + "\n" == CELLS[name]


def test_colab() -> None:
    """The notebook is valid, and has a heading and a cell for each snippet.

    Whole files come first, as other cells import from them; otherwise the order is the catalogue's.
    """
    nbformat.validate(NOTEBOOK)
    texts, codes = NOTEBOOK.cells[::2], NOTEBOOK.cells[1::2]
    files = [entry for entry in CATALOG if entry.form == FILE]
    ordered = [*files, *(entry for entry in CATALOG if entry not in files)]
    assert ordered[0].abbreviation == "seedmodule"
    for entry, text, code in zip(ordered, texts, codes, strict=True):
        assert text.source.splitlines()[0] == f"# {entry.abbreviation}: {entry.title}"
        assert entry.description in text.source
        assert code.source + "\n" == CELLS[entry.abbreviation]


@pytest.mark.parametrize("name", ["seedmodule", "seedtrain"])
def test_the_cell_of_a_whole_file_writes_it(name: str) -> None:
    """IPython reads the cell as an order to write the file, byte for byte, although a notebook's last line has no end."""
    cell = next(cell.source for cell in NOTEBOOK.cells if cell.id == name)
    assert not cell.endswith("\n")
    (statement,) = ast.parse(TransformerManager().transform_cell(cell)).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    written = [ast.literal_eval(argument) for argument in statement.value.args]
    assert written == ["writefile", f"{stem(SNIPPETS[name])}.py", SNIPPETS[name].plain]


DRAW = "import hashlib, torch; print(hashlib.sha256(torch.rand(9).numpy().tobytes()).hexdigest())"
CALL = "seed_everything(2020)\nwith seed_scope(7):\n    print(fingerprint(torch.rand(9)))"


@pytest.mark.slow
def test_cells_of_a_notebook_repeat(tmp_path: Path) -> None:
    """seed, seedall, seedscope and seedprint, as cells of a notebook that is run twice, print the same digests.

    A use imports from the file that the cell of the module has written; a block of its own prints the same.
    """
    uses, blocks = (
        ["seedmodule", "seedall", "seedscope", "seedprint"],
        ["seedall", "seedscope_block", "seedprint_block"],
    )
    printed = []
    for number, names in enumerate([["seed"], ["seed"], uses, uses, blocks, []]):
        sources = [*(CELLS[name] for name in names), CALL if "seedall" in names else "", DRAW]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        (folder := tmp_path / str(number)).mkdir()
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
        lines = [output.text for cell in notebook.cells for output in cell.outputs if "text" in output]
        printed.append([line for line in lines if not line.startswith("Writing ")])
    assert printed[0] == printed[1] != printed[5]
    assert printed[2] == printed[3] == printed[4]
    assert len(printed[2]) == 2
    assert (tmp_path / "2/seeding.py").read_bytes() == SNIPPETS["seedmodule"].plain.encode()
