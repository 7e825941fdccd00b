"""The same computation under `seedall` with one thing changed, in a forked process: do its bits stay?"""

import warnings
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._inductor import config as inductor
from torch.nn import functional as F

from benchmarks.nets import make
from tests.support.forked import compiled, perturb
from tests.support.operations import SEEDALL, digest


class Setting(NamedTuple):
    """What may change, and its values where nothing does."""

    device: str = "cpu"
    seed: int = 2020
    threads: int = 1
    batch: int = 64
    tf32: bool = False
    compiled: bool = False
    fallback_random: bool = False


def draws(setting: Setting) -> list[Tensor]:
    """Shuffles, noise and weights."""
    device = setting.device
    numbers = torch.randperm(100_000, device=device), torch.rand(100_000, device=device)
    return [*numbers, torch.randn(100_000, device=device), torch.nn.Linear(300, 300, device=device).weight]


def dropout(setting: Setting) -> list[Tensor]:
    def function(x: Tensor) -> Tensor:
        return F.dropout(x, 0.5)

    return [maybe_compiled(function, setting)(torch.ones(100_000, device=setting.device))]


def sums(setting: Setting) -> list[Tensor]:
    """Of as many numbers as an image of 224 by 224 has."""
    image = torch.randn(3, 224, 224, device=setting.device)
    return [image.sum(), image.mean(), image.std()]


def training(setting: Setting) -> list[Tensor]:
    """The weights of a small ResNet after five steps, in float32."""
    net = make("resnet", "tiny", setting.device)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    step = maybe_compiled(net, setting)
    for _ in range(5):
        step(*net.batch(setting.device)).backward()
        optimizer.step()
        optimizer.zero_grad()
    return list(net.state_dict().values())


def one_sample(setting: Setting) -> list[Tensor]:
    """What a net gives for the first sample of a batch, without dropout or batch norm's statistics."""
    layers = torch.nn.Sequential(torch.nn.Linear(2000, 500), torch.nn.GELU(), torch.nn.Linear(500, 10)).to(
        setting.device
    )
    with torch.no_grad():
        samples = torch.randn(64, 2000, device=setting.device)
        return [layers(samples[: setting.batch])[0]]


def matmul(setting: Setting) -> list[Tensor]:
    a, b = torch.randn(2, 512, 512, device=setting.device)
    return [a @ b]


def convolution(setting: Setting) -> list[Tensor]:
    torch.backends.cudnn.allow_tf32 = setting.tf32
    return [torch.nn.Conv2d(64, 64, 3, device=setting.device)(torch.randn(8, 64, 32, 32, device=setting.device))]


COMPUTATIONS = {
    function.__name__: function for function in (draws, dropout, sums, training, one_sample, matmul, convolution)
}


def maybe_compiled(function: Any, setting: Setting) -> Any:
    inductor.fallback_random = setting.fallback_random
    return compiled(function) if setting.compiled else function


def bits(case: tuple[str, Setting]) -> str:
    """Run a computation in a setting; return the digest of what it gave."""
    name, setting = case
    perturb()
    warnings.simplefilter("ignore")
    names: dict[str, Any] = {"__name__": "seedall"}
    exec(compile(SEEDALL, "seedall.py", "exec"), names)  # noqa: S102
    names["seed_everything"](setting.seed)
    torch.set_num_threads(setting.threads)
    torch.backends.cuda.matmul.allow_tf32 = setting.tf32
    return digest(COMPUTATIONS[name](setting))
