"""Small training scripts, right ones and wrong ones, and what `twice` must say of each.

Each gives what it has computed to `truth`, so that whether it repeats is known without the recorder.
"""

from typing import NamedTuple

from tests.support.scripts import snippet

TOP = """
import collections, dataclasses, os, random, threading
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, RandomSampler, TensorDataset
"""
SEEDS = "random.seed(1), np.random.seed([1, 1]), torch.manual_seed(1)\n"
NET = """
net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
data = torch.arange(48.0).reshape(12, 4) / 48
"""
LOOP = """
for batch in DataLoader(data, 4, shuffle=True):
    optimizer.zero_grad()
    loss = net(batch).square().mean()
    loss.backward()
    optimizer.step()
truth(*net.parameters())
"""
NO_LOADER = """
for rows in data.split(4):
    optimizer.zero_grad()
    net(rows).square().mean().backward()
    optimizer.step()
truth(*net.parameters())
"""
VARY = "int.from_bytes(os.urandom(3), 'big') / 2**24"  # another number in each run, and none of a stream's


class Case(NamedTuple):
    """A script, whether it repeats, the layer of its first difference, what the verdict says, and what it must not."""

    code: str
    repeats: bool
    layer: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ("Traceback",)


def loop(step: str, before: str = "") -> str:
    return LOOP.replace(
        "    optimizer.step()\n", f"    {before or 'pass'}\n    optimizer.step()\n    {step or 'pass'}\n"
    )


def batches(dataset: str, collate: str = "", options: str = "", use: str = "batch") -> str:
    """A training on batches of any class."""
    return f"""{dataset}
{collate}
for batch in DataLoader(Data(), 4{options}):
    optimizer.zero_grad()
    loss = net({use}).square().mean()
    loss.backward()
    optimizer.step()
truth(*net.parameters())
"""


DATA = """
class Data(Dataset):
    def __len__(self):
        return 12
    def __getitem__(self, index):
        return SAMPLE
"""
NOISE = f"data[index] + {VARY}"
CONTAINERS = {
    "a named tuple": ("Point = collections.namedtuple('Point', 'x y')", "Point(torch.stack(rows), 1)", "batch.x"),
    "a dataclass": (
        "@dataclasses.dataclass\nclass Point:\n    x: object\n    y: int", "Point(torch.stack(rows), 1)", "batch.x",
    ),
    "a UserDict": ("Encoding = collections.UserDict", "Encoding(x=torch.stack(rows))", "batch['x']"),
    "an object": (
        "class Point:\n    def __init__(self, x): self.x, self.self, self.where = x, self, object()",
        "Point(torch.stack(rows))", "batch.x",
    ),
    "an object array": ("", "np.array([torch.stack(rows), 'name', None], dtype=object)", "batch[0]"),
    "a nested tensor": ("", "torch.nested.nested_tensor(list(rows))", "torch.stack(batch.unbind())"),
    "a sparse tensor": ("", "torch.stack(rows).to_sparse()", "batch.to_dense()"),
    "a set of words and lists of numbers": (
        "", "({'one', 'two', 'three'}, list(range(500)), [10**5000], torch.stack(rows))", "batch[3]",
    ),
    "a list that holds itself": (
        "def endless(rows):\n    found = [torch.stack(rows)]\n    found.append(found)\n    return found", "endless(rows)", "batch[0]",
    ),
}  # fmt: skip


def container(name: str, sample: str) -> str:
    """Batches of this class; the tensor comes last, where that can be, so that it is found by looking into all."""
    definition, made, use = CONTAINERS[name]
    collate = f"{definition}\ndef collate(rows):\n    return {made}\n"
    return TOP + SEEDS + NET + batches(DATA.replace("SAMPLE", sample), collate, ", collate_fn=collate", use)


MAIN = """
def main():
    net = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        net(torch.ones(2, 4)).sum().backward()
        optimizer.step()
    net.weight.data += CHANGE
    truth(*net.parameters())
main()
"""
BY_HAND = """
weight = torch.zeros(4, requires_grad=True)
for _ in range(4):
    loss = (weight - torch.ones(4)).square().sum()
    loss.backward()
    with torch.no_grad():
        weight -= 0.1 * weight.grad + CHANGE
        weight.grad = None
truth(weight)
"""
LOSSES_ALONE = """
net = torch.nn.Linear(4, 1)
class Own:  # an optimizer that is not torch's
    def step(self):
        with torch.no_grad():
            for p in net.parameters():
                p -= 0.1 * p.grad + CHANGE
for _ in range(4):
    net.zero_grad()
    net(torch.ones(2, 4)).square().mean().backward()
    Own().step()
truth(*net.parameters())
"""
GAN = """
one, two = torch.nn.Linear(4, 4), torch.nn.Linear(4, 1)
two.weight.data += CHANGE
first, second = torch.optim.SGD(two.parameters(), lr=0.1), torch.optim.Adam(one.parameters())
for _ in range(3):
    two(torch.ones(2, 4)).square().mean().backward()
    first.step(), first.zero_grad()
    two(one(torch.ones(2, 4))).mean().backward()
    second.step(), second.zero_grad(), first.zero_grad()
truth(*one.parameters(), *two.parameters())
"""
FROZEN = """
body, head = torch.nn.Linear(4, 4), torch.nn.Linear(4, 1)
body.requires_grad_(False)
body.bias += CHANGE
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    head(body(torch.ones(2, 4))).square().mean().backward()
    optimizer.step()
truth(*body.parameters(), *head.parameters())
"""
THREADS = """
def train(seed):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.nn.Parameter(torch.rand(4, generator=generator) + CHANGE)
    optimizer = torch.optim.SGD([weight], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (weight * torch.rand(4, generator=generator)).sum().backward()
        optimizer.step()
    found[seed] = weight
found = {}
threads = [threading.Thread(target=train, args=(n,), name=f"train-{n}") for n in range(4)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
truth(*(found[n] for n in range(4)))
"""
# As a DataLoader whose workers are threads of this process: none of torch's is by 2.15.
LOADED_BY_THREADS = """
from torch.utils.data import dataloader
class Fetched(dataloader._SingleProcessDataLoaderIter):
    def _next_data(self):
        indices = self._next_index()
        rows = {}
        def load(index):
            rows[index] = data[index] + torch.rand(())
        for index in sorted(indices, key=lambda _: CHANGE):
            thread = threading.Thread(target=load, args=(index,))
            thread.start(), thread.join()
        return torch.stack([rows[index] for index in indices])
DataLoader._get_iterator = lambda self: Fetched(self)
"""
FORKED = """
weight = torch.nn.Parameter(torch.zeros(4))
optimizer = torch.optim.SGD([weight], lr=0.1)
def steps(count, change):
    for _ in range(count):
        optimizer.zero_grad()
        (weight * torch.rand(4)).sum().backward()
        optimizer.step()
        weight.data += change
steps(2, 0)
from multiprocessing import get_context
child = get_context("fork").Process(target=steps, args=(3, CHANGE))
child.start(), child.join()
truth(weight, CHANGE)
"""
SHARED = """
from multiprocessing import get_context
net = torch.nn.Linear(4, 1).share_memory()
def other(change):
    net.weight.data += change
child = get_context("fork").Process(target=other, args=(CHANGE,))
child.start(), child.join()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    net(torch.ones(2, 4)).sum().backward()
    optimizer.step()
truth(*net.parameters())
"""
HIDDEN = """
class Own(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.Linear(4, 1)])
    def forward(self, rows):
        return self.layers[0](rows)
def permuted(count):
    names = [str(n) for n in range(count)]
    return torch.randperm(count)
def read():
    return torch.arange(48.0).reshape(12, 4) / 48
data = read()[permuted(12)]
net = Own()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
"""
WARNS = """
import io, warnings
class Out(io.BytesIO):
    def write(self, part):
        for level in range(1, 5):
            warnings.warn(str(level), stacklevel=level)
        return super().write(part)
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    for _ in DataLoader([1], pin_memory=True):
        pass
    torch.save([1], Out())
truth([(os.path.basename(one.filename), one.lineno, str(one.message)) for one in seen])
"""
CLOSURE = """
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.1, max_iter=4)
for rows in data.split(4):
    def closure():
        optimizer.zero_grad()
        loss = net(rows * INPUT).square().mean()
        loss.backward()
        net[0].bias.grad += GRADIENT
        return loss
    optimizer.step(closure)
truth(*net.parameters())
"""
TWICE_AS_LARGE = """
import torch.nn as nn
big, small = nn.Parameter(torch.zeros(2_000_000)), nn.Parameter(torch.zeros(1_000_000))
optimizer = torch.optim.SGD([big, small], lr=0.0)
for step in range(8):
    (big[:1].sum() + small.sum()).backward()
    optimizer.step()
    if step == 1:
        big.data[PLACE] += CHANGE
truth(big)
"""
GUARDED = {
    "torch.func.grad is the first work": "torch.func.grad(lambda x: (x ** 2).sum())(torch.ones(3))",
    "a complex loss": "w = torch.ones(1, dtype=torch.complex64, requires_grad=True)\ntorch.autograd.backward(w * 2, torch.ones_like(w))",
    "a loss without data": "torch.ones(2, device='meta', requires_grad=True).sum().backward()",
    "FakeTensorMode": "from torch._subclasses.fake_tensor import FakeTensorMode\nwith FakeTensorMode():\n"
    "    fake = torch.nn.Linear(4, 1)\n    o = torch.optim.SGD(fake.parameters(), lr=0.1)\n"
    "    fake(torch.ones(2, 4)).sum().backward()\n    o.step()",
    "a module that does not call super().__init__()": "class Odd(torch.nn.Module):\n    def __init__(self): pass\nodd = Odd()",
    "an optimizer that cannot be compared": "class Odd(torch.optim.SGD):\n    def __eq__(self, other): raise ValueError\n"
    "    __hash__ = None\nw = torch.nn.Parameter(torch.ones(3))\nodd = Odd([w], lr=0.1)\nw.sum().backward()\nodd.step()",
    "the loader of torch can be pickled": "import pickle\npickle.dumps(torch.__spec__.loader)\npickle.dumps(np.random.rand), pickle.dumps(random.random)",
    "every file is closed": "os.closerange(3, 200)\nown = open('own.txt', 'w')\nown.write('mine')\nown.flush()",
    "a mode that sees operations": "from torch.utils._python_dispatch import TorchDispatchMode\nclass Count(TorchDispatchMode):\n"
    "    n = 0\n    def __torch_dispatch__(self, f, types, args=(), kwargs=None):\n        Count.n += 1\n        return f(*args, **(kwargs or {}))\n"
    "w = torch.nn.Parameter(torch.ones(3))\no = torch.optim.SGD([w], lr=0.1)\nwith Count():\n    w.sum().backward()\n    o.step()\nprint(Count.n)",
    "warnings are errors": "import warnings\nwarnings.simplefilter('error')",
    "attributes that raise": "class Odd:\n    @property\n    def __dict__(self): raise RuntimeError('no')\n"
    "for _ in DataLoader([Odd()], batch_size=None): pass",
    "a recursion that is nearly too deep": "import sys\ndef deep(n):\n    return torch.nn.Parameter(torch.ones(2)).sum().backward() if n == 0 else deep(n - 1)\n"
    "sys.setrecursionlimit(600)\ndeep(480)\nsys.setrecursionlimit(3000)",
}

RIGHT = {
    "seeded": Case(TOP + SEEDS + NET + LOOP, True, says=("3 batches, 3 steps, 3 losses, 4 parameters at the end",)),
    "seeded by seedall": Case(
        TOP + snippet("seedall") + "\nseed_everything(1)\n" + NET + LOOP, True, never=("warning", "seedall")
    ),
    "weights by hand": Case(TOP + SEEDS + BY_HAND.replace("CHANGE", "0"), True, says=("4 losses",)),
    "an optimizer that is not torch's": Case(TOP + SEEDS + LOSSES_ALONE.replace("CHANGE", "0"), True, says=("4 losses",)),
    "two optimizers": Case(TOP + SEEDS + GAN.replace("CHANGE", "0"), True, says=("6 steps",)),
    "threads that train": Case(TOP + SEEDS + THREADS.replace("CHANGE", "0"), True, says=("12 steps", "4 processes or threads")),
    "threads that load": Case(
        TOP + SEEDS + NET + LOADED_BY_THREADS.replace("CHANGE", "0") + LOOP, True, says=("3 batches, 3 steps",)
    ),
    "a fork that goes on": Case(TOP + SEEDS + FORKED.replace("CHANGE", "0"), True, says=("5 steps",)),
    "weights in shared memory": Case(TOP + SEEDS + SHARED.replace("CHANGE", "0.5"), True, says=("3 steps",)),
    "a checkpoint with its own path in it": Case(
        TOP + SEEDS + NET + LOOP + "import time\nwhere = f'/nowhere/version_{time.time_ns()}/epoch=1.ckpt'\n"
        "torch.save({'callbacks': {'Checkpoint': {'best_path': where, 'paths': {where: 1.0}, 'Timer': {'time_elapsed': time.time()}}}}, 'a.pt')",
        True, says=("1 saved file", "files differed only by a clock"),
    ),
    "warnings name the lines that they name without the recorder": Case(TOP + WARNS + SEEDS + NET + LOOP, True),
    "a step that computes the loss": Case(
        TOP + SEEDS + NET + CLOSURE.replace("INPUT", "1").replace("GRADIENT", "0"), True, says=("3 steps, 12 losses",)
    ),
    "a training in a function": Case(TOP + SEEDS + MAIN.replace("CHANGE", "0"), True, says=("2 parameters at the end",)),
    "a step that fails": Case(
        TOP + SEEDS + NET + "def fails():\n    raise ValueError\ntry:\n    optimizer.step(fails)\nexcept ValueError:\n    pass\n" + LOOP,
        True, says=("3 batches, 3 steps, 3 losses",),
    ),
    "a process number": Case(TOP + SEEDS + NET + "print(os.getpid(), 'begins')\n" + LOOP, True),
    "a time is printed": Case(
        TOP + SEEDS + NET + LOOP + "import time\nprint('took', time.perf_counter(), 's')", True,
        says=("1 printed line", "printed output differed only by a clock"),
    ),
    "no training": Case(TOP + "print('hello')\ntruth(0)", True, says=("1 printed line, no training was seen",)),
    "a draw that nothing depends on": Case(
        TOP + SEEDS.replace("random.seed(1), ", "") + "random.random()\n" + NET + LOOP, True,
        says=("the streams of random differ", "nothing that was compared depends on them"),
    ),
    "equal validation passes": Case(
        TOP + SEEDS + NET + LOOP + "for _ in range(3):\n    for batch in DataLoader(data, 4): net(batch)", True, never=("warning",)
    ),
    "a dataset of equal rows": Case(
        TOP + SEEDS + NET.replace("torch.arange(48.0).reshape(12, 4)", "torch.ones(12, 4)") + LOOP * 3, True, never=("warning",)
    ),
    "NumPy never draws": Case(
        TOP + "np.random.seed(1), torch.manual_seed(1), random.seed(1)\n" + NET + LOOP, True, never=("warning",)
    ),
    "a file with the time in it": Case(
        TOP + SEEDS + NET + LOOP + "import time\ntorch.save({'net': net.state_dict(), 'time': time.time()}, 'a.pt')", True,
        says=("1 saved file", "files differed only by a clock"),
    ),
    "a file with times in lists and whole numbers": Case(
        TOP + SEEDS + NET + LOOP
        + "import time\ntorch.save({'net': net.state_dict(), 'at': int(time.time() * 1e6), 'times': [time.time(), None]}, 'a.pt')",
        True, says=("1 saved file", "files differed only by a clock"),
    ),
    **{f"a batch is {name}": Case(container(name, "data[index]"), True, says=("3 batches",)) for name in CONTAINERS},
    **{name: Case(TOP + SEEDS + code + "\n" + NET + LOOP, True) for name, code in GUARDED.items()},
}  # fmt: skip

# What repeats and is wrong all the same.
WARNED = {
    "mirrored streams": Case(
        TOP + "np.random.seed(1), torch.manual_seed(1), random.seed(1)\nnp.random.rand()\n" + NET + LOOP, True,
        says=("warning: NumPy and torch draw the same numbers",),
    ),
    "seeded in each epoch": Case(
        TOP + SEEDS + NET + "for _ in range(3):\n    torch.manual_seed(1)\n" + LOOP.replace("\n", "\n    "), True,
        says=("warning: 3 shuffled epochs are the same, bit for bit (the loop at train.py:14): a stream is seeded again at train.py:12",),
    ),
}  # fmt: skip

WRONG = {
    "a library draws as it is loaded": Case(
        TOP + "import sys\nos.makedirs('site-packages', exist_ok=True)\nsys.path.insert(0, os.path.abspath('site-packages'))\n"
        "print('import random; random.random()', file=open('site-packages/drawing.py', 'w'), flush=True)\nimport drawing\n"
        + SEEDS + NET + LOOP.replace(".mean()", f".mean() * {VARY}"), False, "loss", ("same weights, same batch",), ("too late",),
    ),
    "nothing is seeded": Case(
        TOP + NET + LOOP, False, "random streams",
        ("torch is never seeded: it is first drawn from at train.py:7", "the snippet `seedall` seeds everything"),
    ),
    "nothing is seeded, no DataLoader": Case(
        TOP + LOSSES_ALONE.replace("CHANGE", "0"), False, "random streams", ("torch is never seeded: it is first drawn from at train.py:7",)
    ),
    "nothing is seeded, and a function draws": Case(
        TOP + HIDDEN + LOOP, False, "random streams", ("torch is never seeded: it is first drawn from at train.py:15;",)
    ),
    "seeded too late": Case(
        TOP + NET + SEEDS + LOOP, False, "initial weights",
        ("torch is seeded too late, at train.py:10: it was drawn from earlier, at train.py:7",),
        ("seedall", "the dataset's generators"),
    ),
    "a split before the seed": Case(
        TOP + "order = torch.randperm(1000)[:12]\n" + SEEDS + NET + LOOP.replace("(data, 4,", "(data + order[:, None], 4,"), False,
        "batch contents",
        ("torch is seeded too late, at train.py:7: it was drawn from earlier, at train.py:6",),
    ),
    "NumPy is not seeded": Case(
        TOP + "torch.manual_seed(1)\n" + NET + batches(DATA.replace("SAMPLE", "data[index] + np.random.rand()")), False,
        "random streams", ("numpy is never seeded: it is first drawn from at train.py:16",),
    ),
    "a seed from the clock": Case(
        TOP + "import time\ntorch.manual_seed(time.time_ns() % 10**6)\n" + NET + LOOP, False, "random streams",
        ("torch is seeded with", "in one run and", "at train.py:7: give it a fixed number"),
    ),
    "a seed without a number": Case(
        TOP + "torch.seed()\n" + NET + LOOP, False, "random streams", ("torch is seeded without a number at train.py:6",)
    ),
    "a seed without a number, and no DataLoader": Case(
        TOP + "torch.seed()\n" + NET + NO_LOADER, False, "random streams", ("torch is seeded without a number at train.py:6",)
    ),
    "seedall, and one draw more": Case(
        TOP + snippet("seedall") + f"\nseed_everything(1)\nif {VARY} < 2: [torch.rand(1) for _ in range(int.from_bytes(os.urandom(2), 'big') // 8)]\n" + NET + LOOP,
        False, "random streams", ("seeded alike, so one run drew more often",), ("seedall",),
    ),
    "a generator of the dataset's own": Case(
        TOP + SEEDS + NET + batches(DATA.replace("SAMPLE", "data[index] + np.random.default_rng().random()")), False,
        "batch contents", ("a NumPy generator is made without a seed at train.py:16", "and the generators of the dataset too"),
    ),
    "files in the order of the disk": Case(
        TOP + SEEDS + NET + f"data = data[sorted(range(12), key=lambda _: {VARY})]\n" + LOOP, False, "data order", ("sort file lists",)
    ),
    "large batches in another order": Case(
        TOP + SEEDS + NET + "data = torch.arange(40_000.0).reshape(10_000, 4) / 40_000\n"
        f"data = data[sorted(range(10_000), key=lambda _: {VARY})]\n" + LOOP.replace("(data, 4,", "(data, 5000,"),
        False, "data order",
    ),
    "large batches of other rows": Case(
        TOP + SEEDS + NET + f"data = torch.arange(40_000.0).reshape(10_000, 4) / 40_000 + {VARY}\n"
        + LOOP.replace("(data, 4,", "(data, 5000,"), False, "batch contents",
    ),
    "the forward pass varies": Case(
        TOP + SEEDS + NET + LOOP.replace(".mean()", f".mean() * {VARY}"), False, "loss", ("same weights, same batch", "as `seedall` does")
    ),
    "the forward pass varies under deterministic algorithms": Case(
        TOP + SEEDS + "torch.use_deterministic_algorithms(True)\n" + NET + LOOP.replace(".mean()", f".mean() * {VARY}"), False,
        "loss", ("deterministic algorithms are already on",), ("seedall",),
    ),
    "the input is from no DataLoader": Case(
        TOP + SEEDS + NET + LOOP.replace("DataLoader(data, 4, shuffle=True)", f"[data * {VARY}] * 3"), False, "loss",
        ("the inputs come from no DataLoader",), ("same batch",),
    ),
    "the backward pass varies": Case(
        TOP + SEEDS + NET + loop("", f"net[1].bias.grad += 1 + {VARY}"), False, "gradients", ("1.bias differs",)
    ),
    "the input varies, and a step computes the loss": Case(
        TOP + SEEDS + NET + CLOSURE.replace("INPUT", VARY).replace("GRADIENT", "0"), False, "loss", ("step 0",)
    ),
    "the backward pass varies, and a step computes the loss": Case(
        TOP + SEEDS + NET + CLOSURE.replace("INPUT", "1").replace("GRADIENT", VARY).replace("max_iter=4", "max_iter=1"), False,
        "gradients", ("0.bias differs",),
    ),
    "weights are changed by hand": Case(
        TOP + SEEDS + NET + loop(f"net[0].weight.data[2, 2] += 1 + {VARY}"), False, "weights", ("0.weight differs",)
    ),
    "one more step": Case(
        TOP + SEEDS + NET + loop(f"{VARY} < 0.5 and optimizer.step()") * 8, False, "control flow", ("a step is taken",)
    ),
    "weights after the last step": Case(
        TOP + SEEDS + NET + LOOP.replace("truth", f"net[1].weight.data += 1 + {VARY}\ntruth"), False, "weights at the end",
        ("1.weight differs",),
    ),
    "weights after the last step of a function": Case(
        TOP + SEEDS + MAIN.replace("CHANGE", f"1 + {VARY}"), False, "weights at the end", ("weight differs",)
    ),
    "what is saved": Case(
        TOP + SEEDS + NET + LOOP.replace("truth", f"best = torch.ones(2) * {VARY}\ntorch.save({{'net': net, 'best': best}}, 'a.pt')\ntruth(best), truth"),
        False, "saved files", ("a.pt: best",),
    ),
    "a metric on an unseeded split": Case(
        TOP + SEEDS + NET + LOOP + "order = np.random.default_rng().permutation(12)\nvalue = (net(data[order]).flatten() * torch.arange(12)).mean().item()\n"
        "print('accuracy', value)\ntruth(value)", False, "printed output", ("'accuracy",),
    ),
    "weights by hand vary": Case(
        TOP + SEEDS + BY_HAND.replace("CHANGE", f"0.01 * {VARY}"), False, "weights", ("at loss 0", "between two losses")
    ),
    "an optimizer that is not torch's varies": Case(TOP + SEEDS + LOSSES_ALONE.replace("CHANGE", f"0.1 * {VARY}"), False, "weights"),
    "the generator of a GAN": Case(TOP + SEEDS + GAN.replace("CHANGE", VARY), False, "initial weights", ("weight differs",)),
    "a frozen part": Case(TOP + SEEDS + FROZEN.replace("CHANGE", VARY), False, "initial weights", ("bias differs",)),
    "threads that vary": Case(TOP + SEEDS + THREADS.replace("CHANGE", VARY), False, "initial weights", ("thread train-",)),
    "threads that load in turns that vary": Case(
        TOP + SEEDS + NET + LOADED_BY_THREADS.replace("CHANGE", VARY) + LOOP, False, "batch contents"
    ),
    "a fork that varies": Case(TOP + SEEDS + FORKED.replace("CHANGE", VARY), False, "weights", ("ForkProcess-",)),
    "another process changes the weights": Case(
        TOP + SEEDS + SHARED.replace("CHANGE", VARY), False, "initial weights", ("memory that processes share",), ("a file",)
    ),
    "one weight of a large tensor": Case(
        TOP + SEEDS + TWICE_AS_LARGE.replace("PLACE", "1_999_999").replace("CHANGE", VARY), False, "weights", ("parameter 0 differs",)
    ),
    "a large tensor whose loss tells first": Case(
        TOP + SEEDS + TWICE_AS_LARGE.replace("PLACE", "1_999_999").replace("CHANGE", VARY).replace("big[:1]", "big"), False, "loss",
        ("as far as a step digests them: --every 1",),
    ),
    "another exit code": Case(
        TOP + SEEDS + NET + LOOP + "if os.path.exists('seen'): raise SystemExit(3)\nopen('seen', 'w').close()", False, "a run that failed",
        ("run 1 ended with exit code 0, run 2 with 3",),
    ),
    "a checkpoint of run 1": Case(
        TOP + SEEDS + NET + "if os.path.exists('a.pt'): net.load_state_dict(torch.load('a.pt'))\n" + LOOP
        + "torch.save(net.state_dict(), 'a.pt')", False, "files of run 1", ("run 2 read what run 1 had written: a.pt", "--fresh"),
    ),
    **{
        f"a batch is {name}, and varies": Case(container(name, NOISE), False, "batch contents", never=("was not digested",))
        for name in CONTAINERS
    },
}  # fmt: skip

CASES = {**RIGHT, **WARNED, **WRONG}
