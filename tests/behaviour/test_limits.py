"""What changes the bits under `seedall`, and what does not: the rows of docs/what-changes-the-bits.md."""

import pytest

from tests.support.changes import Setting, bits
from tests.support.forked import run_all
from tests.support.marks import compiler, each_device


def changed(computation: str, setting: Setting, **changes: object) -> bool:
    """Return whether the changes give other bits. Both settings must repeat."""
    with_them = setting._replace(**changes)  # type: ignore[arg-type]
    first, again, other, other_again = run_all(
        bits, [(computation, one) for one in (setting, setting, with_them, with_them)]
    )
    assert (first, other) == (again, other_again)
    return first != other


@each_device
@pytest.mark.parametrize("computation", ["draws", "training", "one_sample"])
def test_seed(computation: str, device: str) -> None:
    """The same seed gives the same bits in another process; a different seed gives different bits."""
    assert changed(computation, Setting(device), seed=2021)


@pytest.mark.parametrize(("computation", "differs"), [("draws", False), ("sums", True)])
def test_number_of_threads(computation: str, differs: bool) -> None:
    """On a CPU, a different number of threads does not change draws, but changes sums."""
    assert changed(computation, Setting(), threads=2) == differs


@each_device
def test_batch_size(device: str) -> None:
    """The last bits of a net's output for a sample depend on the batch size."""
    assert changed("one_sample", Setting(device), batch=1)


@pytest.mark.gpu
@pytest.mark.parametrize("computation", ["matmul", "convolution"])
def test_tf32(computation: str) -> None:
    """TF32 changes the bits of convolutions and matrix products."""
    assert changed(computation, Setting("cuda"), tf32=True)


@pytest.mark.slow
@compiler
@each_device
@pytest.mark.parametrize("computation", ["dropout", "training"])
def test_compile(computation: str, device: str) -> None:
    """torch.compile draws different numbers and gives different weights, but repeats."""
    assert changed(computation, Setting(device), compiled=True)


@pytest.mark.slow
@compiler
@each_device
def test_compile_with_fallback_random(device: str) -> None:
    """With torch._inductor.config.fallback_random it draws the same numbers as without compiling."""
    assert not changed("dropout", Setting(device), compiled=True, fallback_random=True)
