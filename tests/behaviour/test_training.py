"""Training a small ResNet and GPT under `seedall`: autocast to bfloat16, fused AdamW, accumulated gradients."""

from pathlib import Path

import pytest

from tests.support.forked import run_all
from tests.support.marks import compiler, each_device
from tests.support.training import Run, train

pytestmark = pytest.mark.parametrize("net", ["resnet", "gpt"])


def resumes(whole: Run, folder: Path) -> tuple[str, str, str]:
    """Train twice, the second time with a checkpoint half-way, and a third time from that checkpoint."""
    again = whole._replace(checkpoint=str(folder / "half.pt"))
    first, second = run_all(train, [whole, again])
    return first, second, run_all(train, [again._replace(resumed=True)])[0]


@pytest.mark.parametrize("steps", [20, pytest.param(200, marks=pytest.mark.slow)])
@each_device
def test_training_repeats_and_resumes(net: str, device: str, steps: int, tmp_path: Path) -> None:
    """Weights, losses and optimizer state have the same bits twice and after a resume, but not with other seeds."""
    whole = Run(net, device, steps)
    first, second, resumed = resumes(whole, tmp_path)
    assert first == second == resumed
    others = run_all(train, [whole._replace(seed=seed) for seed in (0, 2**32 - 1, None)])
    assert len({first, *others}) == 4


@pytest.mark.slow
@compiler
@each_device
def test_compiled_training_repeats_and_resumes(net: str, device: str, tmp_path: Path) -> None:
    """The same with torch.compile, compiled anew in each process."""
    first, second, resumed = resumes(Run(net, device, compiled=True), tmp_path)
    assert first == second == resumed
