"""`rng_state` in a training that is resumed. checks/seedstate.py shows that each line is needed."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.forked import result, run_all
from tests.support.processes import plain

# Dropout draws from torch, the data from NumPy and random: every stream affects the weights.
TRAINING = """
python_random.seed(1), np.random.seed(2), torch.manual_seed(3)
model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(), torch.nn.Linear(8, 1))
optimizer = torch.optim.AdamW(model.parameters())
step = 0
if {resume}:
    checkpoint = torch.load({path!r}, weights_only=True)
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    step = checkpoint["step"]
    {restore}
while step < {last}:
    data = torch.from_numpy(np.random.standard_normal((4, 8))).float() * python_random.gauss(0, 1)
    optimizer.zero_grad()
    model(data).square().mean().backward()
    optimizer.step()
    step += 1
state = {{"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "rng": rng_state()}}
torch.save(state, {path!r})
result = fingerprint(model.state_dict()), fingerprint()
"""


def train(cwd: Path, last: int, resume: bool, restore: str = 'set_rng_state(checkpoint["rng"])') -> object:
    code = TRAINING.format(path=str(cwd / "checkpoint.pt"), last=last, resume=resume, restore=restore)
    return run_all(result, [plain("seeding") + code])[0]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> object:
    return train(tmp_path_factory.mktemp("uninterrupted"), last=9, resume=False)


@pytest.mark.parametrize(("restore", "same"), [('set_rng_state(checkpoint["rng"])', True), ("pass", False)])
def test_resume_is_exact(restore: str, same: bool, uninterrupted: object, tmp_path: Path) -> None:
    """A training stopped after 5 of 9 steps and resumed in a new process ends with the uninterrupted one's bits.

    Without the streams it does not: the control.
    """
    train(tmp_path, last=5, resume=False)
    assert (train(tmp_path, last=9, resume=True, restore=restore) == uninterrupted) is same


# Each rank draws its own dropout. It loads the file that it saved, or all load rank 0's.
RANK = """
import torch.distributed as dist

store = dist.FileStore({folder!r} + "/store{part}", 2)
dist.init_process_group("gloo", store=store, rank={rank}, world_size=2)
dist.barrier()  # if one rank exits while the other is connecting, the other fails
torch.manual_seed({rank} if {part} == 0 else 9)
masks = [torch.nn.functional.dropout(torch.ones(99)).tolist() for _ in range(3)]
if {part} == 0:
    torch.manual_seed({rank})
    torch.nn.functional.dropout(torch.ones(99))
    torch.save(rng_state(), {folder!r} + "/rank{rank}.pt")
    result = masks
else:
    set_rng_state(torch.load({folder!r} + "/rank{of}.pt", weights_only=True))
    result = [torch.nn.functional.dropout(torch.ones(99)).tolist() for _ in range(2)]
dist.destroy_process_group()
"""


def ranks(folder: Path, part: int, of: tuple[int, int]) -> list[Any]:
    block = plain("seedstate_block")
    codes = [block + RANK.format(folder=str(folder), part=part, rank=rank, of=other) for rank, other in enumerate(of)]
    return run_all(result, codes)


def test_each_rank_saves_its_own(tmp_path: Path) -> None:
    """Two ranks that load their own states continue with their own dropout; rank 1 rejects rank 0's state."""
    first, second = ranks(tmp_path, 0, (0, 1))
    assert ranks(tmp_path, 1, (0, 1)) == [first[1:], second[1:]]
    assert first[1:] != second[1:]
    with pytest.raises(
        RuntimeError, match="this is rank 1, the state is of rank 0: let each rank save and load its own"
    ):
        ranks(tmp_path, 2, (0, 0))
