"""What the README shows of `twice` is what it prints."""

import re
from pathlib import Path

import pytest

from tests.support.processes import ROOT, plain, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(r"<!-- twice, unseeded -->\n```text\n(.*?)```\n", README, flags=re.DOTALL)

TRAIN = """
import torch
from torch.utils.data import DataLoader, TensorDataset
data = TensorDataset(torch.arange(64.0)[:, None], torch.arange(64.0)[:, None])
net = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
for epoch in range(3):
    for inputs, targets in DataLoader(data, batch_size=16, shuffle=True):
        loss = torch.nn.functional.mse_loss(net(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
SEEDED = f"{plain('seedall')}seed_everything(2020)\n{TRAIN}"
IDENTICAL = """\
identical: 12 batches, 12 steps, 12 losses, 2 parameters at the end (training identical, printed output not seen, files not seen)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "code", "verdict"),
    [pytest.param(TRAIN, 1, SHOWN, id="unseeded"), pytest.param(SEEDED, 0, IDENTICAL, id="seeded")],
)
def test_shown_verdict(script: str, code: int, verdict: str, tmp_path: Path) -> None:
    """A small script gets the verdict that the README shows, word for word; with the block it repeats."""
    (tmp_path / "train.py").write_text(script, encoding="utf-8")
    result = run("-m", "seedblock", "twice", "--quiet", "--", "train.py", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (code, verdict)


@pytest.mark.slow
def test_the_classic_block_is_warned_of(tmp_path: Path) -> None:
    """A script with `seed` that draws from NumPy too repeats, and is told that torch draws the same numbers; with `seedall` not."""
    draws = f"{TRAIN}np.random.rand()\n"
    found = []
    for block in (plain("seed"), f"{plain('seedall')}seed_everything(2020)\n"):
        (tmp_path / "train.py").write_text(block + draws, encoding="utf-8")
        found.append(run("-m", "seedblock", "twice", "--quiet", "--", "train.py", cwd=tmp_path))
    assert [result.returncode for result in found] == [0, 0]
    assert ["draw the same numbers" in result.stdout + result.stderr for result in found] == [True, False]
