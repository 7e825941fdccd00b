"""ResNet-50 and a GPT of 124 million parameters, and small ones of the same parts; of torch alone."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Bottleneck(nn.Module):
    """He et al. 2015, with the stride in the second convolution, as in torchvision."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * width
        self.body = nn.Sequential(
            nn.Conv2d(inputs, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, stride, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


class ResNet(nn.Module):
    """Images (batch, 3, side, side) to the loss of their labels, both drawn by `batch`."""

    def __init__(self, blocks: tuple[int, ...], width: int, side: int, batch: int, classes: int = 1000) -> None:
        super().__init__()
        self.shape, self.classes = (batch, 3, side, side), classes
        layers: list[nn.Module] = [
            nn.Conv2d(3, width, 7, 2, 3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1),
        ]
        inputs = width
        for stage, count in enumerate(blocks):
            for block in range(count):
                layers.append(Bottleneck(inputs, width << stage, 2 if stage and not block else 1))
                inputs = 4 * (width << stage)
        self.layers = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))

    def batch(self, device: str) -> tuple[Tensor, Tensor]:
        images = torch.randn(self.shape, device=device).to(memory_format=torch.channels_last)
        return images, torch.randint(self.classes, self.shape[:1], device=device)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(self.layers(images), labels)


class Block(nn.Module):
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        qkv = self.qkv(self.norm_1(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, dropout_p=dropout, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.mlp(self.norm_2(x))


class GPT(nn.Module):
    """Tokens (batch, length) to the loss of the tokens that follow them, both drawn by `batch`; head and embedding are one."""

    def __init__(
        self, layers: int, width: int, heads: int, length: int, batch: int, tokens: int, dropout: float
    ) -> None:
        super().__init__()
        self.shape, self.tokens = (batch, length), tokens
        self.embedding, self.position = nn.Embedding(tokens, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads, dropout) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        for weights in (self.embedding.weight, self.position.weight):
            nn.init.normal_(weights, std=0.02)

    def batch(self, device: str) -> tuple[Tensor, Tensor]:
        batch, length = self.shape
        text = torch.randint(self.tokens, (batch, length + 1), device=device)
        return text[:, :-1], text[:, 1:]

    def forward(self, tokens: Tensor, following: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.norm(self.blocks(self.embedding(tokens) + self.position(positions)))
        logits = F.linear(x, self.embedding.weight)
        return F.cross_entropy(logits.flatten(0, 1), following.flatten())


def make(net: str, size: str, device: str) -> ResNet | GPT:
    """Make "resnet" or "gpt": "full" (25.6 and 124 million parameters), "small" to be measured on a CPU, or "tiny" to be tested."""
    made = {
        ("resnet", "full"): lambda: ResNet((3, 4, 6, 3), width=64, side=224, batch=128),
        ("resnet", "small"): lambda: ResNet((1, 1, 1, 1), width=32, side=64, batch=16),
        ("resnet", "tiny"): lambda: ResNet((1,), width=8, side=32, batch=8, classes=10),
        ("gpt", "full"): lambda: GPT(12, 768, 12, length=1024, batch=16, tokens=50304, dropout=0.1),
        ("gpt", "small"): lambda: GPT(4, 128, 4, length=128, batch=8, tokens=1000, dropout=0.1),
        ("gpt", "tiny"): lambda: GPT(1, 32, 2, length=16, batch=8, tokens=50, dropout=0.1),
    }[net, size]().to(device)
    return made.to(memory_format=torch.channels_last) if net == "resnet" else made  # type: ignore[call-overload,no-any-return]
