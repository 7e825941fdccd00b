"""The names that the snippets' calls use, as a user's script would define them."""

import warnings

import torch

warnings.simplefilter("error")
warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors
torch.backends.cudnn.benchmark = False  # seedall warns where it was on

model = torch.nn.Linear(2, 1)
train_set = torch.utils.data.TensorDataset(torch.zeros(8, 2))
files = ["a", "b"]


def read_file(file: str) -> list[torch.Tensor]:
    return [torch.zeros(2)] * 3


def validate(model: torch.nn.Module) -> torch.Tensor:
    return model(torch.rand(3, 2))
