# seedblock 0.2.0, MIT licence: for the top level of a script, below any `from __future__`
import json
import os
import random as python_random  # leaves `random` to your own imports
from typing import Any

import numpy as np
import torch


def _rank_and_world_size() -> tuple[int, int]:
    """From the process group, or before there is one from torchrun, else (0, 1)."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def _torch_states() -> dict[str, list[torch.Tensor]]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    xpu = torch.xpu.get_rng_state_all() if torch.xpu.is_initialized() else []
    mps = [torch.mps.get_rng_state()] if torch.backends.mps.is_available() else []
    return {"cpu": [torch.get_rng_state()], "cuda": cuda, "xpu": xpu, "mps": mps}


def _set_torch_states(states: dict[str, list[torch.Tensor]]) -> None:
    torch.set_rng_state(states["cpu"][0])
    torch.cuda.set_rng_state_all(states["cuda"])
    torch.xpu.set_rng_state_all(states["xpu"])
    for state in states["mps"]:
        torch.mps.set_rng_state(state)


def rng_state() -> dict[str, Any]:
    """Return the state of random, NumPy, and torch on each device in use.

    It has no tensors, arrays or bytes: torch.load reads it with weights_only=True and
    any map_location. In distributed training each rank saves its own. Not in it:
    the place in an epoch, DataLoader workers, default_rng() and generators of your own,
    on a GPU the dropout= of nn.LSTM, nn.GRU and nn.RNN, which cuDNN draws.
    """
    numpy = np.random.get_state(legacy=False)
    return {
        "rank": _rank_and_world_size()[0],
        "random": python_random.getstate(),
        "numpy": json.loads(json.dumps(numpy, default=np.ndarray.tolist)),
        "torch": {k: [s.tolist() for s in v] for k, v in _torch_states().items()},
    }


def set_rng_state(state: dict[str, Any]) -> None:
    """Let every stream go on from where rng_state() found it.

    Call it right before the loop: what is built after it draws from these streams. A
    device that was not in use when the state was saved keeps the stream it has now.
    """
    rank, _ = _rank_and_world_size()
    if state["rank"] != rank:
        found = f"this is rank {rank}, the state is of rank {state['rank']}"
        raise RuntimeError(f"{found}: let each rank save and load its own")
    torch_states = {
        name: [torch.tensor(s, dtype=torch.uint8, device="cpu") for s in states]
        for name, states in state["torch"].items()
    }
    here = {"cpu": 1, "mps": int(torch.backends.mps.is_available())}
    here |= {"cuda": torch.cuda.device_count(), "xpu": torch.xpu.device_count()}
    for name, states in torch_states.items():
        if len(states) > here[name]:
            raise RuntimeError(f"the state is of more {name} devices than are here")
    for name, device in (("cuda", torch.cuda), ("xpu", torch.xpu)):
        if torch_states[name]:
            device.init()  # or a manual_seed that waits for it would come after this
    np.random.set_state(state["numpy"])  # first: it may raise
    python_random.setstate(state["random"])
    _set_torch_states(torch_states)


# torch.save({"model": model.state_dict(), "rng": rng_state()}, "checkpoint.pt")
# Save optimizer, scheduler, GradScaler, EMA, unapplied gradients, epoch and start too; one
# file per rank. Import set_rng_state; before the loop: set_rng_state(checkpoint["rng"])
