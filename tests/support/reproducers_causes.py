"""Small training scripts whose cause can be seen: a generator without a seed, a child or a thread that draws, a file of run 1."""

from tests.support.reproducers import DATA, LOOP, NET, SEEDS, TOP, VARY, Case, batches
from tests.support.scripts import snippet

# Input that comes from no DataLoader: `FACTOR` is another number in each run where it is drawn without a seed.
TRAIN = """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for rows in data.split(4):
    optimizer.zero_grad()
    net(rows * FACTOR).square().mean().backward()
    optimizer.step()
truth(*net.parameters())
"""
# A package that is installed, as far as its path tells.
INSTALLED = """
import sys
os.makedirs("site-packages/PACKAGE", exist_ok=True)
sys.path.insert(0, os.path.abspath("site-packages"))
with open("site-packages/PACKAGE/__init__.py", "w") as file:
    file.write(SOURCE)
import PACKAGE
"""
OPTUNA = """
import numpy

class LazyRandomState:
    def __init__(self, seed=None):
        self._rng = None
        if seed is not None:
            self.rng.seed(seed=seed)

    def _set_rng(self):
        self._rng = numpy.random.RandomState()

    @property
    def rng(self):
        if self._rng is None:
            self._set_rng()
        return self._rng

class RandomSampler:
    def __init__(self, seed=None):
        self._rng = LazyRandomState(seed)

    def suggest(self):
        return self._rng.rng.uniform()
"""
SPACE = """
import numpy as np

class Box:
    def __init__(self, seed=None):
        self._np_random, self._seed = None, seed

    @property
    def np_random(self):
        if self._np_random is None:
            self._np_random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(self._seed)))
        return self._np_random

    def sample(self):
        return self.np_random.uniform()
"""


def installed(package: str, source: str) -> str:
    return INSTALLED.replace("PACKAGE", package).replace("SOURCE", repr(source))


def here(code: str, *says: str) -> tuple[str, ...]:
    """Replace HERE by the line of the code that has this comment."""
    number = next((number for number, line in enumerate(code.splitlines(), start=1) if line.endswith("# here")), 0)
    return tuple(text.replace("HERE", f"train.py:{number}") for text in says)


def given(before: str, factor: str, top: str = SEEDS) -> str:
    """A training in which a number is a factor of the input."""
    return TOP + top + NET + before + "\n" + TRAIN.replace("FACTOR", factor)


FORKS = """
from multiprocessing import get_context
def work(results):
    results.put(DRAW)  # here
results = get_context("fork").SimpleQueue()
child = get_context("fork").Process(target=work, args=(results,), name="helper")
child.start()
number = results.get()
child.join()
"""
THREAD = """
found = []
def work():
    found.append(DRAW)  # here
thread = threading.Thread(target=work, name="helper")
thread.start(), thread.join()
"""
RESUMES = """
start = 0
if os.path.exists("last.FILE"):
    LOAD
for _ in range(2):
    optimizer.zero_grad()
    net(data).square().mean().backward()
    optimizer.step()
weights = {name: value.detach().numpy() for name, value in net.state_dict().items()}
SAVE
truth(*net.parameters())
"""
TO_NET = "net.load_state_dict({name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in WEIGHTS.items()})"


def resumes(file: str, load: str, save: str, top: str = "") -> str:
    """A script that resumes from its own file if there is one."""
    load = TO_NET.replace("WEIGHTS", load)
    return TOP + SEEDS + top + NET + RESUMES.replace("FILE", file).replace("LOAD", load).replace("SAVE", save)


WORKERS = """
workers = 2 * os.path.exists("seen")
open("seen", "w").close()
context = "fork" if workers else None
"""
NOISY = DATA.replace("SAMPLE", "data[index] + torch.rand(4)")
KEEPS = """
class Data(Dataset):
    def __init__(self):
        self.cache = []
    def __len__(self):
        return 12
    def __getitem__(self, index):
        self.cache.append(index)
        return data[index] * len(self.cache)
"""
OURS = """
loader = seeded_loader(Data(), seed=1, name="train", batch_size=4, shuffle=True, num_workers=workers, multiprocessing_context=context)
for batch in loader:
    optimizer.zero_grad()
    net(batch).square().mean().backward()
    optimizer.step()
truth(*net.parameters())
"""

# A generator without a seed: how it is made, what it draws, and what is said of it.
UNSEEDED = {
    "RandomState()": ("rng = np.random.RandomState()  # here", "rng.rand()", "a NumPy generator is made without a seed at HERE"),
    "RandomState(seed), and the seed is None": (
        "seed = None\nrng = np.random.RandomState(seed)  # here", "rng.rand()", "a NumPy generator is made without a seed at HERE",
    ),
    "RandomState(), which dies at once": (
        "def noise():\n    return np.random.RandomState().rand()  # here", "noise()", "a NumPy generator is made without a seed at HERE",
    ),
    "Generator(PCG64())": (
        "rng = np.random.Generator(np.random.PCG64())  # here", "rng.random()", "a NumPy generator is made without a seed at HERE",
    ),
    "SeedSequence()": (
        "rng = np.random.default_rng(np.random.SeedSequence())  # here", "rng.random()", "a NumPy generator is made without a seed at HERE",
    ),
    "random.Random()": ("rng = random.Random()  # here", "rng.random()", "a random.Random is made without a seed at HERE"),
    "random.Random() of a class": (
        "class Own(random.Random):\n    pass\nrng = Own()  # here", "rng.random()", "a random.Random is made without a seed at HERE",
    ),
    "seed() of a torch.Generator": (
        "rng = torch.Generator()\nrng.seed()  # here", "torch.rand(1, generator=rng)", "the torch.Generator `rng` is seeded without a number at HERE",
    ),
    "a torch.Generator with a seed from the system": (
        "rng = torch.Generator().manual_seed(int.from_bytes(os.urandom(4), 'big'))", "torch.rand(1, generator=rng)",
        "the torch.Generator `rng` has another seed in each run",
    ),
    "a torch.Generator in an attribute": (
        "class Noise:\n    def __init__(self):\n        self.rng = torch.Generator()\n        self.rng.seed()  # here\nnoise = Noise()",
        "torch.rand(1, generator=noise.rng)", "the torch.Generator `self.rng` is seeded without a number at HERE",
    ),
    "a sampler of Optuna": (
        installed("optuna", OPTUNA) + "sampler = optuna.RandomSampler()\ndef suggested():\n    return sampler.suggest()  # here", "suggested()",
        "the generator of a sampler of optuna is made without a seed at HERE",
    ),
    "the sample of a space": (
        installed("gymnasium", SPACE) + "space = gymnasium.Box()\ndef sampled():\n    return space.sample()  # here", "sampled()",
        "the generator of an environment or a space is made without a seed at HERE",
    ),
    "another library": (
        installed("augmenting", SPACE) + "space = augmenting.Box()\ndef sampled():\n    return space.sample()  # here", "sampled()",
        "a generator of augmenting is made without a seed at HERE",
    ),
    "a thread": (THREAD.replace("DRAW", "np.random.default_rng().random()"), "found[0]", "made without a seed at HERE, in thread helper"),
    "a child": (FORKS.replace("DRAW", "np.random.default_rng().random()"), "number", "made without a seed at HERE, in process helper"),
    "a child's RandomState": (FORKS.replace("DRAW", "np.random.RandomState().rand()"), "number", "at HERE, in process helper"),
    "a child, from random": (
        FORKS.replace("DRAW", "random.random()"), "number",
        "Python seeds random anew in each fork: it is first drawn from at HERE, in process helper",
    ),
}  # fmt: skip

# Generators that have a seed: none of them is to be named where something else differs.
SEEDED = {
    "RandomState(3)": ("rng = np.random.RandomState(3)", "rng.rand()"),
    "RandomState(), then its seed": ("rng = np.random.RandomState()\nrng.seed(3)", "rng.rand()"),
    "random.Random(), then its seed": ("rng = random.Random()\nrng.seed(3)", "rng.random()"),
    "copies of generators": (
        "import copy, pickle\nrngs = [random.Random(1), np.random.default_rng(1), np.random.RandomState(1)]\nrngs = copy.deepcopy(pickle.loads(pickle.dumps(rngs)))",
        "rngs[0].random() * rngs[1].random() * rngs[2].rand()",
    ),
    "np.random.seed() before the seed": ("np.random.seed()\nnp.random.seed([1, 1])", "np.random.rand()"),
    "a torch.Generator that nobody seeds": ("rng = torch.Generator()", "torch.rand(1, generator=rng)"),
    "a seeded sampler of Optuna": (installed("optuna", OPTUNA) + "sampler = optuna.RandomSampler(seed=1)", "sampler.suggest()"),
    "temporary names": ("import tempfile\ntempfile.mkdtemp(dir='.')", "1"),
}  # fmt: skip
NOT_UNSEEDED = ("without a seed", "without a number", "another seed", "Traceback")

# A first draw from torch that is never seeded, below lines that draw from other generators.
OTHERS_DRAW = """
rng = np.random.RandomState(0)
class Data:
    def __init__(self):
        self.rng = np.random.default_rng(0)
    def noise(self):
        return self.rng.normal()
def shuffled():
    own = np.random.default_rng(0)
    return own.multinomial(3, [0.5, 0.5])
rng.rand(2, 4), rng.randint(3), Data().noise(), shuffled(), rng.shuffle([1])
"""
FIRST_DRAWS = {
    name: TOP + "random.seed(1)\n" + code + "  # here\n" + NET + LOOP
    for name, code in {
        "NumPy's generators draw first": OTHERS_DRAW + "start = torch.empty(3)\nstart[:].normal_()",
        "a function with the name of a draw": "def shuffle(rows):\n    return rows\nshuffle([1])\nstart = torch.randperm(3)",
        "a name from random": "from random import shuffle\nshuffle([1])\nfrom torch import randperm\nstart = randperm(3)",
    }.items()
}
A_THREAD = given(THREAD.replace("DRAW", "random.random()"), "found[0]", SEEDS.replace("random.seed(1), ", "", 1))

CAUSES = {
    **{
        f"without a seed: {name}": Case(given(made, drawn), False, "loss", here(given(made, drawn), says, "give it a seed"))
        for name, (made, drawn, says) in UNSEEDED.items()
    },
    **{
        f"with a seed: {name}": Case(
            given(made, f"{drawn} * {VARY}"), False, "loss", never=NOT_UNSEEDED
        )
        for name, (made, drawn) in SEEDED.items()
    },
    **{
        f"first draw: {name}": Case(
            code, False, "random streams", here(code, "torch is never seeded: it is first drawn from at HERE;")
        )
        for name, code in FIRST_DRAWS.items()
    },
    "a thread draws": Case(
        A_THREAD, False, "random streams", here(A_THREAD, "random is never seeded: it is first drawn from at HERE, in thread helper")
    ),
    "resumed from an npz": Case(
        resumes("npz", "np.load('last.npz')", "np.savez('last.npz', **weights)"), False, "files of run 1",
        ("run 2 read what run 1 had written: last.npz", "--fresh"),
    ),
    "resumed from a pickle": Case(
        resumes("pkl", "pickle.load(open('last.pkl', 'rb'))", "pickle.dump(weights, open('last.pkl', 'wb'))", "import pickle\n"),
        False, "files of run 1", ("run 2 read what run 1 had written: last.pkl",),
    ),
    "resumed from JSON, renamed into place": Case(
        resumes(
            "json", "json.load(open('last.json'))",
            "json.dump({name: value.tolist() for name, value in weights.items()}, open('part', 'w'))\nos.rename('part', 'last.json')", "import json\n",
        ),
        False, "files of run 1", ("run 2 read what run 1 had written: last.json",),
    ),
    "resumed from a mapped checkpoint": Case(
        resumes("pt", "{k: v.numpy() for k, v in torch.load('last.pt', mmap=True).items()}", "torch.save(net.state_dict(), 'last.pt')"),
        False, "files of run 1", ("run 2 read what run 1 had written: last.pt",),
    ),
    "a count in a database": Case(
        TOP + SEEDS + NET + "import sqlite3\nknown = os.path.exists('runs.db')\ndata *= 1 + known\n"
        "with sqlite3.connect('runs.db') as database: database.execute('create table if not exists t (n)')\n" + LOOP,
        False, "files of run 1", ("run 2 read what run 1 had written: runs.db",),
    ),
    "a file that a run reads after it wrote it": Case(
        TOP + SEEDS + NET + "np.save('scale.npy', np.frombuffer(os.urandom(4), dtype=np.uint32) / 2**32)\ndata *= np.load('scale.npy').item()\n"
        + LOOP, False, "batch contents", never=("had written: scale.npy", "Traceback"),
    ),
    "another number of workers, and seeded_loader is used": Case(
        TOP + SEEDS + snippet("seeding") + NET + WORKERS + KEEPS + OURS, False, "batch contents",
        ("0 workers in one run and 2 in the other", "a cache", "`seedcheck` names the first index"), ("`seedloader`", "`seedscope`"),
    ),
    "another number of workers": Case(
        TOP + SEEDS + NET + WORKERS + batches(NOISY, options=", num_workers=workers, multiprocessing_context=context"), False, "random streams",
        ("0 workers in one run and 2 in the other", "`seedloader` gives the same samples"), ("seedscope", "Traceback"),
    ),
}  # fmt: skip
