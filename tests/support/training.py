"""Train a small net with seeding.py, whole or stopped and resumed, in a forked process."""

import importlib
import warnings
from typing import Any, NamedTuple

import torch

from benchmarks.nets import make
from tests.support.forked import compiled, perturb

ACCUMULATED = 2


class Run(NamedTuple):
    """A training. With a `checkpoint` (a path) it saves its state half-way or, if `resumed`, starts from there."""

    net: str
    device: str
    steps: int = 200
    seed: int | None = 2020
    compiled: bool = False
    checkpoint: str = ""
    resumed: bool = False


def train(run: Run) -> str:
    """Train with bfloat16 autocast, fused AdamW and accumulated gradients; return a digest of weights and losses."""
    perturb()
    warnings.simplefilter("ignore")  # cudnn.benchmark is on; what the compiler has to say
    seeding: Any = importlib.import_module("seeding")
    if run.seed is not None:
        seeding.seed_everything(run.seed)
    net = make(run.net, "tiny", run.device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, fused=True)
    losses: list[float] = []
    if run.resumed:
        state = torch.load(run.checkpoint)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        seeding.set_rng_state(state["rng"])
        losses = state["losses"]
    forward = compiled(net) if run.compiled else net
    for step in range(run.steps // 2 if run.resumed else 0, run.steps):
        if run.checkpoint and not run.resumed and step == run.steps // 2:
            state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "losses": losses}
            torch.save({**state, "rng": seeding.rng_state()}, run.checkpoint)
        for _ in range(ACCUMULATED):
            inputs, targets = net.batch(run.device)
            with torch.autocast(run.device, torch.bfloat16):
                loss = forward(inputs, targets) / ACCUMULATED
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert loss.isfinite()
    digest: str = seeding.fingerprint(net.state_dict(), optimizer.state_dict()["state"], losses)
    return digest
