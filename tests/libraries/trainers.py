"""Training with the frameworks that people use, as a user writes it with seeding.py.

Each script takes a number of workers and `whole`, `part` or `rest`: it trains three epochs, or stops in between, or goes on
from there. It writes the samples of each epoch that this rank saw, and the digest of the weights to a file.
"""

COMMON = """
import hashlib, json, os, warnings
warnings.filterwarnings("ignore", "(?!.*(set_epoch|again|distributed=True|not seeded|made twice))")

workers, what = int(sys.argv[1]), sys.argv[2]
seen = []
torch.manual_seed(int(sys.argv[1]) + len(what)), np.random.seed(workers), random.seed(workers)


class Noisy(torch.utils.data.Dataset):
    def __len__(self):
        return 51

    def __getitem__(self, index):
        x = torch.randn(8) * np.random.random() + random.random() + index / 100
        return {"x": x, "labels": torch.tensor(float(index))}


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layers = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Linear(8, 1))

    def forward(self, x, labels):
        return {"loss": (self.layers(x)[:, 0] - labels / 51).square().mean()}


def note(epoch, batch):
    while len(seen) <= epoch:
        seen.append([])
    seen[epoch] += [int(label) for label in batch["labels"]]


def report(net):
    weights = b"".join(tensor.detach().cpu().numpy().tobytes() for tensor in net.state_dict().values())
    found = {"seen": seen, "weights": hashlib.sha256(weights).hexdigest()}
    with open(f"rank-{os.environ.get('LOCAL_RANK', '0')}.json", "w") as file:
        json.dump(found, file)
    if torch.distributed.is_initialized():  # gloo's threads may abort a process that ends by itself
        torch.distributed.barrier()
        os._exit(0)
"""

LIGHTNING = """
import lightning
from torchdata.stateful_dataloader import StatefulDataLoader


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def train_dataloader(self):
        loader = seeded_loader(
            Noisy(), seed=1, name="train", distributed=True, batch_size=4, num_workers=workers,
            loader_class=StatefulDataLoader,
        )
        # The epoch that a resumed training begins with: Lightning tells the sampler too late.
        loader.sampler.set_epoch(self.trainer.fit_loop.epoch_progress.current.processed)
        return loader

    def training_step(self, batch, number):
        note(self.current_epoch, batch)
        return self.net(**batch)["loss"]

    def on_train_batch_end(self, outputs, batch, number):
        if what == "part" and MIDDLE and self.current_epoch == 1 and number == 3:
            self.trainer.save_checkpoint("part.ckpt")
            self.trainer.should_stop = True

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-3)


ranks = int(os.environ.get("RANKS", "1"))
trainer = lightning.Trainer(
    max_epochs=1 if what == "part" and not MIDDLE else 3, accelerator="cpu", logger=False, devices=ranks,
    enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, min_epochs=1,
)
module = Module()
trainer.fit(module, ckpt_path="part.ckpt" if what == "rest" else None, weights_only=False)
if what == "part" and not MIDDLE:
    trainer.save_checkpoint("part.ckpt")
report(module.net)
"""

ACCELERATE = """
import accelerate

accelerator = accelerate.Accelerator(cpu=True)
loader = seeded_loader(Noisy(), seed=1, name="train", batch_size=4, num_workers=workers)
net = Net()
net, optimizer, loader = accelerator.prepare(net, torch.optim.SGD(net.parameters(), lr=1e-3), loader)
first = 0
if what == "rest":
    accelerator.load_state("part")
    first = 1
for epoch in range(first, 3):
    loader.set_epoch(epoch)
    skip = 3 if what == "rest" and epoch == first else 0
    batches = accelerate.skip_first_batches(loader, skip) if skip else loader
    batches.set_epoch(epoch)
    for number, batch in enumerate(batches, skip):
        note(epoch, batch)
        optimizer.zero_grad()
        accelerator.backward(net(**batch)["loss"])
        optimizer.step()
        if what == "part" and (epoch, number) == (1, 2):
            accelerator.save_state("part")
            report(accelerator.unwrap_model(net))
            sys.exit()
report(accelerator.unwrap_model(net))
"""

TRAINER = """
from transformers import Trainer, TrainerCallback, TrainingArguments


class SeededTrainer(Trainer):
    def get_train_dataloader(self):
        loader = seeded_loader(
            self.train_dataset,
            seed=self.args.data_seed,
            name="train",
            batch_size=self.args.train_batch_size,
            num_workers=self.args.dataloader_num_workers,
            collate_fn=self.data_collator,
        )
        return self.accelerator.prepare(loader)

    def training_step(self, model, inputs, *args, **kwargs):
        note(int(self.state.epoch), inputs)
        return super().training_step(model, inputs, *args, **kwargs)


class SetEpoch(TrainerCallback):  # several ranks that resume within an epoch are not told which one it is
    def on_epoch_begin(self, args, state, control, train_dataloader, **kwargs):
        train_dataloader.set_epoch(int(state.epoch))


class Stop(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        if what == "part" and state.global_step == stop:
            control.should_save = control.should_training_stop = True


stop = 9 if os.environ.get("WORLD_SIZE", "1") == "2" else 16
arguments = TrainingArguments(
    "trainer", per_device_train_batch_size=4, num_train_epochs=3, dataloader_num_workers=workers, data_seed=1, seed=7,
    use_cpu=True, report_to=[], save_strategy="no", disable_tqdm=True, logging_strategy="no", max_grad_norm=0,
    lr_scheduler_type="constant", optim="sgd", learning_rate=1e-3, remove_unused_columns=False,
)
net = Net()
trainer = SeededTrainer(net, arguments, train_dataset=Noisy(), callbacks=[SetEpoch(), Stop()])
trainer.train(resume_from_checkpoint=what == "rest")
report(net)
"""

# partial_fit makes a loader for each call, which the clock gives the next epoch.
SKORCH = """
import skorch


class Loss(torch.nn.Module):
    def forward(self, outputs, labels):
        return outputs["loss"]


class Noted(skorch.NeuralNet):
    def train_step_single(self, batch, **options):
        note(len(self.history) - 1, batch[0])
        return super().train_step_single(batch, **options)


def collate(samples):
    batch = torch.utils.data.default_collate(samples)
    return batch, batch["labels"]


def loader(dataset, **options):
    made = seeded_loader(dataset, seed=1, name="train", collate_fn=collate, **options)
    if what == "rest" and len(net.history) == 1:
        made.sampler.set_epoch(1)
    return made


net = Noted(
    Net, criterion=Loss, optimizer=torch.optim.SGD, lr=1e-3, batch_size=4, max_epochs=3, train_split=None, verbose=0,
    iterator_train=loader, iterator_train__num_workers=workers, device="cpu",
)
if what == "whole":
    net.fit(Noisy())
elif what == "part":
    net.partial_fit(Noisy(), epochs=1)
    net.save_params(f_params="net", f_optimizer="optimizer", f_history="history")
else:
    net.initialize()
    net.load_params(f_params="net", f_optimizer="optimizer", f_history="history")
    for _ in range(2):
        net.partial_fit(Noisy(), epochs=1)
report(net.module_)
"""

# The learning rate depends on what the evaluator finds, so the weights show its data too.
IGNITE = """
from ignite.engine import Engine, Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Average

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
loader = seeded_loader(Noisy(), seed=1, name="train", batch_size=4, num_workers=workers)
valid = seeded_loader(Noisy(), seed=1, name="valid", batch_size=4, num_workers=workers)


def step(engine, batch):
    optimizer.zero_grad()
    loss = net(**batch)["loss"]
    loss.backward()
    optimizer.step()
    return loss.item()


options = {
    "prepare_batch": lambda batch, device, non_blocking: (batch, batch["labels"]),
    "model_fn": lambda model, batch: model(**batch),
}
if SUPERVISED:
    trainer = create_supervised_trainer(net, optimizer, lambda outputs, labels: outputs["loss"], **options)
else:
    trainer = Engine(step)
evaluator = create_supervised_evaluator(
    net, {"loss": Average(lambda outputs: outputs[0]["loss"])}, output_transform=lambda x, y, outputs: (outputs,), **options
)


@trainer.on(Events.ITERATION_COMPLETED)
def after_step(engine):
    note(engine.state.epoch - 1, engine.state.batch)
    if what == "part" and engine.state.iteration == 16:  # the third of the second epoch
        state = {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "engine": engine.state_dict()}
        torch.save(state, "part")
        report(net)
        os._exit(0)


@trainer.on(Events.EPOCH_COMPLETED)
def evaluate(engine):
    valid.sampler.set_epoch(0)  # the same data each time
    loss = evaluator.run(valid).metrics["loss"]
    optimizer.param_groups[0]["lr"] = 1e-3 * float(loss)


length = len(loader)
if what == "rest":
    state = torch.load("part")
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    trainer.load_state_dict(state["engine"])
    epoch, step_in_epoch = divmod(trainer.state.iteration, length)
    loader.sampler.set_epoch(epoch, 4 * step_in_epoch)
trainer.run(loader, max_epochs=3, epoch_length=length)
report(net)
"""
