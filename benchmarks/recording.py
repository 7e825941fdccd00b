"""What being recorded costs a training step, by the size of the model: steps with and without the recorder in turn."""

import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.measure import Benchmark, Measured, ratio
from seedblock.twice.runs import RECORDER

PAIRS = 31

# Millions of parameters: width of the layers and batch, so that a step takes 100 ms or more on two cores.
MODELS = {1: (500, 4096), 10: (1600, 512), 100: (5000, 32)}


def benchmarks() -> Iterator[Benchmark]:
    for millions, (width, batch) in MODELS.items():
        what = f"a step with {millions} million parameters, recorded"
        yield Benchmark(what, "the same step, not recorded", partial(measured, width, batch))


def measured(width: int, batch: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        plain, recorded = steps(width, batch, str(Path(folder) / "tape"))
        return ratio(recorded, plain, PAIRS), ""


def steps(width: int, batch: int, tape: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """Make a training step, and the same with a recorder that sees its batch and its step."""
    torch.manual_seed(0)
    layers = [layer for _ in range(4) for layer in (torch.nn.Linear(width, width), torch.nn.ReLU())]
    net, data = torch.nn.Sequential(*layers), torch.randn(batch, width)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    recorder = load_recorder().Recorder(tape, "", 0)

    def plain() -> None:
        optimizer.zero_grad()
        net(data).square().mean().backward()
        optimizer.step()

    def recorded() -> None:
        recorder.batch(data, False)
        plain()
        recorder.step(optimizer)

    return plain, recorded


def load_recorder() -> Any:
    spec = importlib.util.spec_from_file_location("seedblock_record", RECORDER / "seedblock_record.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
