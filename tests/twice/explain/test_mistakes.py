"""`seedblock twice` on scripts with one mistake each: it names the layer, the library or parameter, and the remedy."""

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.processes import run
from tests.support.scripts import NOISE, OWN_GENERATOR, SEEDED, script, snippet


class Case(NamedTuple):
    """A mistake: the script, what `twice` must say, more arguments, the fixed script and the exit code."""

    code: str
    says: tuple[str, ...]
    options: tuple[str, ...] = ()
    mended: str = ""
    code_of_exit: int = 1


SAMPLES = NOISE.format(draw="torch.rand(8) * random.random() + np.random.random()")
MISTAKES = {
    "nothing is seeded": Case(
        script(seed=""),
        ("random streams", "torch"),
        mended=script(snippets=snippet("seedall"), seed="seed_everything(1)"),
    ),
    "the model is built before seeding": Case(
        script(seed="", seed_late="torch.manual_seed(1)"),
        ("initial weights", "0.weight differs", "torch is seeded too late, at train.py:"),
        mended=script(),
    ),
    "labels from a set": Case(
        script(
            setup="self.names = {n: i for i, n in enumerate({'cat', 'dog', 'ship', 'car', 'bird', 'frog'})}",
            sample="return torch.full((8,), index / 8) + list(self.names.values())[list(self.names).index('dog')]",
        ),
        ("hash order", "sorted(set("),
        mended=script(
            top=snippet("seedhash"),
            setup="self.names = {n: i for i, n in enumerate({'cat', 'dog', 'ship', 'car', 'bird', 'frog'})}",
            sample="return torch.full((8,), index / 8) + list(self.names.values())[list(self.names).index('dog')]",
        ),
    ),
    "a generator of the dataset's own": Case(
        script(**OWN_GENERATOR),
        ("batch contents", "`seedloader` ties each sample to the seed", "generators of the dataset"),
        mended=script(
            **{
                **SEEDED,
                **OWN_GENERATOR,
                "snippets": snippet("seeding"),  # the short loader finds no generators
            }
        ),
    ),
    "another number of workers": Case(
        script(sample=SAMPLES),
        ("random streams", "batch contents"),
        ("--vary", "workers=0,2"),
        mended=script(**{**SEEDED, "sample": SAMPLES}),
    ),
    "persistent workers": Case(
        script(),
        ("random streams", "data order"),
        ("--vary", "workers=2,2", "--vary", "persistent=0,1"),
        mended=script(**SEEDED),
    ),
    "an extra draw": Case(
        script(end="args.log and torch.rand(1)"),
        ("random streams", "torch"),
        ("--vary", "log=0,1"),
        mended=script(
            snippets=snippet("seedscope_block"), end="\n        with seed_scope(0): args.log and torch.rand(1)"
        ),
    ),
    "files in the order of the disk": Case(
        script(
            setup="self.files = sorted(range(24), key=lambda _: os.urandom(8))",
            sample="return torch.full((8,), self.files[index] / 8)",
        ),
        ("data order", "sort file lists"),
        mended=script(
            setup="self.files = sorted(sorted(range(24), key=lambda _: os.urandom(8)))",
            sample="return torch.full((8,), self.files[index] / 8)",
        ),
    ),
    "the forward pass varies": Case(script(loss="+ os.urandom(1)[0]"), ("loss", "seedall"), mended=script()),
    "the backward pass varies": Case(
        script(gradient="net[2].bias.grad += 1e-6 * int.from_bytes(os.urandom(2), 'big')"),
        ("gradients", "2.bias differs", "backward pass"),
        mended=script(),
    ),
    "weights are changed by hand": Case(
        script(step="net[0].weight.data[3, 3] += 1e-6 * int.from_bytes(os.urandom(2), 'big')"),
        ("weights", "0.weight differs"),
        mended=script(),
    ),
    "another number of threads": Case(
        script(sample="return (torch.linspace(0, 1, 300_000).sin() * (index + 1)).mean() + torch.zeros(8)"),
        ("environment differs: OMP_NUM_THREADS: 1 and 2", "environment differs: threads: 1 and 2"),
        ("--vary", "OMP_NUM_THREADS=1,2"),
        mended=script(
            **{
                **SEEDED,
                "top": "import os; os.environ['OMP_NUM_THREADS'] = '1'",
                "sample": "return (torch.linspace(0, 1, 300_000).sin() * (index + 1)).mean() + torch.zeros(8)",
            }
        ),
    ),
    "the runs do other things": Case(
        script(end="os.urandom(1)[0] % 2 and optimizer.step()"), ("control flow",), mended=script()
    ),
    # These repeat, but are wrong.
    "the same augmentation in every worker": Case(
        script(
            setup="self.rng = np.random.default_rng(0)", sample="return torch.from_numpy(self.rng.random(8)).float()"
        ),
        ("identical", "warning: the first batch of each of the 3 workers is the same", "draw the same augmentation"),
        ("--vary", "workers=3,3"),
        code_of_exit=0,
    ),
    "mirrored streams": Case(
        script(seed="np.random.seed(1), torch.manual_seed(1), random.seed(1)"),
        ("identical", "warning: NumPy and torch draw the same numbers"),
        code_of_exit=0,
    ),
    "seeded in each epoch": Case(
        script(epoch="torch.manual_seed(1)"),
        ("identical", "warning: 2 shuffled epochs are the same, bit for bit"),
        code_of_exit=0,
    ),
}


def twice(code: str, cwd: Path, *options: str) -> tuple[int, str]:
    (cwd / "train.py").write_text(code, encoding="utf-8")
    result = run("-m", "seedblock", "twice", *options, "--", "train.py", cwd=cwd)
    assert "Traceback" not in result.stderr, result.stderr
    return result.returncode, result.stdout + result.stderr


# The only one that is not slow. In an ordinary test run, test_proof.py covers each layer, in forks.
QUICK = ("nothing is seeded",)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in MISTAKES]
)
def test_mistake_is_found(name: str, tmp_path: Path) -> None:
    """`twice` names the first difference, its layer and the remedy. It warns about mistakes that repeat."""
    case = MISTAKES[name]
    code, said = twice(case.code, tmp_path, *case.options)
    assert code == case.code_of_exit, said
    for text in case.says:
        assert text in said, said


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, case in MISTAKES.items() if case.mended])
def test_mended_script_repeats(name: str, tmp_path: Path) -> None:
    """The same script, fixed with the snippets, is identical."""
    code, said = twice(MISTAKES[name].mended, tmp_path, *MISTAKES[name].options)
    assert code == 0, said
    assert said.startswith("identical: 12 batches, 12 steps"), said


RANKS = """
import torch
import torch.distributed as dist

dist.init_process_group("gloo")
torch.manual_seed(SEED)
net = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for _ in range(3):
    net(torch.randn(4, 8)).square().mean().backward()
    optimizer.step()
dist.destroy_process_group()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gloo under torchrun is tried on POSIX")
@pytest.mark.parametrize(("seed", "warned"), [("1", True), ("1 + dist.get_rank()", False)])
def test_equal_noise_on_all_ranks(seed: str, warned: bool, tmp_path: Path) -> None:
    """Under torchrun each rank has a tape. A warning names ranks that draw the same numbers."""
    (tmp_path / "train.py").write_text(RANKS.replace("SEED", seed), encoding="utf-8")
    command = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py")
    result = run("-m", "seedblock", "twice", "--", *command, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith("identical: 6 steps")
    assert ("all ranks draw the same numbers" in result.stdout) == warned
