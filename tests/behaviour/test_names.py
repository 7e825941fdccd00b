"""A block pasted below or above a script's imports: neither takes a name that means something else to the other."""

import sys
import types
import warnings

import pytest

from seedblock.rendering.model import FILE
from tests.behaviour.test_checks import CASES, checked
from tests.support.editor_samples import SNIPPETS
from tests.support.forked import failure, perturb, result, run_all
from tests.support.processes import plain

# Imports found in scripts. For a library that is not installed, `stand_in` defines the names.
IMPORTS = [
    "from accelerate import Accelerator",
    "from accelerate.utils import set_seed",
    "from albumentations import Compose, Normalize",
    "from datasets import Dataset, load_dataset",
    "from fastai.vision.all import DataLoader, Dataset, set_seed",
    "from lightning.pytorch import LightningModule, Trainer, seed_everything",
    "from math import *",
    "from matplotlib.pylab import *",
    "from monai.data import DataLoader, Dataset",
    "from monai.utils import set_determinism",
    "from numpy import random",
    "from numpy import *",
    "from numpy.random import *",
    "from numpy.random import default_rng, seed",
    "from os import *",
    "from os import environ, path",
    "from random import *",
    "from random import random, sample, seed, shuffle",
    "from scipy import stats",
    "from sklearn.utils import check_random_state, shuffle",
    "from time import *",
    "from timm.data import create_loader",
    "from torch import *",
    "from torch import Generator, Tensor, distributed, nn, optim, random",
    "from torch.distributed import *",
    "from torch.nn.functional import *",
    "from torch.utils import data",
    "from torch.utils.data import *",
    "from torch.utils.data import DataLoader, Dataset, IterableDataset, RandomSampler, Sampler",
    "from torch_geometric import seed_everything",
    "from torch_geometric.loader import DataLoader",
    "from torchdata.stateful_dataloader import StatefulDataLoader",
    "from torchvision import datasets, transforms",
    "from tqdm import tqdm",
    "from transformers import Trainer, set_seed",
    "from typing import *",
    "from warnings import warn",
    "import matplotlib.pyplot as plt",
    "import numpy as np",
    "import torch.distributed as dist",
    "import torch.nn as nn",
    "import torch.nn.functional as F",
]

# Names that a block and a library both define, and why a mix-up always raises an error.
LOUD = {
    "seed_everything": "a library's refuses deterministic=, with which the block calls its own",
    "set_rng_state": "torch's takes a tensor, the block's a dictionary",
    "random": "a function of this name is no module: only `seed`, which runs once where it stands, takes it",
}


def stand_in(line: str) -> None:
    """Define a stand-in for the module that the line imports from, if it is not installed."""
    words = line.replace(",", "").split()
    path = words[1]
    parts = path.split(".")
    for number in range(len(parts)):
        name = ".".join(parts[: number + 1])
        try:
            __import__(name)
        except ImportError:
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].__path__ = []
    for name in words[3:]:
        if words[0] == "from" and name != "*" and not hasattr(sys.modules[path], name):
            setattr(sys.modules[path], name, type(name, (), {}))


def bound(code: str) -> dict[str, object]:
    """Run code and return the names that it binds."""
    names: dict[str, object] = {"__name__": "block"}
    exec(compile(code, "names.py", "exec"), names)  # noqa: S102
    return {name: value for name, value in names.items() if not name.startswith("__")}


def differ(ours: object, theirs: object) -> bool:
    return theirs is not ours and getattr(theirs, "__origin__", theirs) is not ours  # typing's Iterator is the same


def collisions(lines: list[str]) -> set[tuple[str, str, str]]:
    """Return each line, block and name that they bind to different things."""
    perturb()
    warnings.simplefilter("ignore")
    blocks = {name: bound(plain(name)) for name, snippet in SNIPPETS.items() if snippet.form != FILE}
    found = set()
    for line in lines:
        stand_in(line)
        for name, theirs in bound(line).items():
            found |= {(line, block, name) for block, ours in blocks.items() if differ(ours.get(name, theirs), theirs)}
    return found


def test_no_name_in_common() -> None:
    """Blocks and imports share no name, except those whose mix-up raises an error."""
    found = set.union(*run_all(collisions, [IMPORTS[::2], IMPORTS[1::2]]))
    assert {name for _, _, name in found} == LOUD.keys()


# What a block may import: names under which everybody imports the same, so that a script takes them for nothing else.
IMPORTED = {
    *("contextlib", "hashlib", "itertools", "json", "os", "warnings", "np", "torch", "torch_data", "python_random"),
    *("Any", "Iterator", "Mapping", "deepcopy", "itemgetter"),
}


def other_names(codes: list[str]) -> set[str]:
    """The names that blocks bind besides their functions for users, private names and imports."""
    perturb()
    public = bound("from seeding import *")
    return {name for code in codes for name in bound(code) if name[0] != "_"} - public.keys() - IMPORTED


def test_a_block_takes_no_ordinary_name() -> None:
    """Besides what it is for, a block or use binds private names and usual imports only: a script may take all others.

    Not so `seed` and `seedhash`, which run once where they stand.
    """
    once = ("seed", "seedhash")
    codes = [plain(name) for name, snippet in SNIPPETS.items() if snippet.form != FILE and name not in once]
    assert run_all(other_names, [codes, ["digest = 1"]]) == [set(), {"digest"}]


def test_a_collision_is_noticed() -> None:
    """The control: the name of a block's own function."""
    line = "from somewhere import fingerprint, loader"
    assert run_all(collisions, [[line]]) == [{(line, name, "fingerprint") for name in ("seedprint", "seedprint_block")}]


LOUDLY = """
from lightning.pytorch import seed_everything
from random import random
try:
    random.seed(1)
except AttributeError as error:
    called = [str(error)]
import random
try:
    random()
except TypeError as error:
    called.append(str(error))
try:
    seed_everything(2020, deterministic=True)
except TypeError as error:
    result = [str(error)]
try:
    torch.set_rng_state(rng_state())
except TypeError as error:
    result.append(str(error))
try:
    set_rng_state(torch.get_rng_state())
except (IndexError, TypeError) as error:
    result.append(str(error))
result += called
"""


def test_a_mix_up_is_an_error() -> None:
    """Lightning's seed_everything rejects the block's call; torch's set_rng_state and the block's reject other states.
    The function random() and the module random cannot replace each other.
    """
    ((ours, theirs, states, *called),) = run_all(result, [f"{plain('seedall')}\n{plain('seedstate_block')}\n{LOUDLY}"])
    assert "unexpected keyword argument 'deterministic'" in ours
    assert "dict" in theirs
    assert states
    assert len(called) == 2


# These replace Python's bool, int, range, bytes or sum, also for the block.
SHADOWING = ["from numpy import *", "from numpy.random import *", "from torch import *"]
OTHERS = "\n".join(line for line in IMPORTS if line.endswith("*") and line not in SHADOWING and "pylab" not in line)
RANDOM = "from random import random\nfrom numpy import random"

USES = {
    "seedall": "seed_everything(5, deterministic=False)",
    "seedprint_block": "used = fingerprint({'a': [1, 1.5, 'x', b'y', None], 't': torch.ones(3), 'n': np.ones(2)})",
    "seedscope_block": "with seed_scope(5): used = torch.rand(3).tolist(), np.random.rand(), python_random.random()",
    "seedstate_block": "set_rng_state(rng_state())",
    "seedstream_block": "used = torch_stream(5, 'x').initial_seed(), python_stream(5, 'x').random()",
}
USED = """
try:
    {use}
    result = globals().get("used"), torch.rand(3).tolist(), np.random.rand(), python_random.random()
except Exception as error:
    result = "an error"
"""


@pytest.mark.parametrize("name", USES)
def test_works_among_imports(name: str) -> None:
    """A block's check passes with imports above it, and with imports below it."""
    (check,) = (check for check, definer in CASES if definer == name)
    code = plain(name)
    quiet = "import warnings\nwarnings.simplefilter('ignore')\n"
    forms = [f"{quiet}{OTHERS}\n{RANDOM}\n{code}", f"{quiet}{code}\n{OTHERS}\n{RANDOM}"]
    assert run_all(failure, [checked(check, form) for form in forms]) == ["", ""]


@pytest.mark.parametrize("name", USES)
def test_works_or_raises_among_other_builtins(name: str) -> None:
    """If an import replaces Python's int or bool, a block works as usual or raises an error."""
    seeds = "import random as r; r.seed(1); import numpy; numpy.random.seed(2); import torch; torch.manual_seed(3)\n"
    used = USED.format(use=USES[name])
    codes = [f"{seeds}{plain(name)}{used}"]
    for line in SHADOWING:
        codes += [f"{seeds}{line}\n{plain(name)}{used}", f"{seeds}{plain(name)}\n{line}{used}"]
    expected, *found = run_all(result, codes)
    assert expected != "an error"
    assert [one for one in found if one not in (expected, "an error")] == []
