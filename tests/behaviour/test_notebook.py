"""Snippets as notebook cells, run by nbclient in a new kernel, as in JupyterLab."""

import json
from pathlib import Path

import pytest

from tests.support.editor_samples import GIVEN, SNIPPETS
from tests.support.processes import run

# Runs the cells given on stdin and prints the output of each.
EXECUTE = """
import json, sys, nbformat
from nbclient import NotebookClient
cells = [nbformat.v4.new_code_cell(code) for code in json.load(sys.stdin)]
done = NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=120, kernel_name="python3").execute()
print(json.dumps(["".join(output.get("text", "") for output in cell.outputs) for cell in done.cells]))
"""
NAMES = ["seed", "seedall", "seedscope", "seedprint"]
DIGEST = SNIPPETS["seedprint"].code.splitlines()[-1]


def printed(cells: list[str], cwd: Path) -> list[str]:
    result = run("-c", EXECUTE, cwd=cwd, text=json.dumps(cells), variables={"JUPYTER_PLATFORM_DIRS": "1"})
    assert result.returncode == 0, result.stderr
    outputs: list[str] = json.loads(result.stdout.splitlines()[-1])
    return outputs


@pytest.mark.slow
def test_cells_repeat(tmp_path: Path) -> None:
    """The module and four snippets, inserted as they are, run as cells, and two kernels print the same digest of a fresh
    model.

    The control: a model made once more, without a seed before it, has another one.
    """
    seed, seedall, seedscope, seedprint = (SNIPPETS[name].code for name in NAMES)
    scope = f"{seedscope}    print(torch.rand(3).tolist())\n"
    cells = [seed, GIVEN, seedall, "model = torch.nn.Linear(2, 1)", scope, seedprint, GIVEN, DIGEST]
    module = f"%%writefile seeding.py\n{SNIPPETS['seedmodule'].code}"
    first, second = (printed([module, *cells], tmp_path)[1:] for _ in range(2))
    assert first[:6] == second[:6]
    assert first[4] != ""
    assert len(first[5].strip()) == len(first[7].strip()) == 16
    assert first[5] != first[7]
