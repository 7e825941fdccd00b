"""What each way of seeding costs a training, and whether it then repeats: on a GPU, or smaller on a CPU.

A setting is code that runs first in a process of its own. Round by round all settings take their turn, in one order and
then in the other; a ratio is of a setting's throughput to that of no settings in the same round.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tqdm import tqdm

from benchmarks.measure import Benchmark, Measured, spread
from benchmarks.seeding import POST, SNIPPETS

NONE, TIMEOUT_S = "no settings", 600
SEEDALL = (SNIPPETS / "seedall.py").read_text(encoding="utf-8")
IMPORTS = "import os, random\nimport numpy as np\nimport torch\nseed_value = 2020\n"


class Setting(NamedTuple):
    code: str
    package: str = "torch"


SETTINGS = {
    NONE: Setting(""),
    "the post's block": Setting(IMPORTS + POST),
    "`seed`": Setting((SNIPPETS / "seed.py").read_text(encoding="utf-8")),
    "`seedall`, seeds only": Setting(f"{SEEDALL}\nseed_everything(2020, deterministic=False)"),
    "`seedall`": Setting(f"{SEEDALL}\nseed_everything(2020)"),
    "Lightning, `Trainer(deterministic=True)`": Setting(
        "import lightning\nlightning.seed_everything(2020, verbose=False)\n"
        "lightning.Trainer(deterministic=True, logger=False, barebones=True)",
        "lightning",
    ),
    "`transformers.enable_full_determinism`": Setting(
        "import transformers\ntransformers.enable_full_determinism(2020)", "transformers"
    ),
    "`monai.set_determinism`": Setting("import monai.utils\nmonai.utils.set_determinism(2020)", "monai"),
    "`monai.set_determinism`, with algorithms": Setting(
        "import monai.utils\nmonai.utils.set_determinism(2020, use_deterministic_algorithms=True)", "monai"
    ),
}

# What each flag costs beside the seeds, and whether `seedall` still repeats without each of its own.
ALONE = {
    "`CUBLAS_WORKSPACE_CONFIG=:4096:8`": 'os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"',
    "`CUBLAS_WORKSPACE_CONFIG=:16:8`": 'os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":16:8"',
    "`CUDA_LAUNCH_BLOCKING=1`": 'os.environ["CUDA_LAUNCH_BLOCKING"] = "1"',
    "`cudnn.deterministic`": "torch.backends.cudnn.deterministic = True",
    "`cudnn.benchmark`": "torch.backends.cudnn.benchmark = True",
    "deterministic algorithms, memory filled": "torch.use_deterministic_algorithms(True)",
    "deterministic algorithms": "torch.use_deterministic_algorithms(True)\n"
    "torch.utils.deterministic.fill_uninitialized_memory = False",
    "deterministic algorithms, warn only": "torch.use_deterministic_algorithms(True, warn_only=True)\n"
    "torch.utils.deterministic.fill_uninitialized_memory = False",
}
LINES = (
    'os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"',
    "torch.backends.cudnn.deterministic = True",
    "torch.use_deterministic_algorithms(True)",
)
FLAGS = {
    NONE: SETTINGS[NONE],
    **{f"seeds, {name}": Setting(f"{SEEDALL}\nseed_everything(2020, False)\n{code}") for name, code in ALONE.items()},
    **{
        f"`seedall` without `{line}`": Setting(f"{SEEDALL.replace(line, 'pass')}\nseed_everything(2020)")
        for line in LINES
    },
}


class Size(NamedTuple):
    """Which nets, how many steps to warm up and to time, and in how many rounds."""

    nets: str
    warm: int
    steps: int
    rounds: int


SIZES = {"cuda": Size("full", 10, 50, 4), "cpu": Size("small", 3, 30, 4)}
NETS = {"resnet": "ResNet", "gpt": "GPT"}


def benchmarks(flags: bool = False, nets: Sequence[str] = (), rounds: int | None = None) -> Iterator[Benchmark]:
    """Yield a benchmark for each net and setting, or for each flag; the first that is run measures all of them.

    `nets` are some of NETS, by default all; two `rounds` are the fewest that show a spread and whether a training repeats.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    size = SIZES[device]._replace(rounds=rounds or SIZES[device].rounds)
    nets = nets or tuple(NETS)
    settings = FLAGS if flags else SETTINGS

    @cache
    def all_rounds() -> dict[tuple[str, str], list[dict[str, Any]]]:
        return run_rounds(settings, nets, device, size)

    for net in nets:
        for name, setting in settings.items():
            if name != NONE:
                yield Benchmark(
                    f"throughput of {'a small ' if device == 'cpu' else ''}{NETS[net]}, {name}",
                    NONE,
                    lambda net=net, name=name: compare(all_rounds()[net, NONE], all_rounds().get((net, name))),
                    (setting.package,),
                )


def run_rounds(
    settings: dict[str, Setting], nets: Sequence[str], device: str, size: Size
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found = defaultdict(list)
    here = {name: setting.code for name, setting in settings.items() if find_spec(setting.package)}
    one_way = [(net, name) for net in nets for name in here]
    turns = [turn for number in range(size.rounds) for turn in (reversed(one_way) if number % 2 else one_way)]
    for net, name in tqdm(turns, desc=f"training on the {device}", leave=False):
        found[net, name].append(run(here[name], net, device, size))
    return dict(found)


def run(code: str, net: str, device: str, size: Size) -> dict[str, Any]:
    arguments = {"code": code, "net_name": net, "size": size.nets, "device": device, "warm": size.warm}
    command = [sys.executable, "-m", "benchmarks.step", json.dumps({**arguments, "steps": size.steps})]
    root = Path(__file__).resolve().parents[1]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return {"error": f"no result after {TIMEOUT_S} s"}
    if done.returncode:  # an operation that a setting refuses, say: the other settings are measured all the same
        return {"error": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def compare(none: list[dict[str, Any]], rounds: list[dict[str, Any]] | None) -> Measured:
    """Return the ratio of throughputs, and in words whether all rounds gave the same weights, and a GPU's memory.

    Where a training failed there is no ratio, and its error is the remark.
    """
    if rounds is None:
        return None, "not installed"
    errors = [one["error"] for one in (*none, *rounds) if "error" in one]
    if errors:
        return None, errors[0].replace("|", "\\|")
    ratio = spread([a["seconds"] / b["seconds"] for a, b in zip(none, rounds, strict=True)])
    remark = "repeats" if len({one["digest"] for one in rounds}) == 1 else "does not repeat"
    if none[0]["memory"] is not None:
        memory = spread([b["memory"] / a["memory"] for a, b in zip(none, rounds, strict=True)])
        remark += f"; peak memory {memory.median:.2f}"
    return ratio, remark
