import json
import os
import random as python_random  # leaves `random` to your own imports
from typing import Any

import numpy as np
import torch


def current_rank() -> int:
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank()
    return int(os.environ.get("RANK", "0"))


def rng_state() -> dict[str, Any]:
    """Return the state of random, NumPy, and torch on each device in use.

    It has no tensors, arrays or bytes: torch.load reads it with weights_only=True and
    any map_location. In distributed training each rank saves its own. Not in it:
    the place in an epoch, DataLoader workers, default_rng() and generators of your own,
    on a GPU the dropout= of nn.LSTM, nn.GRU and nn.RNN, which cuDNN draws.
    """
    numpy = np.random.get_state(legacy=False)
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    xpu = torch.xpu.get_rng_state_all() if torch.xpu.is_initialized() else []
    mps = [torch.mps.get_rng_state()] if torch.backends.mps.is_available() else []
    devices = {"cpu": [torch.get_rng_state()], "cuda": cuda, "xpu": xpu, "mps": mps}
    return {
        "rank": current_rank(),
        "random": python_random.getstate(),
        "numpy": json.loads(json.dumps(numpy, default=np.ndarray.tolist)),
        "torch": {k: [s.tolist() for s in v] for k, v in devices.items()},
    }


def set_rng_state(state: dict[str, Any]) -> None:
    """Let every stream go on from where rng_state() found it.

    Call it right before the loop: what is built after it draws from these streams. A
    device that was not in use when the state was saved keeps the stream it has now.
    """
    if state["rank"] != current_rank():
        found = f"this is rank {current_rank()}, the state is of rank {state['rank']}"
        raise RuntimeError(f"{found}: let each rank save and load its own")
    torch_state = {
        name: [torch.tensor(s, dtype=torch.uint8) for s in states]
        for name, states in state["torch"].items()
    }
    mps = int(torch.backends.mps.is_available())
    cuda, xpu = torch.cuda.device_count(), torch.xpu.device_count()
    here = {"cpu": 1, "cuda": cuda, "xpu": xpu, "mps": mps}
    for name, states in torch_state.items():
        if len(states) > here[name]:
            raise RuntimeError(f"the state is of more {name} devices than are here")
    for name, device in (("cuda", torch.cuda), ("xpu", torch.xpu)):
        if torch_state[name]:
            device.init()  # or a manual_seed that waits for it would come after this
    np.random.set_state(state["numpy"])  # first: it may raise
    python_random.setstate(state["random"])
    torch.set_rng_state(torch_state["cpu"][0])
    torch.cuda.set_rng_state_all(torch_state["cuda"])
    torch.xpu.set_rng_state_all(torch_state["xpu"])
    for mps_state in torch_state["mps"]:
        torch.mps.set_rng_state(mps_state)


# torch.save({"model": model.state_dict(), "rng": rng_state()}, "checkpoint.pt")
# In distributed training each rank saves its own. To go on from there:
# set_rng_state(torch.load("checkpoint.pt")["rng"])
