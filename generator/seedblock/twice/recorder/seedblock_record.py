"""Write a tape of this process: what it loads, draws, computes and learns, as digests. Stands alone, in any environment.

It looks through torch's own hooks and consumes no random number. torch and NumPy are imported when the script imports
them, not before. A line is written at each batch of a DataLoader and at each step of an optimizer.
"""

import atexit
import importlib.abc
import importlib.machinery
import json
import os
import struct
import sys
import zlib
from collections.abc import Callable
from typing import Any, TextIO

FORMAT = 1
BUDGET = 4_000_000  # bytes that are digested of each: a batch, gradients, weights; at 0.4 s/GB about 2 ms
PARAMETERS = 64  # parameters that are named in one line

# zlib.crc32 and not SHA-256: it sees every flipped bit, swap and changed order, at almost twice the speed.


class Recorder:
    """The tape of this process, and what has to be known to write it."""

    def __init__(self, path: str, name: str | None, every: int) -> None:
        self.path, self.name, self.every = path, name, every
        self.file: TextIO | None = None
        self.batches = self.steps = 0
        self.fresh: dict[str, str] = {}  # a stream's state when its library was imported
        self.losses: list[Any] = []
        self.optimizers: list[Any] = []

    def write(self, **line: object) -> None:
        if self.file is None:
            self.file = self.open()
            self.write(tape=FORMAT, environment=environment())
        self.file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self.file.flush()

    def open(self) -> TextIO:
        """The first process has the path itself, a rank its number; any other is told by its name, and numbered."""
        if self.name is not None:
            return open(f"{self.path}{self.name}.jsonl", "w", encoding="utf-8")
        if "multiprocessing" in sys.modules:
            name = sys.modules["multiprocessing"].process.current_process().name
        else:
            name = os.path.basename(sys.argv[0])
        number = 0
        while os.path.exists(f"{self.path}.{name}{number or ''}.jsonl"):
            number += 1
        return open(f"{self.path}.{name}{number or ''}.jsonl", "x", encoding="utf-8")

    def streams(self) -> dict[str, str]:
        """Digest each stream's state; a stream that nobody has seeded or drawn from is left out."""
        states = {name: state() for name, (module, state) in STREAMS.items() if module in sys.modules}
        return {
            name: value
            for name, value in states.items()
            if value is not None and self.fresh.setdefault(name, value) != value
        }

    def batch(self, data: object, first: bool) -> None:
        digest, samples = digest_batch(data, self.batches)
        self.first_event()
        # The first batch of an iteration over a DataLoader, an epoch as a rule, says so.
        begins = {"begins": True} if first else {}
        self.write(batch=self.batches, **begins, data=digest, samples=samples, streams=self.streams())
        self.batches += 1

    def first_event(self) -> None:
        if self.batches == self.steps == 0:
            self.write(settings=settings())
            if mirrored():
                self.write(warning="mirrored")

    def step(self, optimizer: Any, *_: object) -> None:
        self.first_event()
        if optimizer not in self.optimizers:
            self.optimizers.append(optimizer)
            names = names_of(optimizer)
            self.write(optimizer=len(self.optimizers) - 1, parameters=names, every=self.interval(optimizer))
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        every = self.interval(optimizer)
        chosen = [index for index in range(len(parameters)) if index % every == self.steps % every]
        weights = [digest_tensor(parameters[index], self.steps) for index in chosen]
        gradients = [digest_tensor(parameters[index].grad, self.steps) for index in chosen]
        losses, self.losses = [digest_loss(loss) for loss in self.losses], []
        self.write(
            step=self.steps,
            optimizer=self.optimizers.index(optimizer),
            streams=self.streams(),
            weights=short(weights),
            loss=[value for value, _ in losses],
            loss_bits=[bits for _, bits in losses],
            gradients=short(gradients),
        )
        self.steps += 1

    def interval(self, optimizer: Any) -> int:
        """How many steps it takes until each parameter has been digested."""
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        size = sum(min(p.numel() * p.element_size(), BUDGET) for p in parameters)
        return self.every or max(1, -(-size // BUDGET), -(-len(parameters) // PARAMETERS))

    def end(self) -> None:
        self.write(end=True, batches=self.batches, steps=self.steps, streams=self.streams())

    def after_fork(self) -> None:
        """A fork is another process: it has a tape of its own once it has something to write."""
        atexit.unregister(self.end)
        self.name = self.file = None
        self.batches = self.steps = 0


def start() -> None:
    """Begin to record, if this process is asked to."""
    path = os.environ.get("SEEDBLOCK_TAPE")
    if path is None:
        return
    # The first process is the one that the others descend from; it stays so when it replaces its own program.
    first = os.environ.setdefault("SEEDBLOCK_MAIN", str(os.getpid())) == str(os.getpid())
    rank = os.environ.get("RANK")
    name = "" if first else None if rank is None else f".rank{rank}"
    recorder = Recorder(path, name, int(os.environ.get("SEEDBLOCK_EVERY", "0")))
    if name is not None:
        atexit.register(recorder.end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=recorder.after_fork)
    recorder.streams()
    when_imported("numpy.random", lambda module: recorder.streams())
    when_imported("torch", lambda module: watch(module, recorder))
    if first:
        recorder.write(start=True)


def watch(torch: Any, recorder: Recorder) -> None:
    """Put the recorder into torch's hooks."""
    from torch.optim.optimizer import register_optimizer_step_pre_hook
    from torch.utils.data import dataloader

    recorder.streams()
    register_optimizer_step_pre_hook(recorder.step)
    following = dataloader._BaseDataLoaderIter.__next__

    def watched_next(self: Any) -> Any:
        first = self._num_yielded == 0
        data = following(self)
        recorder.batch(data, first)
        return data

    dataloader._BaseDataLoaderIter.__next__ = watched_next  # type: ignore[method-assign]
    backward = torch.autograd.backward

    def watched_backward(tensors: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(tensors, torch.Tensor) and tensors.numel() == 1:
            recorder.losses.append(tensors.detach())
        return backward(tensors, *arguments, **options)

    torch.autograd.backward = watched_backward


# --- digests --------------------------------------------------------------------------------------------------------


def crc(data: Any, value: int = 0) -> int:
    return zlib.crc32(data, value)


def short(digests: list[int]) -> str:
    """One digest of all, and two digits of each: which one differs is told by these, that one does by the other."""
    whole = crc(struct.pack(f"<{len(digests)}I", *digests))
    return f"{whole:08x}:" + "".join(f"{digest & 0xFF:02x}" for digest in digests)


def digest_tensor(tensor: Any, turn: int) -> int:
    """Digest dtype, shape and bytes; of a large tensor one part, another at each turn."""
    import torch

    if tensor is None:
        return 0
    tensor = getattr(tensor, "to_local", lambda: tensor)()
    label = f"{tensor.dtype} {tuple(tensor.shape)}".encode()
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type == "meta":
        return crc(label)
    flat = tensor.detach().resolve_conj().resolve_neg().reshape(-1)
    count = max(1, BUDGET // tensor.element_size())
    if flat.numel() > count:
        parts = -(-flat.numel() // count)
        flat = flat[turn % parts * count :][:count]
    return crc(flat.contiguous().cpu().view(torch.uint8).numpy().data, crc(label))


def digest_loss(loss: Any) -> tuple[float, str]:
    return float(loss), f"{digest_tensor(loss, 0):08x}"


def digest_batch(data: Any, turn: int) -> tuple[str, str]:
    """Digest a nest of tensors, arrays, numbers and strings, and each sample of its first tensor, shortly."""
    import torch

    digest, samples = 0, None
    waiting = [data]
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, dict):
            waiting += [part for pair in item.items() for part in pair]
        elif isinstance(item, (list, tuple)):
            waiting += item
        elif isinstance(item, torch.Tensor):
            digest = crc(struct.pack("<I", digest_tensor(item, turn)), digest)
            if samples is None and item.dim() > 0 and item.layout == torch.strided:
                step = max(1, item.numel() * item.element_size() // max(1, len(item)) * 32 // (BUDGET // 4))
                rows = item.detach().reshape(len(item), -1)[:32, ::step] if item.numel() else item[:0]
                samples = "".join(f"{digest_tensor(row, 0) & 0xFFFF:04x}" for row in rows)
        elif type(item).__module__ == "numpy" and hasattr(item, "tobytes"):
            digest = crc(item.tobytes(), crc(f"{item.dtype} {item.shape}".encode(), digest))
        elif isinstance(item, (str, bytes, int, float, complex)) or item is None:
            digest = crc(repr(item).encode(), digest)
        else:
            digest = crc(type(item).__qualname__.encode(), digest)  # its repr may hold an address
    return f"{digest:08x}", samples or ""


def python_state() -> str:
    import random

    version, words, gauss = random.getstate()
    return f"{crc(repr((version, gauss)).encode(), crc(struct.pack(f'<{len(words)}I', *words))):08x}"


def numpy_state() -> str | None:
    random = sys.modules["numpy.random"]
    if not hasattr(random, "get_state"):
        return None  # it is being imported
    state = random.get_state(legacy=False)
    inner = "".join(str(value.tobytes() if hasattr(value, "tobytes") else value) for value in state["state"].values())
    return f"{crc(repr((inner, state['has_gauss'], state['gauss'])).encode()):08x}"


def torch_state() -> str | None:
    torch = sys.modules["torch"]
    return f"{crc(torch.get_rng_state().numpy().data):08x}" if hasattr(torch, "get_rng_state") else None


def cuda_state() -> str | None:
    torch = sys.modules["torch"]
    if not hasattr(torch, "cuda") or not torch.cuda.is_initialized():
        return None
    return f"{crc(b''.join(state.numpy().tobytes() for state in torch.cuda.get_rng_state_all())):08x}"


# Each stream: the module that has to be there, and its state.
STREAMS = {
    "random": ("random", python_state),
    "numpy": ("numpy.random", numpy_state),
    "torch": ("torch", torch_state),
    "cuda": ("torch", cuda_state),
}


def mirrored() -> bool:
    """Tell whether NumPy's stream began in the state in which torch's began: then they draw the same numbers."""
    if "numpy.random" not in sys.modules:
        return False
    random = sys.modules["numpy.random"]
    state = random.get_state(legacy=False)["state"]
    twin = random.RandomState(sys.modules["torch"].initial_seed() & 0xFFFFFFFF)
    for _ in range(100):  # so many times 624 draws ago
        if "key" in state and (twin.get_state(legacy=False)["state"]["key"] == state["key"]).all():
            return True
        twin.bytes(4 * 624)
    return False


def names_of(optimizer: Any) -> list[str]:
    """Name each parameter as the largest module that holds it does."""
    import gc

    import torch

    modules = [item for item in gc.get_objects() if issubclass(type(item), torch.nn.Module)]
    children = {id(child) for module in modules for child in module.children()}
    names: dict[int, str] = {}
    for module in modules:
        if id(module) not in children:
            for name, parameter in module.named_parameters():
                if len(name) > len(names.get(id(parameter), "")):
                    names[id(parameter)] = name.replace("_orig_mod.", "")  # torch.compile's
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    return [names.get(id(parameter), f"parameter {number}") for number, parameter in enumerate(parameters)]


# --- the environment, and imports to come ---------------------------------------------------------------------------


def environment() -> dict[str, object]:
    """What may explain a difference, as far as it is known when the first line is written."""
    names = ("PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    found = {"python": sys.version.split()[0], "hash": hash("seedblock"), "processors": os.cpu_count()}
    return {**found, **{name: os.environ[name] for name in names if name in os.environ}}


def settings() -> dict[str, object]:
    """What torch is, and how it is set when there is something to record."""
    torch = sys.modules["torch"]
    found = {
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "cudnn.deterministic": torch.backends.cudnn.deterministic,
        "cudnn.benchmark": torch.backends.cudnn.benchmark,
    }
    if "numpy" in sys.modules:
        found["numpy"] = sys.modules["numpy"].__version__
    if torch.cuda.is_initialized():
        found["device"] = torch.cuda.get_device_name()
    return found


class Finder(importlib.abc.MetaPathFinder):
    """Find modules as ever, and call back when one of them has been imported."""

    def __init__(self) -> None:
        self.callbacks: dict[str, Callable[[Any], object]] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        callback = self.callbacks.get(name)
        if callback is None:
            return None
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    break
        else:
            return None
        if spec.loader is not None and name in self.callbacks:
            del self.callbacks[name]
            execute = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                execute(module)
                callback(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def when_imported(name: str, callback: Callable[[Any], object]) -> None:
    if name in sys.modules:
        callback(sys.modules[name])
        return
    finder = next((finder for finder in sys.meta_path if isinstance(finder, Finder)), None)
    if finder is None:
        finder = Finder()
        sys.meta_path.insert(0, finder)
    finder.callbacks[name] = callback
