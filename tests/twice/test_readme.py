"""What the README shows of `twice` is what it prints."""

import re
from pathlib import Path

import pytest

from tests.support.processes import ROOT, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"<!-- twice, (\w+) -->\n```text\n(.*?)```\n", README, flags=re.DOTALL))

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
SCRIPTS = {"seeded": (ROOT / "snippets/python/seed.py").read_text(encoding="utf-8") + TRAIN, "unseeded": TRAIN}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("seeded", 0), ("unseeded", 1)])
def test_shown_verdicts(name: str, code: int, tmp_path: Path) -> None:
    """A small script with and without the block gets the verdict that the README shows, word for word."""
    (tmp_path / "train.py").write_text(SCRIPTS[name], encoding="utf-8")
    result = run("-m", "seedblock", "twice", "--quiet", "--", "train.py", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (code, SHOWN[name])
