"""Notebooks: their code cells run in order, and messages name the cell."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.watched import Place, place

TRAINING = (
    "import torch\nnet = torch.nn.Linear(4, 1)\noptimizer = torch.optim.SGD(net.parameters(), lr=0.1)",
    "",
    "for step in range(5):\n    net(NOISE).sum().backward()\n    optimizer.step()",
)


def notebook(cells: Sequence[str], language: str = "python") -> str:
    """Write a notebook with a text cell on top, with no more than the format requires."""
    text = {"cell_type": "markdown", "metadata": {}, "source": "text", "id": "text"}
    code = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": cell,
            "outputs": [],
            "execution_count": None,
            "id": f"cell{number}",
        }
        for number, cell in enumerate(cells)
    ]
    kernel = {"kernelspec": {"name": "any", "display_name": "any", "language": language}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [text, *code]})


def twice(at: Place, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a.ipynb twice, without the startup files and settings that the user of these tests has for IPython."""
    return at.run("twice", "--", "a.ipynb", *words, IPYTHONDIR=str(at.folder.parent / "ipython"))


def test_a_failing_cell_is_named(tmp_path: Path) -> None:
    """What cells print is shown. An error names the cell as In [n] counts it, and no process of the kernel is left."""
    at = place(tmp_path)
    at.write(notebook(["print('one')", "", "1 / 0"]), "a.ipynb")
    result = twice(at)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("one\na.ipynb, cell 2: ZeroDivisionError: division by zero\n"), result
    assert result.stderr.endswith("seedblock: run 1 ended with exit code 1 after 0 steps\n")
    assert at.left() == []


@pytest.mark.slow
def test_training_in_a_notebook(tmp_path: Path) -> None:
    """Batches and steps of a notebook are recorded like those of a script, and the cell of the first difference is named."""
    at = place(tmp_path)
    at.write(
        notebook(["import torch\ntorch.manual_seed(1)", *TRAINING]).replace("NOISE", "torch.rand(2, 4)"), "a.ipynb"
    )
    result = twice(at)
    assert (result.returncode, result.stdout.startswith("identical: 5 steps")) == (0, True), result
    noise = "torch.rand(2, 4) + int.from_bytes(__import__('os').urandom(4), 'big')"
    at.write(notebook(["import torch\ntorch.manual_seed(1)", *TRAINING]).replace("NOISE", noise), "a.ipynb")
    result = twice(at)
    assert (result.returncode, "at step 0 in cell 3" in result.stdout.splitlines()[0]) == (1, True), result
    assert "Traceback" not in result.stderr
    assert at.left() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("imports", "noise", "code", "said"),
    [
        ("", "torch.rand(2, 4)", 0, "identical: 5 steps"),
        (
            "import random",
            "torch.rand(2, 4) * random.random()",
            1,
            "random is never seeded: it is first drawn from at cell 3, line 2;",
        ),
    ],
    ids=["kernel", "cell"],
)
def test_draws_of_the_kernel(imports: str, noise: str, code: int, said: str, tmp_path: Path) -> None:
    """Draws of a starting kernel (IPython draws a tip to show) do not count as the notebook's; draws of a cell do."""
    at = place(tmp_path)
    at.write(notebook([f"import torch\ntorch.manual_seed(1)\n{imports}", *TRAINING]).replace("NOISE", noise), "a.ipynb")
    startup = tmp_path / "ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "draws.py").write_text("import random\nrandom.random()\n", encoding="utf-8")
    result = twice(at)
    assert (result.returncode, said in result.stdout, "random" in result.stdout) == (code, True, bool(code)), result


@pytest.mark.parametrize(
    ("text", "words", "problem"),
    [
        ("{}", [], "a.ipynb is not a notebook"),
        pytest.param("no JSON", [], "a.ipynb is not a notebook", marks=pytest.mark.slow),
        pytest.param(
            notebook(["1"], "R"),
            [],
            "a.ipynb is a notebook in 'R': only Python notebooks can be run",
            marks=pytest.mark.slow,
        ),
        (notebook(["1"]), ["--epochs", "1"], "a notebook takes no arguments, got '--epochs 1'"),
    ],
)
def test_what_is_no_notebook(text: str, words: list[str], problem: str, tmp_path: Path) -> None:
    """A file that cannot be run as a notebook ends with exit code 2 and a message that says why."""
    at = place(tmp_path)
    at.write(text, "a.ipynb")
    result = twice(at, *words)
    assert result.returncode == 2
    assert problem in result.stderr
