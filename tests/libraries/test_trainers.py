"""Lightning, accelerate and transformers' Trainer: the same weights for any workers, and after a resume, on one rank and on two."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.libraries.running import run_code
from tests.libraries.trainers import ACCELERATE, COMMON, IGNITE, LIGHTNING, SKORCH, TRAINER
from tests.support.marks import needs

TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
SCRIPTS = {
    "Lightning, from the end of an epoch": ("lightning", LIGHTNING.replace("MIDDLE", "False")),
    "Lightning, from the middle of an epoch": ("lightning", LIGHTNING.replace("MIDDLE", "True")),
    "accelerate": ("accelerate", ACCELERATE),
    "Trainer": ("transformers", TRAINER),
    "skorch": ("skorch", SKORCH),
    "Ignite, Engine": ("ignite", IGNITE.replace("SUPERVISED", "False")),
    "Ignite, create_supervised_trainer": ("ignite", IGNITE.replace("SUPERVISED", "True")),
}
ON_TWO_RANKS = [name for name in SCRIPTS if not name.startswith(("skorch", "Ignite"))]
CASES = [(name, 1) for name in SCRIPTS] + [(name, 2) for name in ON_TWO_RANKS]
ALL = set(range(51))

# How many samples a rank has at most; more than half of them, as one or a whole batch comes twice.
SHARE = {1: 51, 2: 28}

pytestmark = pytest.mark.libraries


def train(code: str, cwd: Path, workers: int, what: str = "whole", ranks: int = 1) -> list[dict[str, Any]]:
    """Run a script; return what each rank reported."""
    launcher = TORCHRUN if ranks > 1 else ()
    variables = {"OMP_NUM_THREADS": "1", "RANKS": str(ranks)}
    result = run_code(COMMON + code, cwd, str(workers), what, launcher=launcher, **variables)
    assert result.returncode == 0, result.stdout[-1000:] + result.stderr[-3000:]
    assert "UserWarning" not in result.stderr, result.stderr
    reports = [cwd / f"rank-{rank}.json" for rank in range(ranks)]
    found = [json.loads(report.read_text(encoding="utf-8")) for report in reports]
    for report in reports:
        report.unlink()
    return found


@pytest.mark.parametrize(
    ("code", "ranks"),
    [
        pytest.param(SCRIPTS[name][1], ranks, id=f"{name}-{ranks}", marks=needs(SCRIPTS[name][0]))
        for name, ranks in CASES
    ],
)
def test_same_weights_for_any_workers_and_resumed(code: str, ranks: int, tmp_path: Path) -> None:
    """Without workers, and stopped with 2 and resumed with 1: the same weights on all ranks, which share each epoch."""
    whole = train(code, tmp_path, 0, ranks=ranks)
    assert len({own["weights"] for own in whole}) == 1
    for shares in zip(*(own["seen"] for own in whole), strict=True):
        assert {*chain(*shares)} == ALL
        assert len({len(share) for share in shares}) == 1
        assert len(shares[0]) <= SHARE[ranks]
    stopped = train(code, tmp_path, 2, "part", ranks)
    # A state of torchdata's loader is of a number of workers.
    resumed = train(code, tmp_path, 2 if 'what == "part" and True' in code else 1, "rest", ranks)
    for part, rest, all_of_it in zip(stopped, resumed, whole, strict=True):
        assert all_of_it["seen"][0] != all_of_it["seen"][1] != all_of_it["seen"][2]
        assert part["weights"] != all_of_it["weights"] == rest["weights"]
        assert rest["seen"][-1] == all_of_it["seen"][-1]
        for first, second, epoch in zip(part["seen"], rest["seen"], all_of_it["seen"], strict=False):
            assert first[: len(epoch) - len(second)] + second == epoch
