"""Streams of libraries that would not repeat, which are errors; and streams in Lightning and accelerate."""

from pathlib import Path

import pytest

from tests.libraries.running import run_code
from tests.libraries.streams import COMMON, REFUSED
from tests.support.marks import needs

pytestmark = pytest.mark.libraries


@needs("webdataset")
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in REFUSED.items()])
def test_what_cannot_repeat_is_an_error(code: str, workers: int, tmp_path: Path) -> None:
    """A source that keeps a state, or draws from where no seed reaches, is an error in the first epoch."""
    result = run_code(f"{COMMON}\n{code}\nlist(seeded({workers}))\n", tmp_path)
    assert result.returncode == 1
    assert "epoch 0 has other data when read again" in result.stderr


TRAINING = """
import accelerate, lightning, warnings

warnings.simplefilter("ignore")


def noise(number):
    return torch.full((8,), np.random.random()) + number


def loader(name, workers):
    if name == "SeededShards":
        data = SeededShards([range(9), range(9, 20), range(20, 24)], list, 1, "train", 4, transform=noise)
        return ShardLoader(data, num_workers=workers)
    return SeededIterable(range(24), 1, "train", 4, transform=noise).loader(num_workers=workers)


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(8, 1)

    def train_dataloader(self):
        made = loader(name, workers)
        made.dataset.set_epoch(self.trainer.fit_loop.epoch_progress.current.processed)
        return made

    def training_step(self, batch, _):
        seen.append(batch.tolist())
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def epochs(loader):
    seed_everything(1, deterministic=False)  # the clocks too
    seen.clear()
    for _ in range(2):
        seen.extend(batch.tolist() for batch in loader)
    return list(seen)


name, seen = sys.argv[1], []
for workers in (0, 2):
    expected = epochs(loader(name, workers))
    assert expected[0] != expected[len(expected) // 2]
    seed_everything(1, deterministic=False)
    seen.clear()
    options = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
    lightning.Trainer(max_epochs=2, accelerator="cpu", **options).fit(Module())
    assert seen == expected, "Lightning"
    if name == "SeededIterable":
        assert epochs(accelerate.Accelerator(cpu=True).prepare(loader(name, workers))) == expected, "accelerate"
"""


@needs("accelerate", "lightning")
@pytest.mark.parametrize("name", ["SeededIterable", "SeededShards"])
def test_same_batches_in_a_trainer(name: str, tmp_path: Path) -> None:
    """Lightning, where the module says with which epoch to begin, and accelerate train with the batches of the loader itself."""
    result = run_code(TRAINING, tmp_path, name)
    assert result.returncode == 0, result.stderr
