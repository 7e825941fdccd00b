"""What the seeding functions cost, ours and others, in one process after their first call."""

import hashlib
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.measure import Benchmark, Measured, ratio, timed

SNIPPETS = Path(__file__).resolve().parents[1] / "snippets" / "python"
CALLS, PAIRS = 50, 101

# The post's block, from which this project began.
POST = """
np.random.seed(seed_value)
random.seed(seed_value)
os.environ["PYTHONHASHSEED"] = str(seed_value)
torch.manual_seed(seed_value)
torch.cuda.manual_seed(seed_value)
torch.cuda.manual_seed_all(seed_value)
torch.backends.cudnn.deterministic = True
"""

# Module, function, further arguments; from the extra `bench`.
PEERS = [
    ("lightning.fabric.utilities.seed", "seed_everything", {"verbose": False}),
    ("transformers", "set_seed", {}),
    ("accelerate.utils", "set_seed", {}),
    ("monai.utils", "set_determinism", {}),
]


def benchmarks() -> Iterator[Benchmark]:
    bare = "`random.seed`, `np.random.seed`, `torch.manual_seed`"
    blocks = {"the post's block": POST, "`seed`": (SNIPPETS / "seed.py").read_text(encoding="utf-8")}
    for name, code in blocks.items():
        yield Benchmark(name, bare, against_bare(lambda code=code: block(code)), ("numpy",))
    yield Benchmark("`seedall`", bare, against_bare(lambda: module().seed_everything), ("numpy",))
    for path, name, further in PEERS:
        package = path.partition(".")[0]
        function = against_bare(lambda m=path, n=name, k=further: partial(getattr(import_module(m), n), **k))
        yield Benchmark(f"`{package}.{name}`", bare, function, ("numpy", package))
    fingerprint = module().fingerprint
    for megabytes in (10, 100):
        tensor = torch.randint(256, (megabytes * 2**20,), dtype=torch.uint8)
        data = tensor.numpy().tobytes()
        measure = timed(lambda t=tensor: fingerprint(t), lambda d=data: hashlib.sha256(d).hexdigest(), 15)
        yield Benchmark(f"`fingerprint` of {megabytes} MB", "`hashlib.sha256` of the same bytes", measure)


def against_bare(load: Callable[[], Callable[[int], object]]) -> Callable[[], Measured]:
    def measure() -> Measured:
        try:
            function = load()
        except ImportError:
            return None, "not installed"
        return ratio(repeated(function), repeated(seed_bare), PAIRS), ""

    return measure


def seed_bare(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def module() -> Any:
    """Import seeding.py as a script does that has it beside it; so can worker processes."""
    if str(SNIPPETS) not in sys.path:
        sys.path.append(str(SNIPPETS))
    return import_module("seeding")


def block(code: str) -> Callable[[int], object]:
    """Make a function of a block, compiled once, so that its lines cost what they cost in a script."""
    lines = [line for line in code.splitlines() if not line.startswith(("import ", "seed_value ="))]
    names: dict[str, Any] = {}
    body = "".join(f"    {line}\n" for line in lines)
    exec(f"import os, random\nimport numpy as np\nimport torch\ndef run(seed_value):\n{body}", names)  # noqa: S102
    run: Callable[[int], object] = names["run"]
    return run


def repeated(function: Callable[[int], object]) -> Callable[[], object]:
    function(0)

    def run() -> None:
        for seed in range(CALLS):
            function(seed)

    return run
