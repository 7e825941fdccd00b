"""What `seediter` refuses: streams of libraries that would not repeat."""

from pathlib import Path

import pytest

from tests.libraries.streams import REFUSED
from tests.support.marks import needs
from tests.support.processes import ROOT, run

pytestmark = pytest.mark.libraries

BLOCK = (ROOT / "snippets/python/seediter.py").read_text(encoding="utf-8")


@needs("webdataset")
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in REFUSED.items()])
def test_what_cannot_repeat_is_an_error(code: str, workers: int, tmp_path: Path) -> None:
    """A source that keeps a state, or draws from where no seed reaches, is an error in the first epoch."""
    script = tmp_path / "script.py"
    script.write_text(f"{BLOCK}\nimport random\n{code}\nlist(seeded({workers})[0])\n", encoding="utf-8")
    result = run(str(script), cwd=tmp_path)
    assert result.returncode == 1
    assert "epoch 0 has other data when it is read again" in result.stderr


TRAINING = """
import accelerate, lightning, sys


def noise(number):
    return torch.full((8,), np.random.random()) + number


def loader(name, workers):
    if name == "seedshards":
        data = SeededShards([range(9), range(9, 20), range(20, 24)], list, 1, 4, transform=noise)
        return ShardLoader(data, num_workers=workers)
    data = SeededIterable(range(24), 1, 4, noise)
    return torch.utils.data.DataLoader(data, batch_size=None, num_workers=workers, generator=torch.Generator())


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(8, 1)

    def on_train_epoch_start(self):
        self.trainer.train_dataloader.dataset.set_epoch(self.current_epoch)

    def training_step(self, batch, _):
        seen.append(batch.tolist())
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def epochs(loader, set_epoch):
    for epoch in range(2):
        set_epoch(epoch)
        seen.extend(batch.tolist() for batch in loader)


name = sys.argv[1]
for workers in (0, 2):
    seen = expected = []
    made = loader(name, workers)
    epochs(made, made.dataset.set_epoch)
    assert expected[0] != expected[len(expected) // 2]
    seen = []
    options = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
    lightning.Trainer(max_epochs=2, accelerator="cpu", **options).fit(Module(), loader(name, workers))
    assert seen == expected, "Lightning"
    if name == "seediter":
        seen = []
        prepared = accelerate.Accelerator(cpu=True).prepare(loader(name, workers))
        epochs(prepared, prepared.set_epoch)
        assert seen == expected, "accelerate"
"""


@pytest.mark.parametrize("name", ["seediter", "seedshards"])
def test_same_batches_in_a_trainer(name: str, tmp_path: Path) -> None:
    """Lightning, where the module sets the epoch, and accelerate's prepare train with the batches of the loader itself."""
    block = (ROOT / f"snippets/python/{name}.py").read_text(encoding="utf-8")
    script = tmp_path / "script.py"
    script.write_text(f"import warnings\nwarnings.simplefilter('ignore')\n{block}\n{TRAINING}", encoding="utf-8")
    result = run(str(script), name, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
