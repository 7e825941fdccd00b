"""The snippet `seedtrain`, trained: the same weights for any number of workers, after a kill, and under torchrun."""

import multiprocessing
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.expanders import expand_snippet
from tests.support.forked import run_all
from tests.support.processes import ROOT, environment, plain, run
from tests.support.train import digests, killed, trained

PLAIN, SEEDING = plain("seedtrain"), plain("seeding")
JSON = (ROOT / "snippets/vscode/seedblock.code-snippets").read_text(encoding="utf-8")
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
forking = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="it kills a fork")

# The lines of both files that seed. Without any one of them the weights differ.
SEEDS = {
    "random": "    python_random.seed(python)\n",
    "numpy": "    np.random.seed(numpy)\n",
    "torch in the data": "    torch.default_generator.manual_seed(cpu)  # not torch's own: it moves the GPUs' too\n",
    "dropout": "            torch.manual_seed(stream.initial_seed())\n",
    "the first weights": "    torch.manual_seed(seed)  # every device; CUDA takes it when it starts\n",
}


def train(cwd: Path, *arguments: str, code: str = PLAIN, launcher: tuple[str, ...] = ()) -> dict[int, str]:
    """Train in a fresh process; return the digest of the weights after each epoch."""
    script = cwd / "seedtrain.py"
    script.write_text(code, encoding="utf-8")
    (cwd / "seeding.py").write_text(SEEDING, encoding="utf-8")
    variables = {"OMP_NUM_THREADS": "1"}
    result = run("-W", "error", *launcher, str(script), *arguments, cwd=cwd, variables=variables)
    assert result.returncode == 0, result.stderr
    return digests(result.stdout)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """The weights after each of two uninterrupted epochs without workers."""
    (weights,) = run_all(trained, [(PLAIN, tmp_path_factory.mktemp("reference"), ["--workers", "0", "--epochs", "2"])])
    assert len(set(weights.values())) == 2
    return weights


def test_same_weights_for_any_workers(reference: dict[int, str], tmp_path: Path) -> None:
    """With 1 and 4 DataLoader workers the weights after an epoch are the same as without workers."""
    cases = [(PLAIN, tmp_path, ["--workers", str(workers), "--epochs", "1"]) for workers in (1, 4)]
    for case in cases:  # one by one: they write the same checkpoint
        assert run_all(trained, [case]) == [{0: reference[0]}]


def test_other_seed_gives_other_weights(reference: dict[int, str], tmp_path: Path) -> None:
    """A seed typed at the tab stop takes effect."""
    code = expand_snippet(JSON, "seedtrain", {"seed_value": "7"}, fields=("seed_value",))
    (weights,) = run_all(trained, [(code, tmp_path, ["--workers", "0", "--epochs", "1"])])
    assert weights[0] != reference[0]


@pytest.mark.parametrize("line", SEEDS)
def test_without_one_seeding_the_weights_differ(line: str, reference: dict[int, str], tmp_path: Path) -> None:
    """The control: without any one seeding the weights differ."""
    assert (PLAIN + SEEDING).count(SEEDS[line]) == 1
    compared = "return _digest(make(4)) == _digest(make(4))"
    assert SEEDING.count(compared) == 1
    silent = SEEDING.replace(compared, "return True")  # it would warn that samples differ
    (tmp_path / "seeding.py").write_text(silent.replace(SEEDS[line], ""), encoding="utf-8")
    (weights,) = run_all(trained, [(PLAIN.replace(SEEDS[line], ""), tmp_path, ["--workers", "0", "--epochs", "1"])])
    assert weights[0] != reference[0]


@forking
@pytest.mark.parametrize("name", ["checkpoint.pt", "run.1", "x.part"])
def test_killed_and_resumed(name: str, reference: dict[int, str], tmp_path: Path) -> None:
    """Killed between writing and renaming a checkpoint, it resumes from the previous one, with other workers."""
    replace = "                part.replace(args.checkpoint)"
    kill = "                if epoch == 1 and step == 5:\n                    os.kill(os.getpid(), 9)\n"
    assert PLAIN.count(replace) == 1
    options = ["--epochs", "2", "--checkpoint", name]
    assert run_all(killed, [(PLAIN.replace(replace, kill + replace), tmp_path, ["--workers", "0", *options])]) == [-9]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, f"{name}.part"])
    # In no epoch but the second: the first is done.
    (weights,) = run_all(trained, [(PLAIN, tmp_path, ["--workers", "2", "--resume", *options])])
    assert weights == {1: reference[1]}


@pytest.mark.slow
def test_killed_at_random_and_resumed(tmp_path: Path) -> None:
    """Killed three times at random and resumed with other numbers of workers, it ends with the same weights."""
    (tmp_path / "whole").mkdir()
    whole = train(tmp_path / "whole", "--workers", "2")
    saved = "                part.replace(args.checkpoint)  # never half a checkpoint\n"
    assert PLAIN.count(saved) == 1
    # After each checkpoint it waits for a line: otherwise, on a busy machine, it could finish before it is killed.
    code = PLAIN.replace(saved, saved + "                print('saved', flush=True), input()\n")
    (tmp_path / "seedtrain.py").write_text(code, encoding="utf-8")
    (tmp_path / "seeding.py").write_text(SEEDING, encoding="utf-8")
    moments = random.Random(0)
    found: dict[int, str] = {}
    for number, workers in enumerate(("0", "2", "1")):
        process = subprocess.Popen(
            [sys.executable, "seedtrain.py", "--workers", workers, *(["--resume"] if number else [])],
            cwd=tmp_path,
            env=environment(OMP_NUM_THREADS="1"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        output = ""
        for _ in range(moments.randrange(3, 10)):
            while (line := process.stdout.readline()) != "saved\n":
                assert line, "it has ended"
                output += line
            process.stdin.write("\n")
            process.stdin.flush()
        time.sleep(moments.uniform(0, 0.1))  # now it is in the next step, or waits after it
        process.kill()
        found |= digests(output + process.communicate()[0])
    found |= train(tmp_path, "--workers", "2", "--resume")
    assert found[2] == whole[2]
    assert found.items() <= whole.items()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="gloo under torchrun is tried on POSIX")
def test_two_ranks_repeat(tmp_path: Path) -> None:
    """Under torchrun with two ranks the weights repeat, for other workers too, and after a resume within an epoch."""
    first = train(tmp_path, "--workers", "0", launcher=TORCHRUN)
    assert first.keys() == {0, 1, 2}
    assert first != train(tmp_path, "--workers", "0"), "two ranks take other steps than one"
    assert train(tmp_path, "--workers", "1", launcher=TORCHRUN) == first
    half = PLAIN.replace(
        "                part.replace(args.checkpoint)", "                step < 3 and part.replace(args.checkpoint)"
    )
    train(tmp_path, "--epochs", "1", code=half, launcher=TORCHRUN)
    assert train(tmp_path, "--resume", launcher=TORCHRUN) == first


@pytest.mark.gpu
def test_same_weights_on_a_gpu(tmp_path: Path) -> None:
    """On a GPU, with convolution, attention, bfloat16, dropout and pinned memory: the same weights, for any workers."""
    older_torch = "    warnings.filterwarnings('ignore', \"The argument 'device' of Tensor\")  # its own DataLoader\n"
    code = PLAIN.replace("def main() -> None:\n", f"def main() -> None:\n{older_torch}")
    first = train(tmp_path, "--device", "cuda", "--workers", "0", code=code)
    assert train(tmp_path, "--device", "cuda", "--workers", "2", code=code) == first
    without = code.replace("    seed = seed_everything(2020)", "    seed = int.from_bytes(os.urandom(4), 'big')")
    assert train(tmp_path, "--device", "cuda", code=without) != first
