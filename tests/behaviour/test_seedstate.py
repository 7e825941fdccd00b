"""The snippet `seedstate` in a training that is stopped and resumed. Its lines are held by checks/seedstate.py."""

from pathlib import Path

import pytest

from tests.support.processes import ROOT, seen

PLAIN = (ROOT / "snippets/python/seedstate.py").read_text(encoding="utf-8")
FINGERPRINT = (ROOT / "snippets/python/seedprint.py").read_text(encoding="utf-8")

# Dropout draws from torch, the data from NumPy and random: every stream has a say in the weights.
TRAINING = """
import json
import os

random.seed(1), np.random.seed(2), torch.manual_seed(3)
model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(), torch.nn.Linear(8, 1))
optimizer = torch.optim.AdamW(model.parameters())
step = 0
if {resume}:
    checkpoint = torch.load({path!r})
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    step = checkpoint["step"]
    {restore}
while step < {last}:
    data = torch.from_numpy(np.random.standard_normal((4, 8))).float() * random.gauss(0, 1)
    optimizer.zero_grad()
    model(data).square().mean().backward()
    optimizer.step()
    step += 1
state = {{"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "rng": rng_state()}}
torch.save(state, {path!r})
print(json.dumps({{"weights": fingerprint(model.state_dict()), "streams": fingerprint()}}))
"""


def train(cwd: Path, last: int, resume: bool, restore: str = 'set_rng_state(checkpoint["rng"])') -> object:
    code = TRAINING.format(path=str(cwd / "checkpoint.pt"), last=last, resume=resume, restore=restore)
    return seen(f"{PLAIN}\n{FINGERPRINT}\n{code}", cwd=cwd)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> object:
    return train(tmp_path_factory.mktemp("uninterrupted"), last=9, resume=False)


@pytest.mark.parametrize(("restore", "same"), [('set_rng_state(checkpoint["rng"])', True), ("pass", False)])
def test_resume_is_exact(restore: str, same: bool, uninterrupted: object, tmp_path: Path) -> None:
    """A training stopped after 5 of 9 steps and resumed in a new process ends with the uninterrupted one's bits.

    Without the streams it does not: the control.
    """
    train(tmp_path, last=5, resume=False)
    assert (train(tmp_path, last=9, resume=True, restore=restore) == uninterrupted) is same
