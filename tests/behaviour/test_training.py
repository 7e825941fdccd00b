"""Training under `seedall`: autocast to bfloat16, fused AdamW, accumulated gradients, 200 steps, a small ResNet and GPT."""

from pathlib import Path

import pytest

from tests.support.forked import run_all
from tests.support.marks import compiler, each_device
from tests.support.training import Run, train

pytestmark = pytest.mark.parametrize("net", ["resnet", "gpt"])


@pytest.mark.parametrize("steps", [20, pytest.param(200, marks=pytest.mark.slow)])
@each_device
def test_training_repeats_and_resumes(net: str, device: str, steps: int, tmp_path: Path) -> None:
    """Weights, losses and the optimizer's state are the same bits twice, and when stopped and resumed; not for other seeds."""
    whole = Run(net, device, last=steps)
    half = whole._replace(last=steps // 2, checkpoint=str(tmp_path / "half.pt"))
    others = [whole._replace(seed=seed) for seed in (0, 2**32 - 1, None)]
    first, again, at_half, *different = run_all(train, [whole, whole, half, *others])
    assert again == first
    assert len({first, at_half, *different}) == 5
    assert run_all(train, [half._replace(first=steps // 2, last=steps)]) == [first]


@pytest.mark.slow
@compiler
@each_device
def test_compiled_training_repeats_and_resumes(net: str, device: str, tmp_path: Path) -> None:
    """So are they with torch.compile, compiled anew in each process."""
    whole = Run(net, device, compiled=True)
    half = whole._replace(last=100, checkpoint=str(tmp_path / "half.pt"))
    first, again, at_half = run_all(train, [whole, whole, half])
    assert again == first != at_half
    assert run_all(train, [half._replace(first=100, last=200)]) == [first]
