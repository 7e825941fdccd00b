"""`seeded_loader` passed unchanged to Lightning's Trainer and accelerate's prepare."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import plain, seen

DATA = """
import json
import random


class Noisy(torch.utils.data.Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return torch.randn(8) * np.random.random() + random.random() + index


loader = seeded_loader(Noisy(), seed=1, name="train", batch_size=4, num_workers=WORKERS)
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(), torch.nn.Linear(8, 1))
batches = []
"""

LIGHTNING = """
import lightning

class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = net

    def training_step(self, batch, _):
        batches.append(fingerprint(batch))
        return self.net(batch).square().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-4)


trainer = lightning.Trainer(
    max_epochs=3, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(Module(), loader)
"""

ACCELERATE = """
import accelerate

accelerator = accelerate.Accelerator(cpu=True)
net, optimizer, loader = accelerator.prepare(net, torch.optim.SGD(net.parameters(), lr=1e-4), loader)
for epoch in range(3):
    loader.set_epoch(epoch)
    for batch in loader:
        batches.append(fingerprint(batch))
        optimizer.zero_grad()
        accelerator.backward(net(batch).square().mean())
        optimizer.step()
"""

RESUME = """
import accelerate

whole = []
for epoch in (5, 6):
    loader.sampler.set_epoch(epoch)
    whole += [fingerprint(batch) for batch in loader]
prepared = accelerate.Accelerator(cpu=True).prepare(loader)
prepared.set_epoch(5)
for batch in accelerate.skip_first_batches(prepared, 2):
    batches.append(fingerprint(batch))
prepared.set_epoch(6)
for batch in prepared:
    batches.append(fingerprint(batch))
assert batches == whole[2:], (batches, whole)
"""

REPORT = """
print(json.dumps({"batches": batches, "weights": fingerprint(net.state_dict())}))
"""


def train(framework: str, workers: int, cwd: Path) -> dict[str, Any]:
    code = plain("seeding") + DATA.replace("WORKERS", str(workers)) + framework + REPORT
    return seen(f"import warnings; warnings.simplefilter('ignore')\n{code}", cwd=cwd)


@pytest.mark.slow
@pytest.mark.parametrize("framework", [LIGHTNING, ACCELERATE], ids=["Lightning", "accelerate"])
def test_same_training_for_any_workers(framework: str, tmp_path: Path) -> None:
    """Three epochs of different batches: batches and weights are the same without workers and with two."""
    first = train(framework, 0, tmp_path)
    assert len(set(first["batches"])) == 18
    assert train(framework, 2, tmp_path) == first


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_accelerate_resumes(workers: int, tmp_path: Path) -> None:
    """After set_epoch on the prepared loader and skipping the first batches, epoch 5 continues as without a stop."""
    assert len(train(RESUME, workers, tmp_path)["batches"]) == 10
