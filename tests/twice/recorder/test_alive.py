"""What the recorder finds alive: options and states of optimizers, tensors in global names, modules that are freed, jobs of pools."""

import sys
import weakref
from pathlib import Path
from typing import Any

import pytest

from seedblock.twice.tape.fast_lines import read_plain
from tests.support.forked import METHODS
from tests.support.processes import run
from tests.twice.recorder.test_recorder import package, recorded  # noqa: F401

STATES = """
import torch
from torch.optim.lr_scheduler import StepLR
torch.manual_seed(1)
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.Adam(net.parameters(), lr=0.5)
schedule = StepLR(optimizer, 2, gamma=0.5)
for _ in range(5):
    net(torch.ones(2, 2)).sum().backward()
    optimizer.step()
    schedule.step()
"""


@pytest.mark.parametrize(("every", "states"), [("0", 0), ("1", 4)])
def test_options_and_states(every: str, states: int, tmp_path: Path) -> None:
    """Options are written when they change, the state at the end, and at each step that has one if that is asked for."""
    code, said, lines = recorded(tmp_path, STATES, SEEDBLOCK_EVERY=every)
    assert (code, said) == (0, "")
    steps = [line for line in lines if "step" in line]
    assert [line.get("options") for line in steps] == [None, None, {"lr": "0.25"}, None, {"lr": "0.125"}]
    assert sum("state" in line for line in steps) == states
    texts = [text for path in (tmp_path / "tape").iterdir() for text in path.read_bytes().splitlines()]
    assert all(read_plain(text) for text in texts if text.startswith(b'{"step":'))  # no JSON parser is needed
    (new,) = (line for line in lines if "parameters" in line)
    assert (new["kind"], new["options"]["lr"], new["options"]["betas"]) == ("Adam", "0.5", "(0.9, 0.999)")  # type: ignore[index]
    assert [line["of"] for line in lines if "of" in line] == [0]


NAMES = {
    "params": ({"w": 1.0, "deep": [{"b": 2.0}]}, ["params['w']", "params['deep'][0]['b']"]),
    "leaf": ("leaf", ["leaf"]),
    "loss": ("loss", []),
    "data": (1.0, []),
    "_hidden": ({"w": 1.0}, []),
    "counts": ({"n": 1}, []),
    "mixed": ({"w": 1.0, "name": "text"}, []),
    "rows": ([1.0, 2.0], []),
}


@pytest.mark.parametrize("name", NAMES)
def test_global_names(name: str, package: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """A global name holds a training's state if it has only tensors, in a dictionary or with a gradient of their own."""
    import torch
    from seedblock_record.live_tensors import global_tensors

    def made(value: Any) -> Any:
        if isinstance(value, (dict, list)):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            parts = {key: made(part) for key, part in pairs}
            return parts if isinstance(value, dict) else list(parts.values())
        if value in ("leaf", "loss"):
            leaf = torch.ones(2, requires_grad=True)
            return leaf if value == "leaf" else leaf.sum()
        return value if isinstance(value, str) else torch.tensor(value)

    value, found = NAMES[name]
    main = type(sys)("__main__")
    setattr(main, name, made(value))
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert [path for path, _ in global_tensors(set(), alone=False)] == found
    alone = [path for path, _ in global_tensors(set(), alone=True)]
    assert bool(alone) == (name not in ("_hidden", "counts", "mixed"))


def test_freed_modules_are_not_held(package: None) -> None:  # noqa: F811
    """A module is freed when the script frees it, with its weights written; once a training is seen, they are not."""
    import torch
    from seedblock_record.freed_modules import FreedModules

    freed, written = FreedModules(), []
    for _ in range(2):
        net = torch.nn.Linear(2, 1)
        for name, parameter in net.named_parameters():
            freed.registered(net, name, parameter)
        alive = weakref.ref(net)
        del net, parameter
        assert alive() is None
        written.append([entry["names"] for entry in freed.entries])
        freed.stop()
    assert written == [[["weight", "bias"]], []]


def test_a_scale_is_found_after_its_scaler_is_gone(package: None) -> None:  # noqa: F811
    """A gradient scaler that was seen at the first loss is compared at the end, even if a function has freed it."""
    import torch
    from seedblock_record.optimizer_states import Scalers

    scaler, scalers = torch.amp.GradScaler("cpu", init_scale=8.0), Scalers()
    scaler.scale(torch.ones(()))
    scalers.find()
    scaler._scale.fill_(4.0)
    del scaler
    assert scalers.values() == ["scale 4.0, 0 steps since it grew"]


POOL = """
import sys
from multiprocessing import get_context
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

def job(n):
    return n * n

if __name__ == "__main__":
    for method in METHODS:
        with get_context(method).Pool(2) as pool:
            print(pool.map(job, range(4)), pool.apply_async(job, (3,)).get())
        with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
            print(list(pool.map(job, range(4))))
    with ThreadPoolExecutor(2) as pool:
        print(list(pool.map(job, range(4))))
    from multiprocessing.pool import ThreadPool
    with ThreadPool(2) as pool:
        print(pool.map(job, range(4)))
"""


def test_pools_work_as_without_the_recorder(tmp_path: Path) -> None:
    """Pools of every kind give the same results under the recorder, however their workers are started."""
    code = POOL.replace("METHODS", repr(METHODS))
    (tmp_path / "pool.py").write_text(code, encoding="utf-8")
    plain = run("pool.py", cwd=tmp_path)
    assert (plain.returncode, plain.stderr) == (0, "")
    assert recorded(tmp_path, code)[:2] == (0, plain.stdout)
