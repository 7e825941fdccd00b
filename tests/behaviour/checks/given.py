"""The names that the snippets' calls use, as a user's script would define them."""

import warnings

import torch
from seeding import seeded_loader

warnings.simplefilter("error")
warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors
warnings.filterwarnings("ignore", "This process .* is multi-threaded")  # Python 3.12, at a fork for a worker
torch.backends.cudnn.benchmark = False  # seedall warns where it was on

model = torch.nn.Linear(2, 1)
train_set = torch.utils.data.TensorDataset(torch.zeros(8, 2))
files = ["a", "b"]
loader = seeded_loader(train_set, seed=1, name="given")


def read_file(file: str) -> list[torch.Tensor]:
    return [torch.zeros(2)] * 3


def validate(model: torch.nn.Module) -> torch.Tensor:
    return model(torch.rand(3, 2))
