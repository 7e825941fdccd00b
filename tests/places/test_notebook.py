"""The data snippets as cells, below the cell that writes seeding.py, in a real kernel, with workers by each method."""

from pathlib import Path

import pytest

from seedblock.editors.archives.notebooks import jupyter
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.product import render_catalog
from tests.behaviour.test_notebook import printed
from tests.places.running import Found, read
from tests.places.scripts import DATA, DEFINITIONS
from tests.places.typing_in import fill
from tests.support.forked import METHODS

pytestmark = pytest.mark.slow

# A notebook's own classes cannot be sent to a worker that does not fork: they come from a module.
SETUP = """
import sys

import seeding
import torch

sys.argv = ["", "", "2"]
from given import *
"""
START = """
import multiprocessing

multiprocessing.set_start_method({method!r}, force=True)
multiprocessing.set_forkserver_preload(["torch", "numpy"])
seeding.seed_everything(7, deterministic=False)  # sets the clocks back
"""


def test_data_in_workers(by_hand: Found, tmp_path: Path) -> None:
    """Each use for data, in a cell, loads in two workers of any start method what is loaded by hand without workers.

    So does each block where workers are forked. Others cannot import what a notebook defines.
    """
    module = next(
        file.text for file in jupyter(render_catalog(CATALOG), CATALOG) if file.path == "jupyter/seedmodule.py"
    )
    assert module.startswith("%%writefile seeding.py\n")
    cells = [f"%%writefile given.py\n{DEFINITIONS}", module, SETUP]
    blocks = [("fork", [f"{name}_block" for name in DATA])] if "fork" in METHODS else []
    rounds = [*((method, list(DATA)) for method in METHODS), *blocks]
    for method, names in rounds:
        cells += [START.format(method=method), *(fill("<here>\n", [name]) for name in names), "end()"]
    outputs = printed(cells, tmp_path)
    assert outputs[:2] == ["Writing given.py\n", "Writing seeding.py\n"]
    found = [read(output) for output in outputs if output.startswith("{")]
    assert found == [{name: by_hand[name] for name in DATA}] * len(rounds)
