"""The snippet `seed`: what it makes repeat, what it does not, and what each line is for."""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.expanders import expand_live_template, expand_snippet
from tests.support.forked import observe, result, run_all
from tests.support.marks import each_device
from tests.support.processes import ROOT, seen

PROBE = (ROOT / "tests/support/probe.py").read_text(encoding="utf-8")
DRAWN = PROBE.partition('if __name__ == "__main__"')[0] + "\nresult = drawn()"
PLAIN = (ROOT / "snippets/python/seed.py").read_text(encoding="utf-8")
XML = (ROOT / "snippets/pycharm/seedblock.xml").read_text(encoding="utf-8")
JSON = (ROOT / "snippets/vscode/seedblock.code-snippets").read_text(encoding="utf-8")

TYPED = {"seed_value": "4294967295"}
DEFAULT_FORMS = {
    "python": PLAIN,
    "pycharm": expand_live_template(XML, "seed"),
    "vscode": expand_snippet(JSON, "seed"),
}
TYPED_FORMS = {
    "pycharm": expand_live_template(XML, "seed", TYPED),
    "vscode": expand_snippet(JSON, "seed", TYPED, fields=("seed_value",)),
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What forks and two fresh processes with different folders and hash seeds draw below a block."""
    forked = {
        **{f"default {form}": code for form, code in DEFAULT_FORMS.items()},
        **{f"typed {form}": code for form, code in TYPED_FORMS.items()},
        "no block": "",
        "no block again": "",
    }
    found = run_all(result, [f"{code}\n{DRAWN}" for code in forked.values()])
    fresh = {
        f"fresh {number}": seen(
            f"{PLAIN}\n{PROBE}", cwd=tmp_path_factory.mktemp(f"run {number} ä"), hash_seed=hash_seed
        )
        for number, hash_seed in enumerate((None, "7"))
    }
    return {**dict(zip(forked, found, strict=True)), **fresh}


@pytest.mark.parametrize("form", ["default pycharm", "default vscode", "fresh 0", "fresh 1"])
def test_streams_repeat_in_fresh_processes(drawn: dict[str, dict[str, str]], form: str) -> None:
    """Every form of the block gives the same bits, for any hash seed and working folder."""
    assert drawn[form] == drawn["default python"]


def test_typed_seed_repeats_and_differs(drawn: dict[str, dict[str, str]]) -> None:
    """A seed typed at the tab stop gives the same streams in both editors, all different from the default seed's."""
    assert drawn["typed pycharm"] == drawn["typed vscode"]
    assert all(drawn["typed pycharm"][stream] != digest for stream, digest in drawn["default python"].items())


def test_streams_differ_without_the_block(drawn: dict[str, dict[str, str]]) -> None:
    """The control: without the block no stream repeats."""
    assert all(drawn["no block"][stream] != digest for stream, digest in drawn["no block again"].items())


# --- one line at a time ---------------------------------------------------------------------------------------------

# Lines whose removal has no visible effect on a machine without a GPU, and why.
UNSEEN_ON_A_CPU = {
    "torch.cuda.manual_seed(seed_value)": "torch.manual_seed has queued the same seed for every GPU",
    "torch.cuda.manual_seed_all(seed_value)": "torch.manual_seed has queued the same seed for every GPU",
}


def code_lines(code: str) -> list[str]:
    return [line for line in code.splitlines() if line and not line.startswith("#")]


def test_each_line_has_an_effect() -> None:
    """Removing any line of the block has a visible effect, except for the lines listed with a reason."""
    lines = code_lines(PLAIN)
    whole, again, *shortened = run_all(observe, [PLAIN, PLAIN, *(PLAIN.replace(line, "", 1) for line in lines)])
    assert whole == again
    unseen = [line.partition("  #")[0] for line, result in zip(lines, shortened, strict=True) if result == whole]
    assert unseen == list(UNSEEN_ON_A_CPU)


# --- what the comments say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", ["-1", "4294967296"])
def test_seed_outside_the_range_is_refused(seed: str) -> None:
    """NumPy refuses a seed outside [0, 2**32 - 1]."""
    code = PLAIN.replace("seed_value = 2020", f"seed_value = {seed}")
    assert run_all(observe, [code]) == [{"error": "ValueError('Seed must be between 0 and 2**32 - 1')"}]


def test_hash_seed_outside_the_range_stops_a_new_process(tmp_path: Path) -> None:
    """A process started with PYTHONHASHSEED outside the range does not run at all."""
    environment = {**os.environ, "PYTHONHASHSEED": str(2**32)}
    result = subprocess.run([sys.executable, "-c", ""], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "PYTHONHASHSEED" in result.stderr


@pytest.mark.parametrize(
    "draw",
    ["np.random.default_rng().bytes(8)", "np.random.RandomState().bytes(8)", "random.Random().randbytes(8)"],
)
def test_block_does_not_reach_generators_of_their_own(draw: str) -> None:
    """A generator object that is made without a seed is not seeded by the block: two runs differ."""
    code = f"{PLAIN}\nraise ValueError({draw})"
    first, second = run_all(observe, [code, code])
    assert "ValueError" in first["error"]
    assert first != second


def test_hash_stays_in_this_process_and_changes_in_new_ones() -> None:
    """PYTHONHASHSEED set by the block leaves hash() here as it was; a new process hashes with it."""
    (result,) = run_all(observe, [PLAIN])
    assert not result["hash here is that of a new process"]
    child = subprocess.run(
        [sys.executable, "-c", "print(hash('a'))"],
        env={**os.environ, "PYTHONHASHSEED": "2020"},
        capture_output=True,
        check=True,
    )
    assert result["hash in a new process"] == int(child.stdout)


STARTED = """
import multiprocessing


def child(queue):
    {again}
    queue.put((drawn(), hash("a")))


if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    streams, child_hash = queue.get(timeout=120)
    process.join()
    result = {{**streams, "hash": child_hash, "hash here": hash("a")}}
"""

FORK = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")


@pytest.mark.parametrize(
    ("method", "again", "repeating", "hash_differs"),
    [
        pytest.param("spawn", "", {"random", "numpy", "torch"}, True, marks=pytest.mark.slow, id="spawn"),
        pytest.param("forkserver", "", {"numpy", "torch"}, True, marks=[FORK, pytest.mark.slow], id="forkserver"),
        pytest.param("fork", "", {"numpy", "torch"}, False, marks=FORK, id="fork"),
        pytest.param(
            "fork", f"exec({PLAIN!r})", {"random", "numpy", "torch"}, False, marks=FORK, id="fork, block run again"
        ),
    ],
)
def test_children(
    drawn: dict[str, dict[str, str]], tmp_path: Path, method: str, again: str, repeating: set[str], hash_differs: bool
) -> None:
    """A child that imports the script runs the block and draws the same as its parent; a fork must run the block again.

    Until then `random` differs, because Python reseeds it in each fork. This includes forks of a fork server that has
    imported the script, as since Python 3.14. A fork keeps its parent's hashing; other children use PYTHONHASHSEED.
    """
    probe, _, _ = PROBE.partition('if __name__ == "__main__"')
    code = f"{PLAIN}\n{probe}\n{STARTED.format(method=method, again=again)}"
    if method == "fork":
        (found,) = run_all(result, [code])
    else:
        found = seen(f"{code}    print(json.dumps(result))\n", cwd=tmp_path, hash_seed="random")
    same = {stream for stream, digest in drawn["default python"].items() if found.get(stream) == digest}
    looked_at = {"numpy", "torch"} if method == "forkserver" else {"random", "numpy", "torch"}
    assert same & looked_at == repeating
    assert (found["hash"] != found["hash here"]) == hash_differs


MIRROR = """
agreement = [
    float(np.mean(np.random.randint(0, n, 10_000) == torch.randint(0, n, (10_000,)).numpy()))
    for n in (2, 256, 2**27, 10, 2**28)
]
result = agreement[:3], agreement[3:]
"""


@pytest.mark.parametrize(("seeded", "mirrored"), [("seed_value", True), ("[seed_value, 1]", False)])
def test_numpy_and_torch_mirror_each_other(seeded: str, mirrored: bool) -> None:
    """The block gives NumPy and torch on the CPU the same state: integers below a power of two up to 2**27 are equal.

    Other integers agree only by chance, and with `seedall`'s seeding of NumPy all do.
    """
    code = PLAIN.replace("np.random.seed(seed_value)", f"np.random.seed({seeded})")
    ((of_powers, of_others),) = run_all(result, [code + MIRROR])
    assert max(of_others) < 0.15
    if mirrored:
        assert of_powers == [1, 1, 1]
    else:
        assert 0.45 < of_powers[0] < 0.55
        assert max(of_powers[1:]) < 0.05


def test_manual_seed_covers_the_next_two_lines() -> None:
    """torch.manual_seed alone queues the seed for every GPU until CUDA starts."""
    code = """
import torch
torch.manual_seed(7)
call, _ = torch.cuda._lazy_seed_tracker.get_calls()[-1]
raise ValueError(call.__qualname__, call.__closure__[0].cell_contents)
"""
    assert run_all(observe, [code]) == [{"error": "ValueError('manual_seed_all.<locals>.cb', 7)"}]


# --- training --------------------------------------------------------------------------------------------------------

TRAINING = """
device = {device!r}
model = torch.nn.Sequential(
    torch.nn.Conv2d(3, 16, 3), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Flatten(), torch.nn.Linear(16 * 900, 10)
).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
for _ in range(20):
    optimizer.zero_grad()
    loss = model(torch.randn(8, 3, 32, 32, device=device)).square().mean()
    loss.backward()
    optimizer.step()
weights = b"".join(parameter.detach().cpu().numpy().tobytes() for parameter in model.parameters())
result = {{"weights": sha256(weights), "finite": loss.isfinite().item(), **drawn()}}
"""


def train(blocks: list[str], device: str) -> list[dict[str, Any]]:
    probe, _, _ = PROBE.partition('if __name__ == "__main__"')
    return run_all(result, [f"{block}\n{probe}\n{TRAINING.format(device=device)}" for block in blocks])


@each_device
def test_training_repeats(device: str) -> None:
    """Weights and streams repeat after 20 steps of a convolutional net with dropout; without the block they differ."""
    first, again, without = train([PLAIN, PLAIN, ""], device)
    assert first["finite"]
    assert first == again
    assert without["weights"] != first["weights"]


@pytest.mark.gpu
def test_manual_seed_gives_every_gpu_its_stream() -> None:
    """torch.manual_seed alone gives every GPU the same stream as with the two lines for CUDA."""
    alone = "\n".join(line for line in PLAIN.splitlines() if not line.startswith("torch.cuda."))
    first, second = train([alone, PLAIN], "cuda")
    assert first == second


# --- a silent change upstream ---------------------------------------------------------------------------------------

FIRST_DRAWS = """
result = random.getrandbits(32), int(np.random.randint(2**27)), int(torch.randint(2**27, ()))
"""


def test_streams_are_those_that_were_recorded() -> None:
    """The first integer of each stream is the recorded one, so that we notice a change in a library.

    Integers, because floats could depend on the C library; below 2**28, as torch 2.4 draws larger ones differently.
    """
    assert run_all(result, [f"{PLAIN}\n{FIRST_DRAWS}"]) == [(2661459254, 75277152, 75277152)]
