"""What a process draws from every random stream, as digests of raw bytes. Run as a file's text, below a block."""

import hashlib
import json
import random

import numpy as np
import torch


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def drawn() -> dict[str, str]:
    """Draw from each stream: integers, floats and normals, whose generators keep hidden state of their own."""
    normals = np.array([random.gauss(0, 1) for _ in range(101)])
    streams = {
        "random": random.randbytes(4096) + normals.tobytes(),
        "numpy": np.random.bytes(4096) + np.random.standard_normal(101).tobytes(),
        "torch": torch.randint(256, (4096,), dtype=torch.uint8).numpy().tobytes() + torch.randn(101).numpy().tobytes(),
    }
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            device = f"cuda:{index}"
            streams[device] = torch.rand(4096, device=device).cpu().numpy().tobytes()
    return {name: sha256(data) for name, data in streams.items()}


if __name__ == "__main__":
    print(json.dumps(drawn()))
