"""The snippet `seedtrain`, trained: the same weights for any number of workers, after a kill, and under torchrun."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.expanders import expand_snippet
from tests.support.processes import ROOT, environment, run, seen

PLAIN = (ROOT / "snippets/python/seedtrain.py").read_text(encoding="utf-8")
JSON = (ROOT / "snippets/vscode/seedblock.code-snippets").read_text(encoding="utf-8")
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def script(cwd: Path, code: str = PLAIN) -> str:
    path = cwd / "seedtrain.py"
    path.write_text(code, encoding="utf-8")
    return str(path)


def digests(output: str) -> dict[int, str]:
    return {int(epoch): weights for epoch, weights in re.findall(r"epoch (\d+): weights ([0-9a-f]{16})", output)}


def train(cwd: Path, *arguments: str, code: str = PLAIN, launcher: tuple[str, ...] = ()) -> dict[int, str]:
    """Train in a fresh process; return the digest of the weights after each epoch."""
    result = run("-W", "error", *launcher, script(cwd, code), *arguments, cwd=cwd, variables={"OMP_NUM_THREADS": "2"})
    assert result.returncode == 0, result.stderr
    return digests(result.stdout)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    weights = train(tmp_path_factory.mktemp("reference"), "--workers", "0")
    assert len(set(weights.values())) == 3
    return weights


@pytest.mark.parametrize("workers", ["1", "2", "4"])
def test_same_weights_for_any_workers(workers: str, reference: dict[int, str], tmp_path: Path) -> None:
    """With 1, 2 and 4 DataLoader workers the weights after each epoch are those without workers."""
    code = PLAIN.replace(
        "def main() -> None:", 'def main() -> None:\n    warnings.filterwarnings("ignore", ".*create 4")'
    )
    assert train(tmp_path, "--workers", workers, code=code) == reference


def test_other_seed_gives_other_weights(reference: dict[int, str], tmp_path: Path) -> None:
    """A seed typed at the tab stop takes effect."""
    typed = {"seed_value": "7", "deterministic": "True"}
    code = expand_snippet(JSON, "seedtrain", typed, fields=("seed_value", "deterministic"))
    assert train(tmp_path, "--epochs", "1", code=code)[0] != reference[0]


# Each of these seeds something of its own; without it the weights differ.
SEEDING = {
    "random": "    random.seed(python)\n",
    "numpy": "    np.random.seed(numpy)\n",
    "torch in the data": "    torch.default_generator.manual_seed(cpu)  # not torch's own: it moves the GPUs' too\n",
    "dropout": "            torch.manual_seed(seed_streams(seed, epoch, 'step', step, rank))\n".replace("'", '"'),
    "the first weights": "    torch.manual_seed(seed)  # every device; CUDA takes it when it starts\n",
}


@pytest.mark.parametrize("line", SEEDING)
def test_without_one_seeding_the_weights_differ(line: str, reference: dict[int, str], tmp_path: Path) -> None:
    """The control: each of the seedings has a part in the weights."""
    assert PLAIN.count(SEEDING[line]) == 1
    assert train(tmp_path, "--epochs", "1", code=PLAIN.replace(SEEDING[line], ""))[0] != reference[0]


def test_killed_and_resumed(reference: dict[int, str], tmp_path: Path) -> None:
    """Killed three times at random steps and resumed with other numbers of workers, it ends with the same weights."""
    moments = random.Random(0)
    path, checkpoint = script(tmp_path), tmp_path / "checkpoint.pt"
    found: dict[int, str] = {}
    for number, workers in enumerate(("0", "2", "1")):
        steps = moments.randrange(3, 10)
        process = subprocess.Popen(
            [sys.executable, path, "--workers", workers, *(["--resume"] if number else [])],
            cwd=tmp_path,
            env=environment(OMP_NUM_THREADS="2"),
            stdout=subprocess.PIPE,
            text=True,
        )
        seen_at: set[int] = set()
        while len(seen_at) < steps and process.poll() is None:
            if checkpoint.exists():
                seen_at.add(checkpoint.stat().st_mtime_ns)
        process.kill()
        found |= digests(process.communicate()[0])
    assert len(found) < 3, "it was still at work"
    found |= train(tmp_path, "--workers", "2", "--resume")
    assert found[2] == reference[2]
    assert found.items() <= reference.items()


@pytest.mark.skipif(os.name != "posix", reason="gloo under torchrun is tried on POSIX")
def test_two_ranks_repeat(reference: dict[int, str], tmp_path: Path) -> None:
    """Under torchrun two runs of two processes give the same weights, for other workers, and resumed in mid-epoch."""
    first = train(tmp_path, "--workers", "0", launcher=TORCHRUN)
    assert first.keys() == {0, 1, 2}
    assert first != reference, "two ranks take other steps than one"
    assert train(tmp_path, "--workers", "1", launcher=TORCHRUN) == first
    half = PLAIN.replace(
        "                part.replace(args.checkpoint)", "                step < 3 and part.replace(args.checkpoint)"
    )
    train(tmp_path, "--epochs", "1", code=half, launcher=TORCHRUN)
    assert train(tmp_path, "--resume", launcher=TORCHRUN) == first


RANKS = """
import json
samples = []
for rank in range(COUNT):
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(COUNT))
    data = SeededDataset(Stripes(), 2020)
    sampler = RankSampler(data)
    sampler.set_epoch(1)
    loader = DataLoader(data, sampler=sampler, batch_size=32, num_workers=rank % 2, collate_fn=data.collate)
    samples += [hashlib.sha256(image.numpy().tobytes()).hexdigest() for images, _ in loader for image in images]
print(json.dumps(sorted(samples)))
"""


def test_same_samples_for_any_number_of_ranks(tmp_path: Path) -> None:
    """For 1, 2 and 4 ranks the samples with their augmentations are the same, each once."""
    code, _, _ = PLAIN.partition('if __name__ == "__main__":')
    found: list[Any] = [seen(f"{code}\n{RANKS.replace('COUNT', str(ranks))}", cwd=tmp_path) for ranks in (1, 2, 4)]
    assert found[1] == found[2] == found[0]
    assert len(set(found[0])) == 512


@pytest.mark.gpu
def test_same_weights_on_a_gpu(tmp_path: Path) -> None:
    """On a GPU, with convolution, attention, bfloat16, dropout and pinned memory: the same weights, for any workers."""
    older_torch = "    warnings.filterwarnings('ignore', \"The argument 'device' of Tensor\")  # its own DataLoader\n"
    code = PLAIN.replace("def main() -> None:\n", f"def main() -> None:\n{older_torch}")
    first = train(tmp_path, "--device", "cuda", "--workers", "0", code=code)
    assert train(tmp_path, "--device", "cuda", "--workers", "2", code=code) == first
    without = code.replace("    seed = seed_everything(2020)", "    seed = int.from_bytes(os.urandom(4), 'big')")
    assert train(tmp_path, "--device", "cuda", code=without) != first
