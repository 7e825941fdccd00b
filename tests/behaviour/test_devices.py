"""Each snippet works on a GPU as on the CPU, and none starts CUDA by itself."""

from pathlib import Path

import pytest

from seedblock.rendering.model import PASTE, USE
from tests.behaviour.test_checks import COMMON
from tests.support.editor_samples import GIVEN, SNIPPETS
from tests.support.forked import failure, run_all
from tests.support.marks import each_device
from tests.support.processes import plain

CHECKS = Path(__file__).parent / "checks/devices"

# Further uses of each snippet that must not start CUDA.
BEFORE_CUDA = {
    "seediter": "list(SeededIterable(range(9), 1, 'train', 3))",
    "seedloader": "list(seeded_loader(range(9), 1, 'train'))",
    "seedprint": "fingerprint(), fingerprint(torch.zeros(3), 1)",
    "seedrank": "rank_seed(1)",
    "seedshards": "list(ShardLoader(SeededShards([range(3)], list, 1, 'train', 2)))",
    "seedstate": "set_rng_state(rng_state())",
    "seedstream": "torch_stream(1, 'shuffle'), numpy_stream(1, 'split'), python_stream(1, 'order')",
}

NOT_STARTED = """
torch.cuda._lazy_init = lambda: 1 / 0
{}
assert not torch.cuda.is_initialized()
"""


def check(blocks: list[str], device: str, code: str) -> list[str]:
    """Run code that may use `device` below each block; return nothing, or why it failed."""
    return run_all(failure, [(block, f"{COMMON}\ndevice = {device!r}\n", code) for block in blocks])


@each_device
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted(CHECKS.glob("*.py"))])
def test_on_a_device(path: Path, device: str) -> None:
    """Seeds, scopes, states, streams and digests cover the device. Loading data does not change the device's stream."""
    own = path.stem if SNIPPETS[path.stem].form == PASTE else f"{path.stem}_block"
    blocks = [plain("seeding"), plain(own)]
    assert check(blocks, device, path.read_text(encoding="utf-8")) == [""] * len(blocks)


@pytest.mark.parametrize("name", SNIPPETS)
def test_cuda_is_not_started(name: str, tmp_path: Path) -> None:
    """Neither the block nor its use starts CUDA, so workers can still fork, and the seed applies once CUDA starts."""
    quiet = "warnings.simplefilter('ignore')\n"  # seedhash warns that it cannot start this process once more
    block = f"import os\nos.chdir({str(tmp_path)!r})\n{GIVEN}{quiet}torch.cuda._lazy_init = lambda: 1 / 0\n"
    more = "\nfrom seeding import *" if SNIPPETS[name].form == USE else ""
    code = NOT_STARTED.format(BEFORE_CUDA.get(name.removesuffix("_block"), ""))
    assert check([block + SNIPPETS[name].code + more], "cuda", code) == [""]


def test_a_start_of_cuda_is_noticed() -> None:
    """The control: code that starts CUDA fails that check."""
    (found,) = check([plain("seed")], "cuda", NOT_STARTED.format("torch.cuda.init()"))
    assert "ZeroDivisionError" in found


@pytest.mark.gpu
def test_cuda_in_use_is_noticed() -> None:
    """The control on a GPU, where the start itself succeeds."""
    (found,) = check([plain("seed")], "cuda", "torch.cuda.init()\nassert not torch.cuda.is_initialized()")
    assert "AssertionError" in found


CUDNN_DROPOUT = """
lstm, inputs = torch.nn.LSTM(4, 8, num_layers=2, dropout=0.5, device=device), torch.randn(5, 3, 4, device=device)
lstm(inputs)
state = rng_state()
whole = lstm(inputs)[0].tolist()
set_rng_state(state)
assert lstm(inputs)[0].tolist() != whole
"""


@pytest.mark.gpu
def test_dropout_of_cudnn_is_not_in_the_state() -> None:
    """As the snippet says, dropout inside nn.LSTM on a GPU does not resume from the saved state."""
    assert check([plain("seedstate_block")], "cuda", CUDNN_DROPOUT) == [""]
