# seedtrain.py of seedblock 0.2.0, MIT licence, digest c8d7f31723a6f3d2
# To bring it up to date: seedblock add seedtrain
"""Train a small net so that it ends with the same bits: for any number of DataLoader
workers, and however often it is stopped and resumed. Under torchrun two runs repeat; of
three or more ranks a resumed run does not, as DDP then adds in another order."""

import argparse
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from seeding import fingerprint, seed_everything, seeded_loader, torch_stream


class Stripes(torch.utils.data.Dataset[tuple[torch.Tensor, int]]):
    """Noisy stripes in one of four directions, augmented from three libraries' streams."""

    def __len__(self) -> int:
        return 512

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        label = index % 4
        x, y = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
        image = torch.sin((x, y, x + y, x - y)[label] + random.uniform(0, 6))
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
    device, batch_size = torch.device(args.device), 32
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    net = Net().to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    model: nn.Module = net
    cuda, rank, world_size = device.type == "cuda", 0, 1
    if "WORLD_SIZE" in os.environ:  # started by torchrun
        dist.init_process_group("nccl" if cuda else "gloo")
        rank, world_size = dist.get_rank(), dist.get_world_size()
        model = nn.parallel.DistributedDataParallel(net)
    first_epoch = first_step = 0
    if args.resume and args.checkpoint.exists():
        checkpoint = torch.load(args.checkpoint, map_location=device, weights_only=True)
        if checkpoint["world_size"] != world_size:
            raise ValueError(f"the checkpoint is of {checkpoint['world_size']} ranks")
        net.load_state_dict(checkpoint["net"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        first_epoch, first_step = checkpoint["epoch"], checkpoint["step"]

    options: dict[str, Any] = {"num_workers": args.workers, "pin_memory": cuda}
    loader = seeded_loader(
        Stripes(), seed, "train", distributed=True, batch_size=batch_size, **options
    )
    for epoch in range(first_epoch, args.epochs):
        loader.sampler.set_epoch(epoch, first_step * batch_size)
        for step, (images, labels) in enumerate(loader, start=first_step):
            # Dropout depends on the step, not on what was drawn before: a resume is exact.
            stream = torch_stream(seed, f"epoch {epoch} step {step} rank {rank}")
            torch.manual_seed(stream.initial_seed())
            images, labels = images.to(device), labels.to(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=cuda):
                loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if rank == 0:
                state: dict[str, Any] = {"net": net.state_dict()}
                state["optimizer"] = optimizer.state_dict()
                state |= {"epoch": epoch, "step": step + 1, "world_size": world_size}
                part = args.checkpoint.with_name(f"{args.checkpoint.name}.part")
                torch.save(state, part)
                part.replace(args.checkpoint)  # never half a checkpoint
        first_step = 0
        if rank == 0:
            print(f"epoch {epoch}: weights {fingerprint(net.state_dict())}", flush=True)


if __name__ == "__main__":
    main()
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()  # below main: while the model lives, gloo may hang
