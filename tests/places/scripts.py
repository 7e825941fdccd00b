"""Scripts as users write them, with carets where snippets are typed: `<here>`, or `<NAME>` for that snippet alone.

A script is called with a start method, "" for none, and a number of workers. It prints what each snippet in it did.
"""

from typing import NamedTuple

from seedblock.rendering.model import BLOCK, PASTE, USE

# What the calls name, and what the scripts show with. Each sample and each batch draws from three libraries.
DEFINITIONS = """\
import functools
import hashlib
import json
import multiprocessing
import random
import sys

import numpy as np
import torch
from torch.utils.data import Dataset

METHOD, WORKERS = sys.argv[1], int(sys.argv[2])
found = {}


def noise(*numbers):
    drawn = random.random(), np.random.random(), torch.rand(()).item()
    return torch.tensor([*numbers, *drawn], dtype=torch.float64)


class Rows(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        if index >= 10:
            raise IndexError(index)
        return noise(0, index)


def read_file(file):
    for number in range(5):
        yield noise(ord(file), number)


def validate(model):
    return model(torch.rand(3, 2)).flatten().tolist()


def loaded(loader, clock):
    clock.set_epoch(1)
    return hashlib.sha256(torch.cat(list(loader)).numpy().tobytes()).hexdigest()


def rows_loader():
    # The script has imported check_loader by now: from where differs.
    module = next(module for module in list(sys.modules.values()) if isinstance(vars(module).get("_Asked"), type))
    return module.seeded_loader(train_set, seed=7, name="checked", batch_size=4)


def start():
    if METHOD:
        multiprocessing.set_start_method(METHOD, force=True)
    if METHOD == "forkserver":
        # What seedall's use_deterministic_algorithms imports takes 1 s.
        more = ["torch._inductor.config"] if "seedall" in found else []
        multiprocessing.set_forkserver_preload(["torch", "numpy", *more])


def end():
    print(json.dumps({name: value() if callable(value) else value for name, value in found.items()}))


train_set, files, model = Rows(), ["a", "b", "c"], torch.nn.Linear(2, 1)
torch.nn.init.constant_(model.weight, 0.5)
torch.nn.init.constant_(model.bias, 0.5)
"""

# What is typed at the stops.
TYPED = {
    "dataset": "train_set",
    "seed_value": "7",
    "batch_size": "4",
    "num_workers": "WORKERS",
    "loader": "rows_loader()",
    "inside": 'found["seedscope"] = validate(model)',
    "module": "seeding",
}

# Each of these loaders has other data.
NAMES = {"seediter": '"stream"', "seedloader": '"rows"', "seedshards": '"shards"'}

# The line below each snippet that notes what it did. What is loaded is loaded at the end, below the main guard.
NOTED = {
    "seed": "noise().tolist()",
    "seedall": "noise().tolist()",
    "seedcheck": "check_loader.__name__",
    "seediter": "functools.partial(loaded, loader, data)",
    "seedloader": "functools.partial(loaded, loader, loader.sampler)",
    "seedprint": "fingerprint(model.state_dict())",
    "seedrank": "torch.initial_seed()",
    "seedscope": 'found["seedscope"]',
    "seedshards": "functools.partial(loaded, loader, data)",
    "seedstate": 'torch.load("checkpoint.pt")["rng"] == rng_state()',
    "seedstream": "generator.initial_seed()",
}
DATA = ("seediter", "seedloader", "seedshards")

# The same by hand, and without workers.
BY_HAND = f"""{DEFINITIONS}
import seeding

random.seed(7), np.random.seed(7), torch.manual_seed(7)
found["seed"] = noise().tolist()
random.seed(7), np.random.seed([7, 1]), torch.manual_seed(7)
found["seedall"] = noise().tolist()
found["seedcheck"] = "check_loader"
data = seeding.SeededIterable(train_set, seed=7, name="stream", batch_size=4)
found["seediter"] = loaded(data.loader(), data)
loader = seeding.seeded_loader(train_set, seed=7, name="rows", batch_size=4)
found["seedloader"] = loaded(loader, loader.sampler)
found["seedprint"] = seeding.fingerprint({{"weight": torch.full((1, 2), 0.5), "bias": torch.full((1,), 0.5)}})
found["seedrank"] = seeding.rank_seed(7, rank=0)
with seeding.seed_scope(7):
    found["seedscope"] = validate(model)
data = seeding.SeededShards(files, read_file, seed=7, name="shards", batch_size=4)
found["seedshards"] = loaded(seeding.ShardLoader(data), data)
found["seedstate"] = True
found["seedstream"] = seeding.torch_stream(7, "shuffle").initial_seed()
end()
"""

HEAD = '"""Train a net."""\n\nfrom __future__ import annotations\n\n'
GIVEN = "from given import WORKERS, end, files, found, functools, loaded, model, noise, read_file, rows_loader, start, train_set, validate\n"
IMPORTS = "import random\n\nimport numpy as np\nimport torch\nfrom torch import nn\n"
GUARD = '\n\nif __name__ == "__main__":\n    start()\n'


class Place(NamedTuple):
    """A script with a place, and the forms that may be typed there."""

    script: str
    forms: tuple[str, ...]


PLACES = {
    "the top": Place(f"{HEAD}{GIVEN}\n<here>\n{IMPORTS}{GUARD}    end()\n", (PASTE, USE, BLOCK)),
    "below the imports": Place(f"{HEAD}{IMPORTS}{GIVEN}\n<here>\n{GUARD}    end()\n", (PASTE, USE, BLOCK)),
    "below the definitions": Place(f"{HEAD}{DEFINITIONS}\n<here>\n{GUARD}    end()\n", (PASTE, USE, BLOCK)),
    "the head of main": Place(
        f"{HEAD}{DEFINITIONS}\n\ndef main():\n    <here>\n    return torch.zeros(2)\n{GUARD}    main()\n    end()\n",
        (PASTE, USE),
    ),
    "the middle of a function": Place(
        f"{HEAD}{DEFINITIONS}\n\ndef train(seed=1):\n    zeros = torch.zeros(2), np.zeros(seed), random.Random(seed)\n"
        f"    <here>\n    return zeros, torch.zeros(2), json, hashlib\n{GUARD}    train()\n    end()\n",
        (USE,),
    ),
    "a loop in a method": Place(
        f"{HEAD}{DEFINITIONS}\n\nclass Trainer:\n    def fit(self):\n        for self.epoch in range(1):\n"
        f"            if torch.ones(1):\n                <here>\n{GUARD}    Trainer().fit()\n    end()\n",
        (USE,),
    ),
    "the main guard": Place(f"{HEAD}{DEFINITIONS}{GUARD}    <here>\n    end()\n", (PASTE, USE)),
}

# Every snippet in a place of its own.
WHOLE = f"""{HEAD}<seedhash>
{DEFINITIONS}
<seedall>


def train():
    zeros = torch.zeros(2)
    <seediter>
    for number in zeros[:1]:
        <seedloader>
    return zeros


def main():
    <seedshards>
    train()
    <seedprint>
    with torch.no_grad():
        <seedscope>
    <seedstate>
    <seedcheck>
{GUARD}    main()
    <seedrank>
    <seedstream>
    found["seedhash"] = hash("a")
    end()
"""

# How a script is started, where it and seeding.py are, and what that is called in it.
LAYOUTS = {
    "beside it": ("train.py", "train.py", "seeding.py", "seeding"),
    "in its package": ("package.train", "package/train.py", "package/seeding.py", ".seeding"),
    "in its package, by the full name": ("package.train", "package/train.py", "package/seeding.py", "package.seeding"),
    "in a folder": ("train.py", "train.py", "utils/seeding.py", "utils.seeding"),
    "in a package beside its own": ("package.train", "package/train.py", "utils/seeding.py", "utils.seeding"),
    "in the package above": ("package.inner.train", "package/inner/train.py", "package/seeding.py", "..seeding"),
}
