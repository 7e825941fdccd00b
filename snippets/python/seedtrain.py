"""Train a small net so that it ends with the same bits: for any number of DataLoader
workers, and however often it is stopped and resumed. Under torchrun two runs repeat; of
three ranks and more a resumed one does not, as DDP then adds in another order."""

import argparse
import contextlib
import hashlib
import os
import random as python_random
import struct
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, Dataset, default_collate


def seed_everything(seed: int, deterministic: bool = True) -> int:
    """Seed random, NumPy, and torch on every device. Call it before you build anything.

    deterministic: each of torch's operations gives the same bits each time or raises an
    error. This holds on one machine with the same versions, threads and DataLoader
    workers; torch.compile changes the bits. Not covered: default_rng() and generators
    of your own, GPU kernels of other libraries, the order of sets.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in [0, 2**32 - 1], got {seed!r}")
    seed = int(seed)  # random refuses NumPy's integers
    if deterministic and "CUBLAS_WORKSPACE_CONFIG" not in os.environ:
        if torch.cuda.is_initialized() and torch.__version__ < "2.10.dev0":
            raise RuntimeError("too late for cuBLAS: call seed_everything before CUDA")
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # for torch before 2.10
    python_random.seed(seed)
    np.random.seed([seed, 1])  # seed alone would give it torch's state
    torch.manual_seed(seed)  # every device; CUDA takes it when it starts
    if deterministic:
        if torch.backends.cudnn.benchmark:
            warnings.warn("cudnn.benchmark was on: what ran may vary", stacklevel=2)
        torch.backends.cudnn.benchmark = False  # it picks algorithms by timing them
        torch.backends.cudnn.deterministic = True  # implied below; some code reads it
        # Not warn_only: attention would keep a backward pass that varies.
        torch.use_deterministic_algorithms(True)
    return seed


def seed_streams(*key: object) -> int:
    """Seed random, NumPy and torch on the CPU from key alone; return a seed for others."""
    text = " ".join(map(str, key))
    if " at 0x" in text:
        raise TypeError(f"an index has an address, which varies: {text!r}")
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    python, numpy, cpu, others = struct.unpack("<4I", digest)
    python_random.seed(python)
    np.random.seed(numpy)
    torch.default_generator.manual_seed(cpu)  # not torch's own: it moves the GPUs' too
    return others


@contextlib.contextmanager
def own_streams() -> Iterator[None]:
    """Work on one thread, as a worker does, and give the streams back afterwards."""
    if getattr(torch.utils.data.get_worker_info(), "worker_method", "") == "thread":
        raise RuntimeError("threads share random streams: use worker processes")
    if threading.current_thread() is not threading.main_thread():
        warnings.warn("no other thread may draw random numbers now", stacklevel=3)
    python, numpy = python_random.getstate(), np.random.get_state()
    cpu, threads = torch.get_rng_state(), torch.get_num_threads()
    try:
        torch.set_num_threads(1)  # as in a worker: sums of floats depend on it
        yield
    finally:
        python_random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        torch.set_num_threads(threads)


def rank_and_world_size() -> tuple[int, int]:
    """From the process group, or before there is one from torchrun; else a single process."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


class SeededBatches(Dataset[Any]):
    """Batches that depend on seed, epoch and step, not on the worker that makes them."""

    def __init__(self, dataset: Any, seed: int, batch_size: int) -> None:
        self.dataset, self.seed, self.batch_size = dataset, seed, batch_size

    def keys(self, epoch: int, rank: int, world_size: int) -> list[tuple[Any, ...]]:
        """Return one key for each batch of this rank: epoch, step, rank, indices."""
        with own_streams():
            seed_streams(self.seed, epoch, "order")
            order = torch.randperm(len(self.dataset)).tolist()
        order += order[: -len(order) % world_size]  # equally many for each rank
        own = order[rank::world_size]
        starts = range(0, len(own), self.batch_size)
        batches = [own[start : start + self.batch_size] for start in starts]
        return [(epoch, step, rank, batch) for step, batch in enumerate(batches)]

    def __getitem__(self, key: tuple[int, int, int, list[int]]) -> Any:
        epoch, step, rank, indices = key
        with own_streams():
            seed_streams(self.seed, epoch, "batch", step, rank)
            return default_collate([self.dataset[index] for index in indices])


class Stripes(Dataset[tuple[torch.Tensor, int]]):
    """Noisy stripes in one of four directions, augmented from three libraries' streams."""

    def __len__(self) -> int:
        return 512

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        label = index % 4
        x, y = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
        image = torch.sin((x, y, x + y, x - y)[label] + python_random.uniform(0, 6))
        image = image * np.random.uniform(0.5, 1.5) + torch.randn(16, 16)
        return image[None] - image.mean(), label


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, 32, kernel_size=4, stride=4)
        self.mix = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
        self.head = nn.Linear(32, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(images).flatten(2).transpose(1, 2)
        logits: torch.Tensor = self.head(self.mix(tokens).mean(1))
        return logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoint.pt"))
    args = parser.parse_args()

    seed = seed_everything(2020, deterministic=True)
    rank, world_size = rank_and_world_size()
    device = torch.device(args.device)
    if device.type == "cuda":
        local_rank = int(os.environ.get("LOCAL_RANK", "0"))
        device = torch.device("cuda", device.index or local_rank)
        torch.cuda.set_device(device)
    net = Net().to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    first_epoch = first_step = 0
    if args.resume and args.checkpoint.exists():
        checkpoint = torch.load(args.checkpoint, map_location=device, weights_only=True)
        if checkpoint["world_size"] != world_size:
            raise ValueError(f"the checkpoint is of {checkpoint['world_size']} ranks")
        net.load_state_dict(checkpoint["net"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        first_epoch, first_step = checkpoint["epoch"], checkpoint["step"]
    model: nn.Module = net
    cuda = device.type == "cuda"
    if world_size > 1:
        dist.init_process_group("nccl" if cuda else "gloo")
        model = nn.parallel.DistributedDataParallel(net)

    data = SeededBatches(Stripes(), seed, batch_size=32)
    for epoch in range(first_epoch, args.epochs):
        keys = data.keys(epoch, rank, world_size)[first_step:]
        workers = {"num_workers": args.workers, "pin_memory": cuda}
        generator = torch.Generator()  # else workers that start move torch's stream
        loader = DataLoader(data, None, sampler=keys, generator=generator, **workers)
        for step, (images, labels) in enumerate(loader, start=first_step):
            # Dropout depends on the step, not on what was drawn before: a resume is exact.
            torch.manual_seed(seed_streams(seed, epoch, "step", step, rank))
            images, labels = images.to(device), labels.to(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=cuda):
                loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if rank == 0:
                state: dict[str, Any] = {"net": net.state_dict()}
                state["optimizer"] = optimizer.state_dict()
                part = args.checkpoint.with_name(f"{args.checkpoint.name}.part")
                state |= {"epoch": epoch, "step": step + 1, "world_size": world_size}
                torch.save(state, part)
                part.replace(args.checkpoint)  # never half a checkpoint
        first_step = 0
        if rank == 0:
            weights = [w.cpu().numpy().tobytes() for w in net.state_dict().values()]
            digest = hashlib.sha256(b"".join(weights)).hexdigest()[:16]
            print(f"epoch {epoch}: weights {digest}", flush=True)


if __name__ == "__main__":
    main()
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()  # below main: while the model lives, gloo may hang
