import random
from typing import Any

import numpy as np
import torch


def rng_state() -> dict[str, Any]:
    """Return the state of random, NumPy's global stream, and torch on each device in use.

    It holds no tensors or arrays, so torch.load reads it back with weights_only=True and
    any map_location. Not in it: the place in an epoch, DataLoader workers, generators of
    your own, on a GPU the dropout= of nn.LSTM, nn.GRU and nn.RNN, which cuDNN draws.
    """
    numpy = np.random.get_state(legacy=False)
    numpy["state"]["key"] = numpy["state"]["key"].tolist()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    xpu = torch.xpu.get_rng_state_all() if torch.xpu.is_initialized() else []
    mps = [torch.mps.get_rng_state()] if torch.backends.mps.is_available() else []
    devices = {"cpu": [torch.get_rng_state()], "cuda": cuda, "xpu": xpu, "mps": mps}
    return {
        "random": random.getstate(),
        "numpy": numpy,
        "torch": {k: [s.numpy().tobytes() for s in v] for k, v in devices.items()},
    }


def set_rng_state(state: dict[str, Any]) -> None:
    """Let every stream go on from where rng_state() found it. Call it last, above the loop.

    What is built after it draws from these streams. A device that was not in use then keeps
    the stream that it has now.
    """
    torch_state = {
        k: [torch.frombuffer(bytearray(s), dtype=torch.uint8) for s in v]
        for k, v in state["torch"].items()
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
    random.setstate(state["random"])
    np.random.set_state(state["numpy"])
    torch.set_rng_state(torch_state["cpu"][0])
    torch.cuda.set_rng_state_all(torch_state["cuda"])
    torch.xpu.set_rng_state_all(torch_state["xpu"])
    for mps_state in torch_state["mps"]:
        torch.mps.set_rng_state(mps_state)


# torch.save({"model": model.state_dict(), "rng": rng_state()}, "checkpoint.pt")
# To go on from there: set_rng_state(torch.load("checkpoint.pt")["rng"])
