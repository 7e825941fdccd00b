"""Small training scripts with one mistake each, as users write them, and the same scripts fixed with the snippets."""

from tests.support.processes import ROOT

SCRIPT = """
{top}
import argparse
import hashlib
import os
import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

{snippets}

parser = argparse.ArgumentParser()
parser.add_argument("--workers", type=int, default=0)
parser.add_argument("--persistent", type=int, default=0)
parser.add_argument("--log", type=int, default=0)
args = parser.parse_args()

{seed}


class Data(Dataset):
    def __init__(self):
        {setup}

    def __len__(self):
        return 24

    def __getitem__(self, index):
        {sample}


{model}
{seed_late}
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
{loader}
for epoch in range(2 if __name__ == "__main__" else 0):  # a worker that does not fork imports this
    {epoch}
    for batch in loader:
        optimizer.zero_grad()
        loss = net(batch).square().mean() {loss}
        loss.backward()
        {gradient}
        optimizer.step()
        {step}
        {end}
weights = b"".join(weight.numpy().tobytes() for weight in net.state_dict().values())
streams = random.random(), np.random.random(), torch.rand(1).item()
if __name__ == "__main__": print(hashlib.sha256(weights).hexdigest(), streams)
"""

# The script without a mistake.
RIGHT = {
    "top": "",
    "snippets": "",
    "seed": "random.seed(1), np.random.seed([1, 1]), torch.manual_seed(1)",
    "setup": "pass",
    "sample": "return torch.full((8,), index / 8)",
    "model": "net = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(), torch.nn.Linear(8, 1))",
    "seed_late": "",
    "loader": "loader = DataLoader(Data(), 4, shuffle=True, num_workers=args.workers,"
    " persistent_workers=args.workers > 0 and args.persistent > 0)",
    "epoch": "pass",
    "loss": "",
    "gradient": "pass",
    "step": "pass",
    "end": "pass",
}


def script(**changes: str) -> str:
    return SCRIPT.format(**{**RIGHT, **changes})


def snippet(name: str) -> str:
    return (ROOT / f"snippets/python/{name}.py").read_text(encoding="utf-8")


SEEDED = {
    "snippets": snippet("seedloader_block"),
    "loader": "loader = seeded_loader(Data(), seed=1, name='train', batch_size=4, num_workers=args.workers,"
    " persistent_workers=args.workers > 0 and args.persistent > 0)",
    "epoch": "loader.sampler.set_epoch(epoch)",
}
NOISE = "return torch.full((8,), index / 8) + {draw}"
OWN_GENERATOR = {
    "setup": "self.rng = np.random.default_rng()",
    "sample": NOISE.format(draw="torch.from_numpy(self.rng.random(8)).float()"),
}
