"""Seeding functions that people use, and scripts that measure what each does."""

from typing import NamedTuple

from tests.support.processes import plain

SAME = ""  # what the cell names changes the loader or the training, not the call


class Peer(NamedTuple):
    """A column of the README's table: a call, how it is written with what a cell names, a loader and a training."""

    library: str
    call: str
    options: dict[str, str]
    loader: str = "DataLoader(data, **options)"
    resume: str = ""


SEEDBLOCK = """
def train(stop=None, resume=None):
    call()
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
    loader = DataLoader(Noisy(), batch_size=2, shuffle=True)
    if resume:
        state = torch.load("state.pt")
        net.load_state_dict(state["net"])
        seeding.set_rng_state(state["rng"])
    for epoch in range(1 if resume else 0, 1 if stop else 3):
        for batch in loader:
            optimizer.zero_grad()
            net(**batch)["loss"].backward()
            optimizer.step()
    if stop:
        torch.save({"net": net.state_dict(), "rng": seeding.rng_state()}, "state.pt")
    return weights(net)
"""

LIGHTNING = """
import lightning


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def train_dataloader(self):
        return DataLoader(Noisy(), batch_size=2, shuffle=True)

    def training_step(self, batch, number):
        return self.net(**batch)["loss"]

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-2)


def train(stop=None, resume=None):
    call()
    module = Module()
    trainer = lightning.Trainer(
        max_epochs=1 if stop else 3, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )
    trainer.fit(module, ckpt_path=resume and f"{resume}.ckpt", weights_only=False)
    if stop:
        trainer.save_checkpoint(f"{stop}.ckpt")
    return weights(module.net)
"""

TRANSFORMERS = """
from transformers import Trainer, TrainerCallback, TrainingArguments


class Stop(TrainerCallback):
    def __init__(self, stop):
        self.stop = stop

    def on_step_end(self, arguments, state, control, **others):
        if state.global_step == self.stop:
            control.should_training_stop = control.should_save = True


def trainer(workers=0, stop=None):
    call()
    arguments = TrainingArguments(
        "out", seed=2020, full_determinism=FULL, dataloader_num_workers=workers, per_device_train_batch_size=2,
        use_cpu=True, report_to=[], num_train_epochs=3, save_strategy="no", logging_strategy="no", disable_tqdm=True,
        remove_unused_columns=False, learning_rate=1e-2,
    )
    return Trainer(Net(), arguments, train_dataset=Noisy(), callbacks=[Stop(stop)])


def train(stop=None, resume=None):
    made = trainer(stop=stop)
    made.train(resume_from_checkpoint=resume and f"out/checkpoint-{resume}")
    return weights(made.model)
"""

TRAINER = "trainer(options['num_workers']).get_train_dataloader()"
MONAI = """
import monai.data
from monai.transforms import RandomizableTransform


class Random(RandomizableTransform):
    def __call__(self, index):
        return {"x": torch.tensor([index / 24, self.R.rand(), 0, 0]), "labels": index}
"""

PEERS = {
    "seedblock": Peer(
        "torch",
        "import seeding; seeding.seed_everything(2020)",
        {
            "`seedhash`": SAME,
            "`seedloader`": SAME,
            "`seedstate`": SAME,
        },
        resume=SEEDBLOCK,
    ),
    "Lightning": Peer(
        "lightning",
        "import lightning; lightning.seed_everything(2020, workers=True, verbose=False)",
        {
            "a Trainer argument": "import lightning\n"
            "lightning.seed_everything(2020, workers=True, verbose=False)\n"
            "lightning.Trainer(deterministic=True, logger=False, accelerator='cpu')",
        },
        "lightning.Fabric(accelerator='cpu').setup_dataloaders(DataLoader(data, **options))",
        LIGHTNING,
    ),
    "`set_seed`": Peer(
        "transformers",
        "from transformers import set_seed; set_seed(2020)",
        {
            "an argument": "from transformers import set_seed; set_seed(2020, deterministic=True)",
            "`Trainer`": SAME,
        },
        resume=TRANSFORMERS.replace("FULL", "False"),
    ),
    "`enable_full_determinism`": Peer(
        "transformers",
        "from transformers import enable_full_determinism; enable_full_determinism(2020)",
        {"`Trainer`": SAME},
        resume=TRANSFORMERS.replace("FULL", "True"),
    ),
    "MONAI": Peer(
        "monai",
        "from monai.utils import set_determinism; set_determinism(2020)",
        {
            "an argument": "from monai.utils import set_determinism\n"
            "set_determinism(2020, use_deterministic_algorithms=True)",
            "its own transforms": SAME,
        },
        "monai.data.DataLoader(data, **options)",
        MONAI,
    ),
}
NOTHING = Peer("torch", "pass", {})  # the control

# How the loader is made with what a cell names.
LOADERS = {
    "`seedloader`": "seeding.seeded_loader(data, seed=2020, name='train', **options)",
    "`Trainer`": TRAINER,
    "its own transforms": "monai.data.DataLoader(monai.data.Dataset(list(range(24)), Random()), **options)",
}

# CALL, RESUME, LOADER and TRAINS are of the peer. Everything is measured in the process that has called it.
SCRIPT = """
import hashlib, json, os, random, warnings
import numpy as np
import torch
from torch.utils.data import DataLoader

warnings.filterwarnings("ignore")

def call():
    exec(CALL, globals())


call()
found = {
    "hash": hash("text"),
    "algorithms": torch.are_deterministic_algorithms_enabled(),
    "cublas": "CUBLAS_WORKSPACE_CONFIG" in os.environ,
    "seeds": [random.random(), np.random.random(), torch.rand(()).item()],
}
call()
numbers = np.random.randint(2**16, size=8)
call()
found["apart"] = numbers.tolist() != torch.randint(2**16, (8,)).tolist()


class Noisy(torch.utils.data.Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return {"x": torch.tensor([index / 24, torch.rand(()), np.random.random(), random.random()]), "labels": index}


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(), torch.nn.Linear(8, 1))

    def forward(self, x, labels):
        return {"loss": (self.layers(x.float()) - 1).square().mean()}


def weights(net):
    return hashlib.sha256(b"".join(tensor.detach().numpy().tobytes() for tensor in net.parameters())).hexdigest()


def loaded(workers):
    call()
    data, options = Noisy(), {"batch_size": 2, "num_workers": workers, "shuffle": True}
    loader = eval(LOADER)
    return [[tuple(row) for batch in loader for row in batch["x"].tolist()] for _ in range(2)]


exec(RESUME, globals())
epochs = [loaded(workers) for workers in (0, 1, 2)]
orders = [[[row[0] for row in rows] for rows in both] for both in epochs]
assert orders[0][0] != orders[0][1], "each epoch has an order of its own"
found["order"] = orders[0] == orders[1] == orders[2]
samples = [[sorted(rows) for rows in both] for both in epochs]
found["samples"] = samples[0] == samples[1] == samples[2]
if TRAINS:
    whole = train()
    assert whole == train(), "the training repeats"
    assert train(stop=12) != whole
    found["resumes"] = train(resume=12) == whole
print(json.dumps(found))
"""


def script(peer: Peer, option: str = "") -> str:
    """Return the script that measures a call, or it with an option. Steps 1 to 12 are the first epoch."""
    loader = LOADERS.get(option, peer.loader)
    values = {
        "CALL": peer.options.get(option, SAME) or peer.call,
        "RESUME": peer.resume,
        "LOADER": loader,
        "TRAINS": option in ("`seedstate`", "`Trainer`") or (peer.library == "lightning" and not option),
    }
    head = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    return (plain("seedhash") if option == "`seedhash`" else "") + head + SCRIPT
