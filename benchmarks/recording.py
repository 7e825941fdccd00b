"""What `seedblock twice` costs: a step that is recorded, by the size of the model; and the whole command, by the number of steps."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import Benchmark, Measured, ratio, spread
from seedblock.twice.runs import RECORDER

PAIRS = 15
GROWTH_PAIRS = 3

# Millions of parameters: width of the layers, batch and steps, so that a step takes 100 ms or more on two cores.
MODELS = {1: (500, 4096, 20), 10: (1600, 512, 20), 100: (5000, 32, 20)}
STEPS = (1_000, 10_000, 100_000)  # of a net so small that a step takes less than a millisecond

SCRIPT = """
import sys, time
import torch

width, batch, layers, steps = map(int, sys.argv[1:])
torch.manual_seed(0)
net = torch.nn.Sequential(*(layer for _ in range(layers) for layer in (torch.nn.Linear(width, width), torch.nn.ReLU())))
data = torch.randn(batch, width)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
for step in range(steps + 1):
    optimizer.zero_grad()
    net(data).square().mean().backward()
    optimizer.step()
    if step == 0:
        began = time.perf_counter()  # the first step is that of names and buffers
print(time.perf_counter() - began, "s")
"""


def benchmarks() -> Iterator[Benchmark]:
    for millions, (width, batch, steps) in MODELS.items():
        what = f"a step with {millions} million parameters, recorded"
        yield Benchmark(what, "the same step, not recorded", partial(of_a_step, width, batch, steps))
    for steps in STEPS:
        what = f"`seedblock twice` on {steps:,} tiny steps"
        yield Benchmark(what, "the script alone, once", partial(of_a_run, steps))


def of_a_step(width: int, batch: int, steps: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        arguments = [str(width), str(batch), "4", str(steps)]
        pairs = [(loop(folder, arguments, recorded=True), loop(folder, arguments)) for _ in range(PAIRS)]
    return spread([recorded / plain for recorded, plain in pairs]), ""


def of_a_run(steps: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["4", "4", "1", str(steps)]
        script(folder)
        command = [sys.executable, "-m", "seedblock", "twice", "--quiet", "--", "train.py", *arguments]
        found = ratio(
            lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True),
            lambda: loop(folder, arguments),
            GROWTH_PAIRS,
        )
    return found, "2 is two runs; a constant ratio is a cost that grows with the steps and no faster"


def loop(folder: str, arguments: list[str], recorded: bool = False) -> float:
    """Run the script and return the seconds of its steps."""
    variables = dict(os.environ)
    with tempfile.TemporaryDirectory(dir=folder) as tape:
        if recorded:
            variables |= {"PYTHONPATH": str(RECORDER), "SEEDBLOCK_TAPE": tape, "SEEDBLOCK_EVERY": "0"}
        command = [sys.executable, script(folder), *arguments]
        done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
        assert bool(list(Path(tape).glob("*.jsonl"))) == recorded
    return float(done.stdout.split()[0])


def script(folder: str) -> str:
    path = Path(folder) / "train.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return str(path)
