"""What `seedblock twice` costs: a step that is recorded, by the size of the model; and the whole command, by the number of steps."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import Benchmark, Measured, spread
from seedblock.twice.run.process import RECORDER

PAIRS = 15

# Millions of parameters: width of the layers, batch and steps, so that a step takes 100 ms or more on two cores.
MODELS = {1: (500, 4096, 20), 10: (1600, 512, 20), 100: (5000, 32, 20)}
STEPS = {
    1_000: 3,
    10_000: 3,
    100_000: 1,
}  # of a net so small that a step takes less than 0.1 ms; and how many pairs: the last takes a minute

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

# `seedblock` with what it took itself: seconds, the largest memory in MB, and the seconds of the runs.
OWN = """
import resource, sys
from seedblock.cli import main

code = main(sys.argv[1:])
own, runs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(own.ru_utime + own.ru_stime, own.ru_maxrss / 1024, runs.ru_utime + runs.ru_stime)
sys.exit(code)
"""


def benchmarks() -> Iterator[Benchmark]:
    for millions, (width, batch, steps) in MODELS.items():
        what = f"a step with {millions} million parameters, recorded"
        yield Benchmark(what, "the same step, not recorded", partial(of_a_step, width, batch, steps))
    for steps, pairs in STEPS.items():
        what = f"processor time of `seedblock twice` on {steps:,} tiny steps"
        yield Benchmark(what, "the script alone, once", partial(of_a_run, steps, pairs))


def of_a_step(width: int, batch: int, steps: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        arguments = [str(width), str(batch), "4", str(steps)]
        pairs = [(loop(folder, arguments, recorded=True), loop(folder, arguments)) for _ in range(PAIRS)]
    return spread([recorded / plain for recorded, plain in pairs]), ""


def of_a_run(steps: int, pairs: int) -> Measured:
    """Measure processor time: of minutes on a machine that does other things too, the clock says little."""
    with tempfile.TemporaryDirectory() as folder:
        training = [script(folder), "4", "4", "1", str(steps)]
        ratios = []
        for _ in range(pairs):
            own, memory, runs = map(
                float, output(folder, ["-c", OWN, "twice", "--quiet", "--", *training]).split()[-3:]
            )
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            output(folder, training)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            ratios.append((own + runs) / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    remark = f"2 is two runs; of it {own / runs:.1%} and {memory:.0f} MB are seedblock's own, the rest is the script's"
    return spread(ratios), remark


def output(folder: str, arguments: list[str]) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


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
