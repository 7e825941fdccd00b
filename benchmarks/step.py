"""One process of `benchmarks.gpu`: apply the code of a setting, train, and print seconds, a GPU's peak memory and a digest as JSON."""

import hashlib
import json
import statistics
import sys
import warnings
from collections.abc import Callable
from itertools import pairwise
from time import perf_counter

import torch

from benchmarks.nets import make


def seconds_of(steps: list[Callable[[], object]], device: str) -> list[float]:
    """Time each step, on a GPU by events of the device, without waiting for it at each step."""
    if device != "cuda":
        found = []
        for step in steps:
            start = perf_counter()
            step()
            found.append(perf_counter() - start)
        return found
    events = [torch.cuda.Event(enable_timing=True) for _ in range(len(steps) + 1)]
    events[0].record()
    for step, event in zip(steps, events[1:], strict=True):
        step()
        event.record()
    torch.cuda.synchronize()
    return [first.elapsed_time(second) / 1000 for first, second in pairwise(events)]


def main(code: str, net_name: str, size: str, device: str, warm: int, steps: int) -> dict[str, object]:
    """Train on one batch that is drawn once, so that only steps are timed; bfloat16 and fused AdamW on a GPU."""
    exec(code, {"__name__": "setting"})  # noqa: S102
    net = make(net_name, size, device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, fused=device == "cuda")
    batch = net.batch(device)

    def step() -> None:
        with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
            loss = net(*batch)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    seconds_of([step] * warm, device)
    seconds = statistics.median(seconds_of([step] * steps, device))
    memory = torch.cuda.max_memory_allocated() if device == "cuda" else None
    digest = hashlib.sha256()
    for parameter in net.parameters():
        digest.update(parameter.detach().cpu().numpy().tobytes())
    return {"seconds": seconds, "memory": memory, "digest": digest.hexdigest()}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(main(**json.loads(sys.argv[1]))))
