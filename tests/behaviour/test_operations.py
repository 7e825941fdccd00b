"""Under `seedall` each operation repeats, or raises an error that says it cannot."""

import re

import pytest

from tests.support.forked import METHODS, result, run_all
from tests.support.marks import compiler, each_device
from tests.support.operations import OPERATIONS, outcome
from tests.support.processes import plain

# Errors for a missing deterministic kernel. A CPU has no kernels for some kinds of attention.
NO_KERNEL = re.compile(
    r"(?s)raises: .*(does not have a deterministic implementation|No available kernel|No viable backend)"
)
# These must repeat and not raise: torch has deterministic kernels for them.
REPEATING_ON_CUDA = {
    "scatter_add",
    "index_add",
    "embedding backward",
    "attention backward, math",
    "attention backward, flash",
    "attention backward, memory-efficient",
    "convolution, float32",
    "convolution, TF32",
    "convolution, bfloat16",
    "convolution, channels last",
    "matmul in two streams",
    "cross_entropy",
    "LSTM",
    "dropout",
}
RAISING_ON_CPU = {
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "put_",
    "attention backward, memory-efficient",
    "attention backward, cuDNN",
}


def cases() -> list[str]:
    """All except the compiled one, which is slow and needs a compiler."""
    return [name for name in OPERATIONS if name != "torch.compile"]


def table(device: str, seeded: bool, times: int, names: list[str], threads: int = 1) -> dict[str, str]:
    found = run_all(outcome, [(name, device, threads, seeded, times) for name in names])
    return dict(zip(names, found, strict=True))


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.slow)])
@each_device
def test_repeats_or_raises(device: str, threads: int) -> None:
    """Under seedall an operation gives the same bits each time and in two processes, or has no deterministic kernel."""
    first, second = (table(device, True, times, cases(), threads) for times in (5, 2))
    assert [name for name, found in first.items() if found == "varies"] == []
    assert first == second
    raising = {name for name, found in first.items() if found.startswith("raises")}
    assert not [found for name, found in first.items() if name in raising and not NO_KERNEL.match(found)]
    assert raising == RAISING_ON_CPU if device == "cpu" else not raising & REPEATING_ON_CUDA


def test_what_varies_or_fails_is_noticed() -> None:
    """The control: unseeded bits are reported as varying, and an unrelated error does not count as a missing kernel."""
    varying, failing = table("cpu", True, 2, ["varying", "failing"]).values()
    assert varying == "varies"
    assert failing.startswith("raises")
    assert not NO_KERNEL.match(failing)


# In each of 1,000 processes, the first cosine, by four threads.
FIRST_COSINES = """
import hashlib

reading, writing = os.pipe()
digests = set()
for _ in range(1_000):
    child = os.fork()
    if child == 0:
        torch.set_num_threads(4)
        seed_everything(2020)
        cosines = torch.linspace(0, 1, 600_000).cos()
        os.write(writing, hashlib.sha256(cosines.numpy().tobytes()).digest())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    digests.add(os.read(reading, 32))
result = len(digests)
"""


@pytest.mark.slow
@pytest.mark.skipif("fork" not in METHODS, reason="hours, as each process imports torch anew")
def test_the_first_call_of_a_process_repeats() -> None:
    """Under seedall the first mathematical function that threads compute has the same bits in 1,000 processes.

    With no function called before, 45 of 4,000 processes had other bits (two cores, MKL 2024.2): pytorch issue 188792.
    """
    assert run_all(result, [plain("seedall") + FIRST_COSINES]) == [1]


@pytest.mark.gpu
def test_without_seedall_some_vary() -> None:
    """The control: on a GPU, some operations vary with torch.manual_seed alone; -rP lists them."""
    found = table("cuda", False, 20, cases())
    for name, one in found.items():
        print(f"{name}: {one if one == 'varies' or one.startswith('raises') else 'repeats'}")
    assert {"scatter_add", "index_add"} & {name for name, one in found.items() if one == "varies"}


@pytest.mark.slow
@compiler
@each_device
def test_compiled_repeats_or_raises(device: str) -> None:
    """Under seedall a compiled function with dropout and sums gives the same bits in two processes, or raises."""
    first, second = (table(device, True, 3, ["torch.compile"], threads=2) for _ in range(2))
    assert first == second
    (found,) = first.values()
    assert found != "varies"
    assert not found.startswith("raises") or (device == "cuda" and NO_KERNEL.match(found))
