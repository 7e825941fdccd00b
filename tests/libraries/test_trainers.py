"""Lightning, accelerate and transformers' Trainer: the same weights for any workers, and after a resume; on two ranks too."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.libraries.trainers import ACCELERATE, COMMON, LIGHTNING, TRAINER
from tests.support.marks import needs
from tests.support.processes import ROOT, run

BLOCKS = [(ROOT / f"snippets/python/{name}.py").read_text(encoding="utf-8") for name in ("seedloader", "seedrank")]
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
SCRIPTS = {
    "Lightning, from the end of an epoch": ("lightning", LIGHTNING.replace("MIDDLE", "False")),
    "Lightning, from the middle of an epoch": ("lightning", LIGHTNING.replace("MIDDLE", "True")),
    "accelerate": ("accelerate", ACCELERATE),
    "Trainer": ("transformers", TRAINER),
}
ALL = list(range(51))

each_script = pytest.mark.parametrize(
    "code",
    [pytest.param(code, id=name, marks=needs(library)) for name, (library, code) in SCRIPTS.items()],
)
pytestmark = pytest.mark.libraries


def train(code: str, cwd: Path, workers: int, what: str = "whole", ranks: int = 1) -> list[dict[str, Any]]:
    """Run a script; return what each rank reported."""
    script = cwd / "script.py"
    script.write_text("\n".join((*BLOCKS, COMMON, code)), encoding="utf-8")
    lightning = "import lightning" in code
    launcher = TORCHRUN if ranks > 1 else ()
    variables = {"OMP_NUM_THREADS": "1", "RANKS": str(ranks) if lightning else "1", "HF_HUB_OFFLINE": "1"}
    result = run(*launcher, str(script), str(workers), what, cwd=cwd, variables=variables)
    assert result.returncode == 0, result.stdout[-1000:] + result.stderr[-3000:]
    assert "UserWarning" not in result.stderr, result.stderr
    reports = [json.loads((cwd / f"rank-{rank}.json").read_text(encoding="utf-8")) for rank in range(ranks)]
    for rank in range(ranks):
        (cwd / f"rank-{rank}.json").unlink()
    return reports


@each_script
def test_same_weights_for_any_workers_and_resumed(code: str, tmp_path: Path) -> None:
    """0 and 2 workers, and stopped with 0 and resumed with 2: each sample once in each epoch, and the same weights."""
    (whole,) = train(code, tmp_path, 0)
    assert [sorted(epoch) for epoch in whole["seen"]] == [ALL] * 3
    assert whole["seen"][0] != whole["seen"][1] != whole["seen"][2]
    assert train(code, tmp_path, 2) == [whole]
    # A state of torchdata's loader is of a number of workers.
    (part,) = train(code, tmp_path, 2 if 'what == "part" and True' in code else 0, "part")
    assert part["weights"] != whole["weights"]
    (rest,) = train(code, tmp_path, 2, "rest")
    assert rest["weights"] == whole["weights"]
    assert rest["seen"][-1] == whole["seen"][-1]
    for first, second, all_of_it in zip(part["seen"], rest["seen"], whole["seen"], strict=False):
        assert first[: len(all_of_it) - len(second)] + second == all_of_it


@pytest.mark.parametrize("code", [parameter for parameter in each_script.args[1] if "middle" not in parameter.id])
def test_two_ranks_share_the_samples(code: str, tmp_path: Path) -> None:
    """Two ranks: both end with the weights that they have with other workers; together they have all samples, one twice."""
    first = train(code, tmp_path, 0, ranks=2)
    assert first[0]["weights"] == first[1]["weights"]
    for one, other in zip(first[0]["seen"], first[1]["seen"], strict=True):
        assert sorted({*one, *other}) == ALL
        assert len(one) == len(other) <= 28
    assert train(code, tmp_path, 2, ranks=2) == first
