"""Recording and comparing real runs: the script does not change, and every way a run can end has a clear verdict."""

import json
import os
from pathlib import Path

import pytest

from tests.support.processes import ROOT, run
from tests.support.scripts import script

SLOW = pytest.mark.slow  # each trains a script several times
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs the signals and forks of POSIX")


def seedblock(*arguments: str, cwd: Path) -> tuple[int, str]:
    result = run("-m", "seedblock", *arguments, cwd=cwd)
    assert "Traceback" not in result.stderr.partition("last lines are")[0], result.stderr
    return result.returncode, result.stdout + result.stderr


def write(cwd: Path, code: str, name: str = "train.py") -> Path:
    (cwd / name).write_text(code, encoding="utf-8")
    return cwd / name


def lines(tape: Path) -> list[dict[str, object]]:
    """The lines of a tape, of all processes and threads."""
    files = sorted(tape.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def size(tape: Path) -> int:
    return sum(file.stat().st_size for file in tape.glob("*.jsonl"))


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.slow)])
def test_being_watched_changes_nothing(workers: str, tmp_path: Path) -> None:
    """With the recorder and without it, a script prints the same weights, and then draws the same from each stream."""
    code = write(tmp_path, script(sample="return torch.rand(8) * random.random() + np.random.random()")).read_text(
        encoding="utf-8"
    )
    assert "streams = random.random(), np.random.random(), torch.rand(1)" in code
    alone = run("train.py", "--workers", workers, cwd=tmp_path).stdout
    write(
        tmp_path,
        code.replace("print(", "open('printed', 'w').write(").replace(
            "hexdigest(), streams)", "hexdigest() + ' ' + str(streams) + '\\n')"
        ),
    )
    assert seedblock("record", "--out", "a.tape", "--", "train.py", "--workers", workers, cwd=tmp_path)[0] == 0
    assert (tmp_path / "printed").read_text(encoding="utf-8") == alone


def test_script_sees_nothing_of_the_recorder(tmp_path: Path) -> None:
    """Arguments, sys.path, the main module and the environment's sitecustomize are as without the recorder."""
    (tmp_path / "site").mkdir()
    write(tmp_path / "site", "import builtins; builtins.customized = True", "sitecustomize.py")
    code = "import sys, json; json.dump([sys.argv, sys.path, __name__, __file__, customized, 'torch' in sys.modules], open(OUT, 'w'))"
    variables = {"PYTHONPATH": str(tmp_path / "site")}
    write(tmp_path, f"OUT = 'alone'\n{code}")
    run("train.py", "a b", cwd=tmp_path, variables=variables)
    write(tmp_path, f"OUT = 'watched'\n{code}")
    result = run(
        "-m", "seedblock", "record", "--out", "a.tape", "--", "train.py", "a b", cwd=tmp_path, variables=variables
    )
    assert result.returncode == 0, result.stderr
    alone, watched = (json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("alone", "watched"))
    assert alone == watched


@SLOW
def test_record_and_compare(tmp_path: Path) -> None:
    """`compare` says of two tapes what `twice` says of two runs. A tape names parameters; a step takes a few hundred bytes."""
    write(tmp_path, script())
    write(tmp_path, script(seed="random.seed(2), np.random.seed(2), torch.manual_seed(2)"), "other.py")
    for name, code in (("a", "train.py"), ("b", "train.py"), ("c", "other.py")):
        assert seedblock("record", "--out", f"{name}.tape", "--", code, cwd=tmp_path)[0] == 0
    assert seedblock("compare", "a.tape", "b.tape", cwd=tmp_path)[1].startswith(
        "identical: 12 batches, 12 steps, 12 losses"
    )
    code, said = seedblock("compare", "a.tape", "c.tape", cwd=tmp_path)
    assert (code, said.partition(" (")[0]) == (1, "differs: random streams, first at batch 0")
    tape = lines(tmp_path / "a.tape")
    assert next(line for line in tape if "parameters" in line)["parameters"] == [
        "0.weight",
        "0.bias",
        "2.weight",
        "2.bias",
    ]
    assert size(tmp_path / "a.tape") < 12 * 600


@SLOW
def test_more_ways_to_train(tmp_path: Path) -> None:
    """Parameter groups, two optimizers, accumulation, GradScaler, backward of several tensors, torch.compile: recorded, equal."""
    write(
        tmp_path,
        """
import torch
torch.manual_seed(1)
net, other = torch.nn.Linear(8, 8), torch.nn.Linear(8, 1)
first = torch.optim.AdamW([{"params": [net.weight], "lr": 0.1}, {"params": [net.bias]}])
second = torch.optim.SGD(other.parameters(), lr=0.1, momentum=0.9)
scaler = torch.amp.GradScaler("cpu")
compiled = torch.compile(net, backend="eager")
for step in range(4):
    for _ in range(2):
        scaler.scale(other(compiled(torch.randn(4, 8))).square().mean()).backward()
    scaler.step(first)
    scaler.step(second)
    scaler.update()
    first.zero_grad(), second.zero_grad()
torch.autograd.backward([net.weight.sum(), net.bias.sum()])
""",
    )
    code, said = seedblock("twice", "--", "train.py", cwd=tmp_path)
    assert (code, said.startswith("identical: 8 steps")) == (0, True), said
    seedblock("record", "--out", "a.tape", "--", "train.py", cwd=tmp_path)
    names = [line["parameters"] for line in lines(tmp_path / "a.tape") if "parameters" in line]
    assert names == [["weight", "bias"], ["weight", "bias"]]


FRAMEWORKS = {
    "Lightning": """
import lightning, torch
class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(8, 1)
    def training_step(self, batch, _):
        return self.net(batch).square().mean()
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
SEED
quiet = dict(logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False)
lightning.Trainer(max_epochs=2, accelerator="cpu", **quiet).fit(
    Module(), torch.utils.data.DataLoader(torch.randn(16, 8), 4, shuffle=True))
""",
    "accelerate": """
import accelerate, torch
SEED
accelerator = accelerate.Accelerator(cpu=True)
net = torch.nn.Linear(8, 1)
net, optimizer, loader = accelerator.prepare(
    net, torch.optim.SGD(net.parameters(), lr=0.1), torch.utils.data.DataLoader(torch.randn(16, 8), 4, shuffle=True))
for _ in range(2):
    for batch in loader:
        optimizer.zero_grad()
        accelerator.backward(net(batch).square().mean())
        optimizer.step()
""",
}


@SLOW
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_frameworks(framework: str, tmp_path: Path) -> None:
    """Steps and batches of Lightning and accelerate are recorded. They repeat with a seed, and differ without."""
    write(tmp_path, FRAMEWORKS[framework].replace("SEED", "torch.manual_seed(1)"))
    code, said = seedblock("twice", "--", "train.py", cwd=tmp_path)
    assert code == 0, said
    assert said.startswith("identical: 8 batches, 8 steps"), said
    write(tmp_path, FRAMEWORKS[framework].replace("SEED", ""))
    code, said = seedblock("twice", "--", "train.py", cwd=tmp_path)
    assert (code, said.partition(" (")[0]) == (1, "differs: random streams, first at batch 0"), said


@POSIX
@SLOW
def test_a_script_that_forks(tmp_path: Path) -> None:
    """A child process that trains has its own tape, which tells its name."""
    code = """
import multiprocessing, torch
def train():
    torch.manual_seed(SEED)
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net(torch.ones(1, 2)).sum().backward()
    optimizer.step()
if __name__ == "__main__":
    for method in ("fork", "spawn"):
        process = multiprocessing.get_context(method).Process(target=train)
        process.start()
        process.join()
"""
    write(tmp_path, code.replace("SEED", "1"))
    assert seedblock("record", "--out", "a.tape", "--", "train.py", cwd=tmp_path)[0] == 0
    names = {line["process"]["name"] for line in lines(tmp_path / "a.tape") if "process" in line}  # type: ignore[index]
    assert names == {None, "ForkProcess-1", "SpawnProcess-2"}  # None: multiprocessing was not imported yet
    assert seedblock("twice", "--", "train.py", cwd=tmp_path)[1].startswith("identical: 2 steps")
    write(tmp_path, code.replace("torch.manual_seed(SEED)", "torch.seed()"))
    found, said = seedblock("twice", "--", "train.py", cwd=tmp_path)
    assert found == 1
    assert "Process-1" in said


@POSIX
@SLOW
def test_killed_half_way(tmp_path: Path) -> None:
    """The tape of a killed run is compared as far as it goes, even if its last line is cut short."""
    write(tmp_path, script(end="\n        if args.log and epoch: import signal; os.kill(os.getpid(), signal.SIGKILL)"))
    found, said = seedblock("twice", "--", "train.py", "--log", "1", cwd=tmp_path)
    assert found == 2
    assert "run 1 was ended by signal 9 after 7 steps" in said
    assert seedblock("record", "--out", "whole.tape", "--", "train.py", cwd=tmp_path)[0] == 0
    found, said = seedblock("record", "--out", "cut.tape", "--", "train.py", "--log", "1", cwd=tmp_path)
    assert (found, "signal 9 after 7 steps" in said) == (-9, True)
    assert len([line for line in lines(tmp_path / "cut.tape") if "step" in line]) == 7
    for cut in (0, 10):
        file = max((tmp_path / "cut.tape").glob("*.jsonl"), key=lambda path: path.stat().st_size)
        file.write_bytes(file.read_bytes()[: file.stat().st_size - cut])
        found, said = seedblock("compare", "whole.tape", "cut.tape", cwd=tmp_path)
        assert found == 1
        assert "a run that failed" in said


@SLOW
def test_second_run_stops_at_the_first_difference(tmp_path: Path) -> None:
    """Run 2 is ended at the first difference, but runs to its end with --keep-going."""
    code = """
import sys, time, torch
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
net(torch.randn(1, 2)).sum().backward()
optimizer.step()
end = time.monotonic() + 120
while len(open("over").read()) >= int(sys.argv[1]) and time.monotonic() < end:  # until the run is ended
    time.sleep(0.1)
open("over", "a").write("x")
"""
    write(tmp_path, code)
    for options, ending in (((), "1"), (("--keep-going",), "2")):
        (tmp_path / "over").write_text("", encoding="utf-8")
        assert seedblock("twice", *options, "--", "train.py", ending, cwd=tmp_path)[0] == 1
        assert (tmp_path / "over").read_text(encoding="utf-8") == "x" * int(ending)


@SLOW
def test_large_parameters_and_batches_are_seen_part_by_part(tmp_path: Path) -> None:
    """One flipped bit of a large weight is found by default, and with --every 1 at its step. The tape stays small."""
    code = """
import sys, torch
torch.manual_seed(1)
net = torch.nn.Sequential(*(torch.nn.Linear(1000, 1000) for _ in range(4)))
optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
for step in range(12):
    net(torch.ones(2, 1000)).sum().backward()
    optimizer.step()
    if step == 2 and CHANGED:
        net[1].weight.data.view(torch.int32)[500, 500] ^= 1
"""
    for name, changed in (("a", "False"), ("b", "True")):
        write(tmp_path, code.replace("CHANGED", changed))
        assert seedblock("record", "--out", f"{name}.tape", "--", "train.py", cwd=tmp_path)[0] == 0
    assert size(tmp_path / "a.tape") < 12 * 1000
    found, said = seedblock("compare", "a.tape", "b.tape", cwd=tmp_path)
    assert found == 1
    assert any(f"differs: {layer}, first at step" in said for layer in ("weights", "loss"))
    for name, changed in (("a", "False"), ("b", "True")):
        write(tmp_path, code.replace("CHANGED", changed))
        seedblock("record", "--every", "1", "--out", f"{name}.tape", "--", "train.py", cwd=tmp_path)
    said = seedblock("compare", "a.tape", "b.tape", cwd=tmp_path)[1]
    assert said.startswith("differs: weights, first at step 3 (")
    assert said.splitlines()[1] == "  1.weight differs"


SEEDTRAIN, SEEDING = (
    (ROOT / f"snippets/python/{name}.py").read_text(encoding="utf-8") for name in ("seedtrain", "seeding")
)


@SLOW
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", ["identical: 32 batches, 32 steps"]),
        ("    torch.manual_seed(seed)  # every device; CUDA takes it when it starts\n", ["random streams", "torch"]),
        ("    python_random.seed(python)\n", ["batch contents"]),
        ("            torch.manual_seed(stream.initial_seed())\n", ["identical", "32 steps"]),
    ],
    ids=["as it is", "without the first weights", "without random in the data", "without dropout's own seed"],
)
def test_seedtrain(line: str, says: list[str], tmp_path: Path) -> None:
    """The training script repeats with another number of workers. Without a line that seeds, the layer it seeds is named.

    Only a resumed run needs dropout's own seed: without that line a run still repeats.
    """
    assert not line or [SEEDTRAIN.count(line), SEEDING.count(line)] in ([0, 1], [1, 0])
    write(tmp_path, SEEDTRAIN.replace(line, "") if line else SEEDTRAIN)
    write(tmp_path, SEEDING.replace(line, "") if line else SEEDING, "seeding.py")
    _, said = seedblock("twice", "--vary", "workers=0,2", "--", "train.py", "--epochs", "2", cwd=tmp_path)
    for text in says:
        assert text in said, said
