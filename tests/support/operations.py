"""Operations that are known to vary on CUDA, most of those that PyTorch's notes name, and what training is made of.

Each takes a device and returns tensors: what it computed, and where it has a backward pass the gradients. On a GPU most
are large, so that many threads add to few places.
"""

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from tests.support.forked import compiled, perturb
from tests.support.processes import ROOT

SEEDALL = (ROOT / "snippets/python/seedall.py").read_text(encoding="utf-8")


def count(device: str) -> int:
    return 1_000_000 if device == "cuda" else 10_000


def with_gradients(function: Callable[..., Tensor], *inputs: Tensor) -> list[Tensor]:
    """Return what the function gives, and the gradient of each input for a weighted sum of it."""
    leaves = [tensor.detach().requires_grad_(tensor.is_floating_point()) for tensor in inputs]
    output = function(*leaves)
    output.backward(torch.randn_like(output))
    return [output, *(leaf.grad for leaf in leaves if leaf.grad is not None)]


def image(device: str, dtype: torch.dtype = torch.float32, side: int = 0) -> Tensor:
    side = side or (96 if device == "cuda" else 16)
    return torch.randn(4, 16, side, side, device=device, dtype=dtype)


def places(device: str, many: int = 16) -> Tensor:
    return torch.randint(many, (count(device),), device=device)


def values(device: str) -> Tensor:
    return torch.randn(count(device), device=device)


def module(made: nn.Module, inputs: Tensor) -> list[Tensor]:
    """Return what a module gives for `inputs`, with the gradients of both."""
    outputs = with_gradients(lambda x: made(x), inputs)
    return [*outputs, *(parameter.grad for parameter in made.parameters() if parameter.grad is not None)]


def convolution(device: str, dtype: torch.dtype, tf32: bool, layout: torch.memory_format) -> list[Tensor]:
    torch.backends.cudnn.allow_tf32 = tf32
    made = nn.Conv2d(16, 32, 3, padding=1, device=device, dtype=dtype).to(memory_format=layout)
    return module(made, image(device, dtype).to(memory_format=layout))


def attention(device: str, backend: SDPBackend) -> list[Tensor]:
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    shape = (4, 8, 1024, 64) if device == "cuda" else (2, 2, 64, 16)
    query, key, value = (torch.randn(shape, device=device, dtype=dtype) for _ in range(3))
    with sdpa_kernel(backend):
        return with_gradients(lambda *qkv: F.scaled_dot_product_attention(*qkv, is_causal=True), query, key, value)


def ctc_loss(device: str) -> list[Tensor]:
    logits = torch.randn(50, 16, 20, device=device)
    targets = torch.randint(1, 20, (16, 30), device=device)
    lengths = torch.full((16,), 50, device=device), torch.full((16,), 15, device=device)
    return with_gradients(lambda x: F.ctc_loss(x.log_softmax(2), targets, *lengths), logits)


def embedding(device: str) -> list[Tensor]:
    index = places(device)[: count(device) // 10]
    return with_gradients(lambda weights: F.embedding(index, weights), torch.randn(16, 64, device=device))


def grid_sample(device: str) -> list[Tensor]:
    grid = torch.rand(4, 32, 32, 2, device=device) * 2 - 1
    return with_gradients(lambda x, at: F.grid_sample(x, at, align_corners=False), image(device), grid)


def matmul_in_two_streams(device: str) -> list[Tensor]:
    side = 2048 if device == "cuda" else 64
    a, b = torch.randn(side, side, device=device), torch.randn(side, side, device=device)
    if device != "cuda":
        return [a @ b, b @ a]
    streams = torch.cuda.Stream(), torch.cuda.Stream()
    found = []
    for stream, (left, right) in zip(streams, ((a, b), (b, a)), strict=True):
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            found.append(left @ right)
    torch.cuda.synchronize()
    return found


def least_squares(device: str) -> list[Tensor]:
    """On a CPU lstsq reads uninitialised memory, so fill that memory with random values first."""
    for number in range(1, 9):
        torch.full((number * 37, 7), os.urandom(1)[0], dtype=torch.float32, device=device)
    return [*torch.linalg.lstsq(torch.randn(64, 20, device=device), torch.randn(64, 5, device=device))]


def lstm(device: str) -> list[Tensor]:
    made = nn.LSTM(16, 64, num_layers=2, dropout=0.5, device=device)
    inputs = torch.randn(20, 8, 16, device=device, requires_grad=True)
    outputs, _ = made(inputs)
    outputs.backward(torch.randn_like(outputs))
    return [outputs, *(tensor.grad for tensor in (inputs, *made.parameters()) if tensor.grad is not None)]


def gelu_dropout_sums(device: str) -> list[Tensor]:
    index = places(device)

    @compiled
    def function(x: Tensor) -> Tensor:
        x = F.dropout(F.gelu(x), 0.5)
        return torch.zeros(16, device=device).index_add(0, index, x) + x.softmax(0).sum()

    return with_gradients(function, values(device))


OPERATIONS: dict[str, Callable[[str], list[Tensor]]] = {
    "scatter_add": lambda device: [torch.zeros(16, device=device).scatter_add_(0, places(device), values(device))],
    "scatter_reduce": lambda device: [
        torch.zeros(16, device=device).scatter_reduce_(0, places(device), values(device), "mean")
    ],
    "index_add": lambda device: [torch.zeros(16, device=device).index_add_(0, places(device), values(device))],
    "index_put, accumulate": lambda device: [
        torch.zeros(16, device=device).index_put_((places(device),), values(device), accumulate=True)
    ],
    "gather backward": lambda device: with_gradients(
        lambda x, index: x.gather(0, index), torch.randn(16, device=device), places(device)
    ),
    "embedding backward": embedding,
    "interpolate backward, nearest": lambda device: with_gradients(
        lambda x: F.interpolate(x, scale_factor=1.7, mode="nearest"), image(device)
    ),
    "interpolate backward, bilinear": lambda device: with_gradients(
        lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear"), image(device)
    ),
    "interpolate backward, bicubic": lambda device: with_gradients(
        lambda x: F.interpolate(x, scale_factor=1.7, mode="bicubic"), image(device)
    ),
    "cumsum": lambda device: with_gradients(lambda x: x.cumsum(0), values(device)),
    "histc": lambda device: [values(device).histc(16)],
    "bincount, weights": lambda device: [places(device).bincount(values(device))],
    "grid_sample backward": grid_sample,
    "ctc_loss": ctc_loss,
    "adaptive_avg_pool2d backward": lambda device: with_gradients(lambda x: F.adaptive_avg_pool2d(x, 7), image(device)),
    "adaptive_max_pool2d backward": lambda device: with_gradients(lambda x: F.adaptive_max_pool2d(x, 7), image(device)),
    "max_pool2d backward": lambda device: with_gradients(lambda x: F.max_pool2d(x, 3, 2), image(device)),
    "median with indices": lambda device: [*values(device).median(0)],
    "index_select backward": lambda device: with_gradients(
        lambda x, index: x.index_select(0, index), torch.randn(16, 8, device=device), places(device)
    ),
    "repeat_interleave backward": lambda device: with_gradients(
        lambda x, repeats: x.repeat_interleave(repeats), values(device), places(device, 4)
    ),
    "embedding_bag backward, max": lambda device: with_gradients(
        lambda weights, index: F.embedding_bag(index.view(-1, 10), weights, mode="max"),
        torch.randn(16, 8, device=device),
        places(device),
    ),
    "cross_entropy of images": lambda device: with_gradients(
        lambda x: F.cross_entropy(x, torch.randint(16, (4, *x.shape[2:]), device=device)), image(device)
    ),
    "replication pad backward": lambda device: with_gradients(
        lambda x: F.pad(x, (3, 3, 3, 3), "replicate"), image(device)
    ),
    "max_unpool1d": lambda device: [F.max_unpool1d(*F.max_pool1d(image(device).flatten(2), 2, return_indices=True), 2)],
    "max_unpool2d": lambda device: [F.max_unpool2d(*F.max_pool2d(image(device), 2, return_indices=True), 2)],
    "max_unpool3d": lambda device: [F.max_unpool3d(*F.max_pool3d(image(device), 2, return_indices=True), 2)],
    "put_": lambda device: [torch.zeros(16, device=device).put_(places(device), values(device))],
    "put_, accumulate": lambda device: [
        torch.zeros(16, device=device).put_(places(device), values(device), accumulate=True)
    ],
    "lstsq": least_squares,
    "memory that nothing has written": lambda device: [torch.empty(count(device), device=device)],
    "reflection pad backward": lambda device: with_gradients(
        lambda x: F.pad(x, (3, 3, 3, 3), "reflect"), image(device)
    ),
    "attention backward, math": lambda device: attention(device, SDPBackend.MATH),
    "attention backward, flash": lambda device: attention(device, SDPBackend.FLASH_ATTENTION),
    "attention backward, memory-efficient": lambda device: attention(device, SDPBackend.EFFICIENT_ATTENTION),
    "attention backward, cuDNN": lambda device: attention(device, SDPBackend.CUDNN_ATTENTION),
    "convolution, float32": lambda device: convolution(device, torch.float32, False, torch.contiguous_format),
    "convolution, TF32": lambda device: convolution(device, torch.float32, True, torch.contiguous_format),
    "convolution, bfloat16": lambda device: convolution(device, torch.bfloat16, False, torch.contiguous_format),
    "convolution, channels last": lambda device: convolution(device, torch.float32, False, torch.channels_last),
    "transposed convolution": lambda device: module(nn.ConvTranspose2d(16, 8, 3, 2, device=device), image(device)),
    "matmul in two streams": matmul_in_two_streams,
    "batch and layer norm": lambda device: module(
        nn.Sequential(nn.BatchNorm2d(16, device=device), nn.LayerNorm(image(device).shape[1:], device=device)),
        image(device),
    ),
    "cross_entropy": lambda device: with_gradients(
        F.cross_entropy, torch.randn(count(device), 16, device=device), places(device)
    ),
    "LSTM": lstm,
    "dropout": lambda device: with_gradients(F.dropout, values(device)),
    "torch.compile": gelu_dropout_sums,
}

# The tests must notice these: bits that nothing seeds, and an unrelated error.
PLANTED: dict[str, Callable[[str], list[Tensor]]] = {
    "varying": lambda device: [torch.frombuffer(bytearray(os.urandom(4)), dtype=torch.uint8)],
    "failing": lambda device: [torch.zeros(2, device=device) @ torch.zeros(3, device=device)],
}


def digest(tensors: Iterable[Tensor]) -> str:
    """Return the SHA-256 of the raw bytes."""
    found = hashlib.sha256()
    for tensor in tensors:
        found.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def outcome(case: tuple[str, str, int, bool, int]) -> str:
    """Run an operation several times from the same seed; return the digest of its bits, "varies" or the error.

    case: its name, device, number of threads, whether with `seedall` or only torch.manual_seed, number of times.
    """
    name, device, threads, seeded, times = case
    perturb(threads)
    warnings.simplefilter("ignore")
    if seeded:
        names = {"__name__": "seedall"}
        exec(compile(SEEDALL, "seedall.py", "exec"), names)  # noqa: S102
        names["seed_everything"](2020)  # type: ignore[operator]
    else:
        torch.backends.cudnn.benchmark = False  # as torch has it
    digests = set()
    for _ in range(times):
        torch.manual_seed(2020)
        try:
            tensors = {**OPERATIONS, **PLANTED}[name](device)
        except RuntimeError as error:
            return f"raises: {error}"
        digests.add(digest(tensors))
    return digests.pop() if len(digests) == 1 else "varies"
