"""The README's table beside other seeding functions: each cell that a CPU can show is what runs of both show."""

import json
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.libraries.peers import NOTHING, PEERS, Peer, script
from tests.libraries.running import VARIABLES
from tests.support.marks import needs
from tests.support.processes import ROOT, run

pytestmark = pytest.mark.libraries

# The rows, by what is measured. A training with MONAI is Ignite's: of its resume there is no run.
MEASURED = {
    "seeds `random`, NumPy and torch": "seeds",
    "NumPy and torch draw different numbers": "apart",
    "`hash()` of strings repeats": "hash",
    "deterministic algorithms": "algorithms",
    "sets `CUBLAS_WORKSPACE_CONFIG`": "cublas",
    "the same order for any `num_workers`": "order",
    "the same augmentations for any `num_workers`": "samples",
    "resumes exactly after an epoch": "resumes",
}
# Of what the others do not have there is no run.
CHECK = {"a check whether a script repeats": ["`twice`", "no", "no", "no", "no"]}


def table() -> dict[str, dict[str, str]]:
    """Read the README's table: the cells of each row, by column."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("<!-- peers -->\n")[2].partition("\n\n")[0]
    head, _, *rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines()]
    return {name: dict(zip(head[1:], cells, strict=True)) for name, *cells in rows}


TABLE = table()


def found_by_two(peer: Peer, option: str = "") -> dict[str, Any]:
    """What two processes find, and whether they agree where they should."""
    found = []
    for _ in range(2):
        with TemporaryDirectory() as folder:
            Path(folder, "script.py").write_text(script(peer, option), encoding="utf-8")
            result = run("-B", "script.py", cwd=Path(folder), variables=VARIABLES)  # no .pyc beside a snippet
        assert result.returncode == 0, result.stderr[-3000:]
        found.append(json.loads(result.stdout.splitlines()[-1]))
    one, two = found
    return {"resumes": False} | one | {name: one[name] == two[name] for name in ("seeds", "hash")}


@cache
def measured(column: str, option: str) -> dict[str, Any]:
    return found_by_two(PEERS[column], option)


CELLS = [
    pytest.param(row, column, id=f"{row}-{column}", marks=needs(peer.library))
    for column, peer in PEERS.items()
    for row, what in MEASURED.items()
    if (column, what) != ("MONAI", "resumes")
]


@pytest.mark.parametrize(("row", "column"), CELLS)
def test_a_cell_is_what_runs_show(row: str, column: str) -> None:
    """`yes`: the call does it; `no`: it does not with anything that the table names; else: with that alone it does."""
    (cell,) = [text for name, text in TABLE[row].items() if column in name]
    what = MEASURED[row]
    assert measured(column, "")[what] is (cell == "yes")
    if cell == "no":
        assert not any(measured(column, option)[what] for option in PEERS[column].options)
    elif cell != "yes":
        assert measured(column, cell)[what] is True


def test_without_a_call() -> None:
    """The control: where nothing is called, nothing repeats, and nothing is set."""
    found = found_by_two(NOTHING)
    assert [what for what in MEASURED.values() if found[what]] == ["apart"]


def test_no_row_is_left_out() -> None:
    """Every row of the table is measured, or named as read from the sources."""
    assert TABLE.keys() == MEASURED.keys() | CHECK.keys()
    assert {row: [*TABLE[row].values()] for row in CHECK} == CHECK
