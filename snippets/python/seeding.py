# seeding.py of seedblock 0.2.0, MIT licence, digest f568ebbe719b44be
# To bring it up to date: seedblock add seeding
"""Reproducible PyTorch: seeds, streams, fingerprints, and data that is the same for any
number of DataLoader workers. Unless a docstring says otherwise, a promise holds on one
machine, with one set of versions, one number of CPU threads, and torch.compile either
always on or always off."""

import collections
import contextlib
import copy
import functools
import gc
import hashlib
import io
import itertools
import json
import logging
import math
import multiprocessing
import operator
import os
import pickle
import random as python_random
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils import data as torch_data

__all__ = [
    "SeededIterable", "SeededShards", "ShardLoader", "check_loader", "fingerprint",
    "numpy_stream", "python_stream", "rank_seed", "rng_state", "seed_everything", "seed_scope",
    "seeded_loader", "set_rng_state", "torch_stream",
]  # fmt: skip


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in [0, 2**32 - 1], got {seed!r}")
    return int(seed)  # random.seed() takes no NumPy integer


_CLOCKS: dict[tuple[int, str], int] = {}  # the next epoch of each stream: seed, name
_BEGUN: set[tuple[tuple[int, str], int]] = set()  # streams and their epochs, dealt out


def _stream(seed: int, name: str) -> tuple[int, str]:
    if not isinstance(name, str) or not name:
        raise TypeError(f'name must be a text like "train", got {name!r}')
    return int(operator.index(seed)), name


def _begin(
    stream: tuple[int, str], asked: tuple[int, int] | None, mine: set[int]
) -> tuple[int, int]:
    """Return epoch and start of a pass; set the clock to the next epoch.

    mine: the epochs of this loader. Where set_epoch asks for one of them again, it is
    meant: to validate on the same data, for example.
    """
    if _DEPTH[0]:  # a pass in a sample must not depend on earlier ones
        return asked or (0, 0)
    epoch, start = asked or (_CLOCKS.get(stream, 0), 0)
    others = (stream, epoch) in _BEGUN and epoch not in mine
    if not start and (others or (epoch in mine and not asked)):
        warnings.warn(
            f"epoch {epoch} of {stream[1]!r} again: the data are those of before. Give each "
            "loader its own name; call seed_everything once, before the training loop"
        )
    _CLOCKS[stream] = epoch + 1
    _BEGUN.add((stream, epoch))
    mine.add(epoch)
    return epoch, start


def _generator_of(stream: tuple[int, str]) -> torch.Generator:
    """A DataLoader's own: without one it draws from torch's stream in each epoch."""
    digest = hashlib.sha256(repr(stream).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big"))


def seed_everything(seed: int, deterministic: bool = True) -> int:
    """Seed random, NumPy, and torch on every device. Call it before you build anything.

    deterministic: each of torch's operations gives the same bits each time or raises an
    error, on one machine with the same versions, threads and DataLoader workers;
    torch.compile changes the bits. Not covered: child processes (joblib), which thread
    draws first, default_rng(), polars, Optuna, other libraries' GPU kernels, set order.
    """
    seed = _checked_seed(seed)
    if deterministic and "CUBLAS_WORKSPACE_CONFIG" not in os.environ:
        if torch.cuda.is_initialized() and torch.__version__ < "2.10.dev0":
            raise RuntimeError("too late for cuBLAS: call it before CUDA starts")
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # for torch before 2.10
    python_random.seed(seed)
    np.random.seed([seed, 1])  # seed alone: some of the same numbers as torch
    torch.manual_seed(seed)  # every device; CUDA takes it when it starts
    if not _DEPTH[0]:  # in a sample it is the loader's business
        _CLOCKS.clear()
        _BEGUN.clear()
    if deterministic:
        if torch.backends.cudnn.benchmark:
            warnings.warn("cudnn.benchmark was on: past results may vary", stacklevel=2)
        torch.backends.cudnn.benchmark = False  # it picks algorithms by timing them
        torch.backends.cudnn.deterministic = True  # implied below; some code reads it
        # With warn_only=True, attention would keep a backward pass that varies.
        torch.use_deterministic_algorithms(True)
        torch.ones(1, device="cpu").float().sin()  # or MKL may vary: pytorch#188792
    return seed


def _torch_states() -> dict[str, list[torch.Tensor]]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    xpu = torch.xpu.get_rng_state_all() if torch.xpu.is_initialized() else []
    mps = [torch.mps.get_rng_state()] if torch.backends.mps.is_available() else []
    return {"cpu": [torch.get_rng_state()], "cuda": cuda, "xpu": xpu, "mps": mps}


def _set_torch_states(states: dict[str, list[torch.Tensor]]) -> None:
    torch.set_rng_state(states["cpu"][0])
    torch.cuda.set_rng_state_all(states["cuda"])
    torch.xpu.set_rng_state_all(states["xpu"])
    for state in states["mps"]:
        torch.mps.set_rng_state(state)


@contextlib.contextmanager
def seed_scope(seed: int) -> Iterator[None]:
    """Run a block, or as a decorator a function, on streams of its own; restore all.

    It covers random, NumPy's global stream, and torch on the CPU and the devices in use.
    Not covered: other threads; default_rng() and generators of your own; on a GPU the
    dropout= of nn.LSTM, nn.GRU and nn.RNN, which cuDNN draws. Do not yield or await
    inside: others would draw from these streams. A decorated function with yield or async
    runs after the scope.
    """
    seed = _checked_seed(seed)
    with contextlib.ExitStack() as after:
        after.callback(python_random.setstate, python_random.getstate())
        after.callback(np.random.set_state, np.random.get_state())
        after.callback(_set_torch_states, _torch_states())
        python_random.seed(seed)
        np.random.seed([seed, 1])  # seed alone: some of the same numbers as torch
        torch.default_generator.manual_seed(seed)  # manual_seed would reach GPUs too
        for device in (torch.cuda, torch.xpu):
            if device.is_initialized():
                device.manual_seed_all(seed)
        if torch.backends.mps.is_available():
            torch.mps.manual_seed(seed)
        yield


def _stream_seed(seed: int, name: str) -> int:
    """Derive 64 bits from seed and name alone: other draws do not matter."""
    text = f"{_checked_seed(seed)} {name}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def python_stream(seed: int, name: str) -> python_random.Random:
    return python_random.Random(_stream_seed(seed, name))


def numpy_stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng(_stream_seed(seed, name))


def torch_stream(seed: int, name: str, device: str = "cpu") -> torch.Generator:
    # The CPU uses 32 bits: two of 1,000 names give one stream with a chance of 1 in 8,600.
    return torch.Generator(device).manual_seed(_stream_seed(seed, name))


def fingerprint(*objects: object) -> str:
    """Digest any nest of tensors, arrays, dicts, lists, numbers, strings and bytes.

    Two runs that print the same have the same bits, dtypes, shapes and order; devices
    do not count. Without arguments: a digest of the state of every random stream.
    """
    if not objects:
        objects = python_random.getstate(), np.random.get_state(), _torch_states()
    digest = hashlib.sha256()
    _add_bits(digest, objects)
    return digest.hexdigest()[:16]


def _add_bits(digest: Any, item: object) -> None:
    if isinstance(item, Mapping):
        digest.update(f"dict {len(item)} ".encode())
        for pair in item.items():
            _add_bits(digest, pair)
    elif isinstance(item, (list, tuple)):
        digest.update(f"list {len(item)} ".encode())
        for part in item:
            _add_bits(digest, part)
    elif isinstance(item, torch.Tensor) and not item.is_quantized:
        digest.update(f"{item.dtype} {list(item.shape)} ".encode())
        plain = item.detach().cpu().resolve_conj().resolve_neg().contiguous()
        digest.update(plain.flatten().view(torch.uint8).numpy().data)
    elif isinstance(item, (np.ndarray, np.generic)):
        # Objects and texts are pointers; structures and longdouble have padding.
        if isinstance(item, np.ma.MaskedArray) or item.dtype.char in "OTVgG":
            raise TypeError(f"cannot digest {type(item)} of {item.dtype!r}")
        digest.update(f"{item.dtype.str} {item.shape} ".encode())
        digest.update(np.ascontiguousarray(item).reshape(-1).view(np.uint8).data)
    elif isinstance(item, (float, complex)):  # repr would lose the bits of a NaN
        _add_bits(digest, np.array(item))
    elif type(item) in (bool, int, str, bytes, type(None)):
        text = repr(item).encode()  # of a subclass it could be anything
        digest.update(f"{len(text)} ".encode() + text)
    else:
        raise TypeError(f"cannot digest {type(item)}; a module has a state_dict()")


def _rank_and_world_size() -> tuple[int, int]:
    """From the process group, or before there is one from torchrun, else (0, 1)."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def rank_seed(seed: int, rank: int | None = None) -> int:
    """Derive a seed for the streams that are to differ between ranks: dropout, noise.

    seed + rank would give (seed 0, rank 1) what (seed 1, rank 0) has. All pairs of
    a seed and a rank from 0 to 99 differ here; of n other pairs, two are equal with a
    chance of n**2 / 2**33. Build the model from seed itself: all ranks begin with equal
    weights.
    """
    rank = _rank_and_world_size()[0] if rank is None else rank
    digest = hashlib.sha256(f"{seed:d} {rank:d}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def rng_state() -> dict[str, Any]:
    """Return the state of random, NumPy, and torch on each device in use.

    It has no tensors, arrays or bytes: torch.load reads it with weights_only=True and
    any map_location. In distributed training each rank saves its own. Not in it:
    the place in an epoch, DataLoader workers, default_rng() and generators of your own,
    on a GPU the dropout= of nn.LSTM, nn.GRU and nn.RNN, which cuDNN draws.
    """
    numpy = np.random.get_state(legacy=False)
    return {
        "rank": _rank_and_world_size()[0],
        "random": python_random.getstate(),
        "numpy": json.loads(json.dumps(numpy, default=np.ndarray.tolist)),
        "torch": {k: [s.tolist() for s in v] for k, v in _torch_states().items()},
    }


def set_rng_state(state: dict[str, Any]) -> None:
    """Let every stream go on from where rng_state() found it.

    Call it right before the loop: what is built after it draws from these streams. A
    device that was not in use when the state was saved keeps the stream it has now.
    """
    rank, _ = _rank_and_world_size()
    if state["rank"] != rank:
        found = f"this is rank {rank}, the state is of rank {state['rank']}"
        raise RuntimeError(f"{found}: let each rank save and load its own")
    torch_states = {
        name: [torch.tensor(s, dtype=torch.uint8, device="cpu") for s in states]
        for name, states in state["torch"].items()
    }
    here = {"cpu": 1, "mps": int(torch.backends.mps.is_available())}
    here |= {"cuda": torch.cuda.device_count(), "xpu": torch.xpu.device_count()}
    for name, states in torch_states.items():
        if len(states) > here[name]:
            raise RuntimeError(f"the state is of more {name} devices than are here")
    for name, device in (("cuda", torch.cuda), ("xpu", torch.xpu)):
        if torch_states[name]:
            device.init()  # or a manual_seed that waits for it would come after this
    np.random.set_state(state["numpy"])  # first: it may raise
    python_random.setstate(state["random"])
    _set_torch_states(torch_states)


_GENERATORS = (
    np.random.Generator, np.random.RandomState, python_random.Random, torch.Generator,
)  # fmt: skip
# They are seeded anyway.
_GLOBAL: Any = vars(python_random)["_inst"], vars(np.random.mtrand)["_rand"]
_PLAIN = {bool, int, float, complex, str, bytes, type(None)}
_CLOSED = (types.ModuleType, types.CodeType, torch.Tensor, np.ndarray, logging.Logger)
# No generator of a dataset is in their functions and classes, but half of Python is.
_OTHERS = {"numpy", "torch", *sys.stdlib_module_names}
_DATABASES = {"h5py", "lmdb", "netCDF4", "sqlite3", "tables"}


def _is_generator(value: Any) -> bool:
    if not issubclass(type(value), _GENERATORS):
        return False
    own = not any(value is one for one in (*_GLOBAL, torch.default_generator))
    return own and not isinstance(value, python_random.SystemRandom)


def _is_own(code: Any) -> bool:
    return str(code.__module__).partition(".")[0] not in _OTHERS


def _names(code: types.CodeType) -> list[str]:
    """The names that a function uses, also in its lambdas and generator expressions."""
    inner = [_names(c) for c in code.co_consts if isinstance(c, types.CodeType)]
    return [*code.co_names, *itertools.chain.from_iterable(inner)]


def _parts(value: Any, wide: bool = False) -> list[tuple[Any, Any]]:
    """What a value holds, each with its name: text, (key,) or None; 1,000 at most.

    wide: also the objects that a class holds and that a function uses of its module.
    """
    kind, named = type(value), {}
    if issubclass(kind, dict):
        return [((k,), p) for k, p in itertools.islice(dict.items(value), 1000)]
    if kind in (list, tuple, set, frozenset):
        held = list(itertools.islice(value, 1000))  # gc would touch each part's memory
    elif issubclass(kind, types.FunctionType):
        used = [value.__globals__.get(name) for name in _names(value.__code__)]
        used = [p for p in used if wide or _is_generator(p)] if _is_own(value) else []
        held = [value.__closure__, value.__defaults__, value.__kwdefaults__, *used]
    elif issubclass(kind, type):
        kinds = [k for k in reversed(type.mro(value)) if _is_own(k)]
        pairs = [pair for k in kinds for pair in vars(k).items()]
        named = {n: p for n, p in pairs if type(p) in _PLAIN}
        own = [p for _, p in pairs]
        held = [p for p in own if type(p) is types.FunctionType or _is_generator(p)]
        held += [p for p in own if wide and type(p).__dictoffset__]
    elif issubclass(kind, (*_CLOSED, *_GENERATORS)):
        return []
    else:
        with contextlib.suppress(AttributeError):
            named = object.__getattribute__(value, "__dict__")
        held = [p for p in gc.get_referents(value) if p is not named][:1000]
    return [*((f".{n}", part) for n, part in named.items()), *((None, p) for p in held)]


def _held(
    *roots: Any, apart: Any = None, wide: bool = False
) -> Iterator[tuple[Any, Any]]:
    """Find what roots hold, with its path: the nearest first, long containers last.

    Tensors, arrays and texts are not looked into. It ends after 50,000 parts: 0.1 s.
    """
    seen, looked = {id(apart): apart}, 0
    near: Any = collections.deque(((), type(root).__name__, root) for root in roots)
    far: Any = collections.deque()
    while (near or far) and looked < 50_000:
        path, name, value = (near or far).popleft()
        if id(value) not in seen:
            seen[id(value)] = value  # so that no other value gets its id
            path = path if name is None else (*path, name)
            yield path, value
            parts = _parts(value, wide)
            looked += len(parts)
            into = near if len(parts) < 200 else far
            into += [(path, n, part) for n, part in parts if type(part) not in _PLAIN]


def _name(path: Any) -> str:
    return "".join(p if isinstance(p, str) else f"[{p[0]!r}]" for p in path)


def _generators(*roots: Any, apart: Any = None) -> list[Any]:
    found = _held(*roots, apart=apart, wide=True)
    return [value for _, value in found if _is_generator(value)]


def _files(*roots: Any) -> dict[str, Any]:
    """The open files and databases that roots hold, by the names of their attributes."""
    found: dict[str, Any] = {}
    for path, value in _held(*roots):
        library, memory = str(type(value).__module__), (io.BytesIO, io.StringIO)
        is_file = issubclass(type(value), io.IOBase) and not isinstance(value, memory)
        if library.split(".")[0] in _DATABASES or (is_file and not value.closed):
            found.setdefault(_name(path), value)
    return found


def _settings(*roots: Any) -> dict[str, Any]:
    """The numbers and texts that roots hold, by the names of their attributes."""
    found: dict[str, Any] = {}
    for path, value in _held(*roots):  # an object before its class
        for name, part in _parts(value):
            if name is not None and type(part) in _PLAIN:
                found.setdefault(_name((*path, name)), part)
    return found


def _changed(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    # By repr: a NaN is not equal to itself.
    return [n for n in before if n in now and repr(now[n]) != repr(before[n])]


_DEPTH = [0]  # how many blocks of _own_streams this process is in


class _OnlyWorker:
    """What get_worker_info() tells a data set: one of one, with a seed from the key."""

    id, num_workers, rng, worker_method = 0, 1, None, "multiprocessing"

    def __init__(self, dataset: Any) -> None:
        self.dataset, self.seed = dataset, 0


def _in_worker() -> bool:
    return torch_data.get_worker_info() is not None and not _DEPTH[0]


def _setter(generator: Any) -> Callable[[], None]:
    """What gives a generator the state back that it has now."""
    if isinstance(generator, np.random.Generator):
        bits: Any = generator.bit_generator
        return functools.partial(setattr, bits, "state", bits.state)
    if isinstance(generator, python_random.Random):
        return functools.partial(generator.setstate, generator.getstate())
    return functools.partial(generator.set_state, generator.get_state())


def _seed_streams(generators: Sequence[Any], *key: object) -> int:
    """Seed the global streams and generators from key alone; return 31 bits for others."""
    text = repr(key)
    if " at 0x" in text:
        raise TypeError(f"the repr of an index has an address, which varies: {text}")
    digest = hashlib.shake_128(text.encode()).digest(16 + 4 * len(generators))
    python, numpy, cpu, others, *own = np.frombuffer(digest, "<u4").tolist()
    python_random.seed(python)
    np.random.seed(numpy)
    torch.default_generator.manual_seed(cpu)  # not torch's own: it moves the GPUs' too
    for device in (torch.cuda, torch.xpu):
        if device.is_initialized():
            device.manual_seed_all(cpu)
    for generator, seed in zip(generators, own):
        if isinstance(generator, np.random.Generator):
            bits: Any = generator.bit_generator
            bits.state = type(bits)(seed).state
        else:
            getattr(generator, "manual_seed", generator.seed)(seed)
    info: Any = torch_data.get_worker_info()
    if isinstance(info, _OnlyWorker):
        info.seed = others >> 1
    return int(others >> 1)


@contextlib.contextmanager
def _own_streams(
    generators: Sequence[Any], *key: object, dataset: Any = None
) -> Iterator[None]:
    """Work on streams that key seeds, one thread, and told of no other worker."""
    if getattr(torch_data.get_worker_info(), "worker_method", "") == "thread":
        raise RuntimeError("threads share random streams: use worker processes")
    if threading.current_thread() is not threading.main_thread():
        said = "not in the main thread: what other threads draw changes these data"
        warnings.warn(said, stacklevel=3)
    pool: Any = torch_data._utils.worker  # private; get_worker_info() reads it
    with contextlib.ExitStack() as after:
        if not _in_worker():  # there nobody else draws from them
            after.callback(python_random.setstate, python_random.getstate())
            after.callback(np.random.set_state, np.random.get_state())
            after.callback(_set_torch_states, _torch_states())
            after.callback(torch.set_num_threads, torch.get_num_threads())
            for put_back in map(_setter, generators):
                after.callback(put_back)
        after.callback(setattr, pool, "_worker_info", pool._worker_info)
        after.callback(operator.setitem, _DEPTH, 0, _DEPTH[0])
        _DEPTH[0] += 1
        pool._worker_info = None if dataset is None else _OnlyWorker(dataset)
        torch.set_num_threads(1)  # sums of floats depend on it
        if key:
            _seed_streams(generators, *key)
        yield


def _copied(batch: Any, collate_fn: Any) -> Any:
    """Copy a batch: aligned and apart from the dataset, whose memory workers may share."""
    if collate_fn is torch_data.default_collate:  # what it stacks is so already
        return batch
    with contextlib.suppress(Exception):  # what cannot be copied
        tensors = [v for _, v in _held(batch) if type(v) is torch.Tensor]
        tensors = [v for v in tensors if v.layout == torch.strided]
        views = [v for v in tensors if v.untyped_storage().nbytes() != v.nbytes]
        return copy.deepcopy(batch, {id(view): view.clone() for view in views})
    return batch


class _SamplePickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        # A pickled tensor has all of its storage, also what was never written.
        plain = isinstance(value, torch.Tensor) and value.layout == torch.strided
        return (str, (fingerprint(value),)) if plain else NotImplemented


def _digest(samples: Any) -> int:
    """Digest the bits of samples; 0 if they cannot be pickled."""
    for fast in (True, False):
        file = io.BytesIO()
        pickler = _SamplePickler(file, protocol=5)
        pickler.fast = fast  # then it does not count whether two parts are one
        with contextlib.suppress(Exception):  # fast refuses what holds itself
            pickler.dump(samples)
            return int.from_bytes(hashlib.sha256(file.getvalue()).digest()[:4], "big")
    return 0


class _Search:
    """The generators that the parts of a loader hold, found in each process."""

    def __init__(self, *roots: Any) -> None:
        self.roots, self.epoch, self.ready = roots, -1, False
        # Whether one process has compared, and whether nothing is made at the first call.
        self.known = torch.zeros(2, dtype=torch.bool, device="cpu").share_memory_()

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.known.share_memory_()  # a copy's memory is not shared yet

    def look(self, epoch: int, make: Callable[[int | None], Any], data: Any) -> bool:
        """Search before the first batch of an epoch; return whether it repeats.

        make: makes the batch, or as many of its samples as it is told.
        """
        if epoch == self.epoch:
            return True
        self.epoch, self.generators = epoch, _generators(*self.roots)
        self.ready = self.ready or bool(self.known[1])
        if self.ready:
            return True
        with _own_streams(self.generators, dataset=data):
            make(None)  # for nothing: what is made at the first call is found after it
        before, self.ready = len(self.generators), True
        self.generators = _generators(*self.roots)
        self.known[1] = before == len(self.generators)
        if self.known[0]:
            return True
        self.known[0] = True
        with _own_streams(self.generators, dataset=data):
            return _digest(make(4)) == _digest(make(4))


def _is_key(value: Any) -> bool:
    """A key is all that a sample depends on: "key", seed, name, epoch, index, repeat."""
    return type(value) is tuple and len(value) == 6 and value[0] == "key"


class _SeededSampler(torch_data.Sampler[Any]):
    """The keys of an epoch, in an order that depends on seed, name and epoch alone.

    distributed: this rank's share; some are repeated, so that all have equally many.
    """

    def __init__(self, sampler: Any, seed: int, name: str, distributed: bool) -> None:
        parts = (sampler, getattr(sampler, "sampler", None))  # a batch sampler has one
        self.parts = [part for part in parts if part is not None]
        if distributed and isinstance(self.parts[-1], torch_data.DistributedSampler):
            raise ValueError("the sampler gives shares already: omit distributed")
        self.sampler, self.distributed = sampler, distributed
        self.stream = _stream(seed, name)
        self.next: tuple[int, int] | None = None  # epoch and start, if they were set
        self.place, self.start = (0, 0), 0  # place: epoch, keys dealt out
        self.epochs: set[int] = set()
        self.look: Callable[[], object] = str  # called before each pass

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """start: how many samples (of a batch sampler: batches) are used already."""
        epoch, start = int(operator.index(epoch)), int(operator.index(start))
        if start and hasattr(self.sampler, "__len__") and not 0 <= start <= self.size():
            raise ValueError(f"start must be in [0, {self.size()}], got {start}")
        if self.next is not None and (epoch, start) < self.next:
            lost = f"set_epoch{self.next} has no effect"
            warnings.warn(f"{lost}: set_epoch{epoch, start} follows", stacklevel=2)
        self.next, self.start = (epoch, start), start

    def state_dict(self) -> dict[str, int]:
        """For torchdata's StatefulDataLoader."""
        return dict(zip(("epoch", "start"), self.place))

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.next = self.place = state["epoch"], state["start"]

    def size(self) -> int:
        world_size = _rank_and_world_size()[1] if self.distributed else 1
        return math.ceil(len(self.sampler) / world_size)

    def __len__(self) -> int:
        return self.size() - self.start

    def __iter__(self) -> Iterator[Any]:
        # A generator: a DataLoader may ask for two and use one.
        asked, self.next = self.next, None
        self.start = self.start if asked else 0
        epoch, start = _begin(self.stream, asked, self.epochs)
        for part in self.parts:
            if hasattr(part, "set_epoch"):
                part.set_epoch(epoch)
        self.look()
        keys = self.keys(epoch)
        keys = self.share(keys) if self.distributed else keys
        late = None
        for number, item in enumerate(itertools.islice(keys, start, None), start + 1):
            if self.next is not None and self.next[0] not in (epoch, late):
                late = self.next[0]
                warnings.warn(f"set_epoch({late}) is too late for this epoch {epoch}")
            self.place = epoch, number
            yield item

    def share(self, keys: Iterator[Any]) -> Iterator[Any]:
        rank, world_size = _rank_and_world_size()
        accelerate = sys.modules.get("accelerate.state")
        if accelerate is not None and accelerate.is_initialized():
            warnings.warn("accelerate gives shares itself: leave distributed=True out")
        first = list(itertools.islice(keys, world_size))
        keys = itertools.chain(first, keys, itertools.cycle(first))
        return itertools.islice(keys, rank, self.size() * world_size, world_size)

    def order(self, epoch: int) -> Iterator[Any]:
        """What the sampler gives, read ahead by 256 indices at most."""
        base = self.parts[-1]
        data = getattr(base, "data_source", getattr(base, "dataset", None))
        generators = _generators(self.sampler, apart=data)
        # PyTorch's samplers draw all before the first index; others may do so later.
        ours = all(type(part).__module__.startswith("torch.") for part in self.parts)
        items: Any = None
        for turn in itertools.count():
            size = 2 ** min(turn, 8)
            with _own_streams(generators, *self.stream, epoch, "order", turn):
                items = iter(self.sampler) if items is None else items
                some = list(itertools.islice(items, size))
                late = [] if turn or ours else _generators(self.sampler, apart=data)
                if len(late) > len(generators):  # made at the first call
                    _seed_streams(late, *self.stream, epoch, "order", turn)
                    generators, items = late, iter(self.sampler)
                    some = list(itertools.islice(items, size))
            yield from some
            if len(some) < size:
                return
            if ours and not generators:
                yield from items

    def keys(self, epoch: int) -> Iterator[Any]:
        base = self.parts[-1]
        fixed = isinstance(base, torch_data.SequentialSampler)
        shuffled = type(base) is torch_data.RandomSampler and not base.replacement
        distinct = fixed or (shuffled and len(base) <= len(base.data_source))
        times: dict[Any, int] = {}

        def key(index: Any) -> tuple[Any, ...]:
            if isinstance(index, (torch.Tensor, np.generic)):
                index = index.item()
            if not distinct:
                times[index] = times.get(index, -1) + 1
            return ("key", *self.stream, epoch, index, times.get(index, 0))

        for item in self.order(epoch):
            batch = isinstance(item, (list, np.ndarray))
            yield [key(index) for index in item] if batch else key(item)


class _SeededShare(_SeededSampler, torch_data.DistributedSampler[Any]):
    """For Lightning, which would deal the keys of any other class out again."""


class _SeededDataset(torch_data.Dataset[Any]):
    """Samples of the keys that a _SeededSampler gives; else it is as the dataset."""

    def __init__(self, dataset: Any, *options: Any) -> None:
        self._collate_fn, self._reseed, self._batched = options
        self._key, self._default = (), torch_data.default_collate
        self._search = _Search(dataset, self._collate_fn)
        self._dataset = dataset

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy asks before there is a dataset
            raise AttributeError(name)
        return getattr(self._dataset, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_dataset" in vars(self) and name not in vars(self):
            setattr(self._dataset, name, value)
        else:
            super().__setattr__(name, value)

    def __len__(self) -> int:
        return len(self._dataset)

    def _seed(self, *key: Any) -> None:
        others = _seed_streams(self._search.generators, *key)
        if self._reseed is not None:
            self._reseed(others)

    def _fetch(self, keys: list[Any]) -> Any:
        if self._batched:
            self._seed(*keys[0], "batch")
            return self._unseeded([key[4] for key in keys])
        samples = []
        for key in keys:
            self._seed(*key)
            samples.append(self._dataset[key[4]])
        return samples

    def _unseeded(self, indices: list[Any]) -> Any:
        if callable(getattr(self._dataset, "__getitems__", None)):
            return self._dataset.__getitems__(indices)
        return [self._dataset[index] for index in indices]

    def _collated(self, samples: Any) -> Any:
        if self._collate_fn is None:
            return self._default(samples)
        if self._key:
            self._seed(*self._key, "collate")
        return self._collate_fn(samples)

    def _own_streams(self) -> Any:
        return _own_streams(self._search.generators, dataset=self._dataset)

    def _look(self, fetch: Callable[[list[Any]], Any], keys: list[Any]) -> None:
        def make(few: int | None) -> Any:
            return fetch(keys[:few]) if few else self._collated(fetch(keys))

        if not self._search.look(keys[0][3], make, self._dataset):
            warnings.warn(
                "a sample made twice differs: has a library a generator of its own? "
                "Pass reseed=, a function that seeds it; check_loader(loader) says more"
            )

    def _collate(self, samples: Any) -> Any:
        if self._collate_fn is None and self._default is torch_data.default_collate:
            return self._default(samples)  # it draws nothing; a stack is aligned, apart
        if not self._key:
            return self._collated(samples)
        with self._own_streams():
            batch = self._collated(samples)
        return _copied(batch, None)

    def _whole(self, keys: list[Any]) -> Any:
        self._seed(*keys[0], "batch")
        return self._dataset[[key[4] for key in keys]]

    def __getitem__(self, key: Any) -> Any:  # of a DataLoader with batch_size=None
        keys = key if isinstance(key, list) else [key]
        if not keys or not _is_key(keys[0]):
            self._key = ()
            return self._dataset[key]
        self._key, self._default = keys[0], torch_data.default_convert
        make = self._whole if keys is key else lambda keys: self._fetch(keys)[0]
        self._look(make, keys)
        with self._own_streams():
            return make(keys)

    def __getitems__(self, keys: list[Any]) -> Any:
        if _is_key(keys):
            raise TypeError("a batch sampler must give lists of indices")
        if not _is_key(keys[0]):
            warnings.warn("not seeded: the loader must be that of seeded_loader")
            self._key = ()
            return self._unseeded(keys)
        self._key, self._default = keys[0], torch_data.default_collate
        self._look(self._fetch, keys)
        with self._own_streams():
            return self._fetch(keys)


_OPEN = "is open, and workers move its place: open it in __getitem__, in each process"


class _Watch:
    """What a loader looks at in the main process before each pass."""

    def __init__(self, data: _SeededDataset, options: dict[str, Any]) -> None:
        self.search = data._search
        self.workers = options.get("num_workers", 0)
        self.persist = self.workers and options.get("persistent_workers", False)
        self.context = options.get("multiprocessing_context")
        self.settings: list[dict[str, Any]] = []
        self.passes = 0

    def __call__(self) -> None:
        self.passes, self.search.epoch = self.passes + 1, -1  # search again
        if self.passes == 1 and self.workers:
            context = self.context or multiprocessing
            method = context if isinstance(context, str) else context.get_start_method()
            for name in _files(*self.search.roots) if method == "fork" else ():
                warnings.warn(f"{name} {_OPEN}")
        if self.persist:
            settings = [*map(_settings, self.search.roots)]
            for before, now, root in zip(self.settings, settings, self.search.roots):
                if names := _changed(before, now):
                    text = f"{names} changed, but workers that persist do not see it"
                    if root is self.search.roots[0]:
                        raise RuntimeError(f"{text}: leave persistent_workers out")
                    warnings.warn(text)  # collate_fn may not use it
            self.settings = settings


def seeded_loader(
    dataset: Any,
    seed: int,
    name: str,
    *,
    shuffle: bool | None = None,
    sampler: Any = None,
    batch_sampler: Any = None,
    collate_fn: Callable[[Any], Any] | None = None,
    reseed: Callable[[int], Any] | None = None,
    batched: bool = False,
    distributed: bool = False,
    loader_class: Callable[..., Any] = torch_data.DataLoader,
    **options: Any,
) -> Any:
    """Return a DataLoader whose data are the same bits for any number of workers.

    The order, and what random, NumPy, torch on the CPU and generators that the dataset
    holds draw for a sample or a batch, depend on seed, name and epoch alone. Each pass is
    the next epoch of (seed, name); loader.sampler.set_epoch(epoch, start) sets it, to
    resume after start samples (with a batch_sampler: loader.batch_sampler, and batches).

    shuffle: True unless you pass False or a sampler. reseed: gets 31 bits before each
    sample and batch, to seed a library's hidden generator. batched: seed once a batch and
    use __getitems__; draws then depend on the batch. distributed: each rank gets a share.
    """
    if isinstance(dataset, torch_data.IterableDataset):
        raise TypeError("an IterableDataset has no indices: use SeededIterable")
    given = [order for order in (sampler, batch_sampler) if order is not None]
    if len(given) + bool(shuffle) > 1:
        raise ValueError("pass only one of shuffle, sampler and batch_sampler")
    kinds: Any = {False: torch_data.SequentialSampler}
    order = given[0] if given else kinds.get(shuffle, torch_data.RandomSampler)(dataset)
    shared = distributed or isinstance(order, torch_data.DistributedSampler)
    keys = (_SeededShare if shared else _SeededSampler)(order, seed, name, distributed)
    options |= {"sampler" if batch_sampler is None else "batch_sampler": keys}
    data = _SeededDataset(dataset, collate_fn, reseed, batched)
    keys.look = _Watch(data, options)
    options["generator"] = options.get("generator") or _generator_of(keys.stream)
    return loader_class(data, collate_fn=data._collate, **options)


_UNSTABLE = "other data when read again: seed what is drawn, sort what is listed"


class _Batches(torch_data.IterableDataset[Any]):
    """What SeededIterable and SeededShards have in common."""

    def __init__(
        self,
        reads: Any,
        seed: int,
        name: str,
        batch_size: int,
        transform: Callable[[Any], Any] | None = None,
        collate_fn: Callable[[list[Any]], Any] = torch_data.default_collate,
        drop_last: bool = False,
        rank: int = 0,
        world_size: int | None = None,
    ) -> None:
        self.stream = _stream(seed, name)
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size!r}")
        self.batch_size = batch_size
        self.transform, self.collate_fn = transform, collate_fn
        self.drop_last, self.rank, self.world_size = drop_last, rank, world_size
        # Epoch, start, whether its pass has begun. Shared, as running workers read it.
        self.place = torch.zeros(3, dtype=torch.int64, device="cpu").share_memory_()
        self.now: tuple[int, int] | None = None  # for workers that start now
        self.next: tuple[int, int] | None = None  # epoch and start, if they were set
        self.epochs: set[int] = set()
        self._search = _Search(reads, transform, collate_fn)
        self.check_ranks()

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        for value in filter(torch.is_tensor, state.values()):
            value.share_memory_()  # a copy's memory is not shared yet

    def check_ranks(self) -> None:
        if self.world_size is None and _rank_and_world_size()[1] > 1:
            raise RuntimeError(
                "each rank would get all batches: pass rank and world_size; where "
                "accelerate deals them out, pass rank=0, world_size=1"
            )
        if not 0 <= self.rank < (self.world_size or 1):
            raise ValueError(f"no rank {self.rank!r} of {self.world_size or 1}")

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Set the next pass; start: how many batches of it each rank has used."""
        epoch, start = int(operator.index(epoch)), int(operator.index(start))
        if start < 0:
            raise ValueError(f"start must be at least 0, got {start!r}")
        self.check_ranks()
        self.next = epoch, start
        self.put_place(epoch, start)

    def put_place(self, epoch: int, start: int) -> None:
        self.now = epoch, start
        self.place[:] = torch.tensor([epoch, start, 0], device="cpu")
        source: Any = getattr(self, "source", None)
        if hasattr(source, "set_epoch") and not callable(source):
            source.set_epoch(epoch)  # or two workers might change it at once

    def next_pass(self) -> None:
        """Begin a pass in the main process."""
        self.check_ranks()
        asked, self.next = self.next, None
        self._search.epoch = -1  # search again
        self.put_place(*_begin(self.stream, asked, self.epochs))

    def begin(self) -> tuple[int, int, int, int]:
        worker = torch_data.get_worker_info() if _in_worker() else None
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        if worker is None and self.place[2] != -1:
            self.next_pass()
        epoch, start = self.now or self.place[:2].tolist()
        self.now = None  # of its next pass a worker that persists is told by place
        if mine == 0:
            if self.place[2] == 1:
                warnings.warn(f"epoch {epoch} again: use its loader, or call set_epoch")
            self.place[2] = 1
        return epoch, start, mine, workers

    def make(self, samples: list[Any]) -> Any:
        if self.transform is not None:
            samples = list(map(self.transform, samples))
        return torch_data.default_convert(self.collate_fn(samples))


class _StreamLoader(torch_data.DataLoader[Any]):
    """A DataLoader each of whose passes is the next epoch."""

    def __init__(self, data: _Batches, **options: Any) -> None:
        options["generator"] = options.get("generator") or _generator_of(data.stream)
        super().__init__(data, batch_size=None, **options)

    def __iter__(self) -> Any:
        data: Any = self.dataset
        data.next_pass()
        data.place[2] = -1  # its pass has begun here
        yield from super().__iter__()


class SeededIterable(_Batches):
    """Batches of a stream that are the same for any number of workers.

    source: an iterable that can be read again, an IterableDataset for example, or a
    function that returns one; if it has set_epoch, that is called. Every worker reads all
    of it; one worker makes a batch: it calls transform on the samples, then collate_fn.
    What random, NumPy, torch on the CPU and generators in these draw depends on seed,
    name, epoch, rank and batch. Each pass over its loader() is the next epoch of
    (seed, name); set_epoch(epoch, start) sets it. A source that does not repeat is an
    error. Several ranks have equally many batches; if there are fewer samples at the end
    than ranks, one is repeated.
    """

    def __init__(
        self, source: Any, seed: int, name: str, batch_size: int, **more: Any
    ) -> None:
        if isinstance(source, Iterator):
            raise TypeError(f"{source!r} can be read once only: pass what makes it")
        self.source = source
        self.digests = torch.zeros(64, dtype=torch.int64, device="cpu").share_memory_()
        super().__init__(source, seed, name, batch_size, **more)

    def loader(self, **options: Any) -> Any:
        """Return its DataLoader. options: those of a DataLoader, without batch_size."""
        return _StreamLoader(self, **options)

    def open(self, epoch: int) -> Iterator[Any]:
        _seed_streams(self._search.generators, *self.stream, epoch, "order")
        source = self.source() if callable(self.source) else self.source
        if hasattr(source, "set_epoch"):
            source.set_epoch(epoch)  # here, as workers that persist have a copy
        return iter(source)

    def read(self, stream: Iterator[Any], epoch: int, number: int) -> list[Any]:
        _seed_streams(self._search.generators, *self.stream, epoch, number)
        size = self.batch_size * (self.world_size or 1)
        samples = list(itertools.islice(stream, size))
        if self.drop_last and len(samples) < size:
            samples = []
        if not samples:
            self.compare(epoch, 62, number)
        elif number & (number - 1) == 0:  # of few batches, as it takes time
            self.compare(epoch, number.bit_length(), samples)
        return samples

    def make_own(self, samples: list[Any], epoch: int, number: int) -> Any:
        _seed_streams(self._search.generators, *self.stream, epoch, number, self.rank)
        batch = self.make(samples[self.rank :: self.world_size or 1] or samples[:1])
        if number == 0:
            self.compare(epoch, 63, batch)
        return batch

    def compare(self, epoch: int, slot: int, found: Any) -> None:
        if not self._search.ready:
            return  # the generators are not all found yet
        mark, known = (epoch + 1 << 32) + _digest(found), self.digests[slot].item()
        if known >> 32 == epoch + 1 and known != mark:
            raise RuntimeError(f"epoch {epoch} has {_UNSTABLE}")
        self.digests[slot] = mark

    def first(self, epoch: int, _: Any) -> Any:
        samples = self.read(self.open(epoch), epoch, 0)
        return self.make_own(samples, epoch, 0) if samples else None

    def __iter__(self) -> Iterator[Any]:
        epoch, start, mine, workers = self.begin()
        if not self._search.look(epoch, functools.partial(self.first, epoch), None):
            raise RuntimeError(f"epoch {epoch} has {_UNSTABLE}")
        with _own_streams(self._search.generators):
            stream = self.open(epoch)
        for number in itertools.count():
            with _own_streams(self._search.generators):
                samples = self.read(stream, epoch, number)
                if not samples:
                    return
                if number < start or (number - start) % workers != mine:
                    continue
                batch = self.make_own(samples, epoch, number)
            yield _copied(batch, self.collate_fn)


class SeededShards(_Batches):
    """Batches of sharded data that are the same for any number of workers and ranks.

    In each epoch the shards, names of files for example, are shuffled and shared by
    readers, whose batches take turns: the order depends on the number of readers, not on
    that of workers and ranks. read: a function that returns the samples of a shard. What
    random, NumPy, torch on the CPU and generators in read, transform and collate_fn draw
    depends on seed, name, epoch, reader and batch. Each pass over its ShardLoader is the
    next epoch of (seed, name); set_epoch(epoch, start) sets it. A reader's last batch may
    be smaller.
    """

    def __init__(
        self,
        shards: Sequence[Any],
        read: Callable[[Any], Iterable[Any]],
        seed: int,
        name: str,
        batch_size: int,
        readers: int = 8,
        **more: Any,
    ) -> None:
        if not isinstance(shards, Sequence):
            raise TypeError(f"shards must be a list, in a fixed order, got {shards!r}")
        self.shards, self.read, self.readers = shards, read, readers
        super().__init__(read, seed, name, batch_size, **more)
        if readers < (self.world_size or 1):
            raise ValueError(f"readers must be at least world_size, got {readers!r}")

    def batches(self, epoch: int, reader: int, used: int) -> Iterator[list[Any]]:
        found = self._search.generators
        with _own_streams(found, *self.stream, epoch, "order"):
            order = python_random.sample(self.shards, len(self.shards))
        own = order[reader :: self.readers]
        stream = (sample for shard in own for sample in self.read(shard))
        for number in itertools.count():
            with _own_streams(found, *self.stream, epoch, reader, number):
                samples = list(itertools.islice(stream, self.batch_size))
                if not samples or (self.drop_last and len(samples) < self.batch_size):
                    return
                batch = self.make(samples) if number == 0 or number >= used else None
            yield [_copied(batch, self.collate_fn)]

    def __iter__(self) -> Iterator[list[Any]]:
        epoch, start, mine, workers = self.begin()

        def first(_: Any) -> Any:
            return next(self.batches(epoch, self.rank, 0), 0)

        readers = range(self.rank, self.readers, self.world_size or 1)
        if not self._search.look(epoch, first, None):
            raise RuntimeError(f"epoch {epoch} has {_UNSTABLE}")
        streams = [
            self.batches(epoch, reader, math.ceil((start - turn) / len(readers)))
            for turn, reader in enumerate(readers)
        ][mine::workers]
        # All workers need equally many, or they would lose their turns.
        streams += [iter(())] * (math.ceil(len(readers) / workers) - len(streams))
        while True:
            ended = True
            for stream in streams:
                batch = next(stream, [])
                ended = ended and not batch
                yield batch
            if ended:
                return


class ShardLoader(_StreamLoader):
    """Load SeededShards. options: those of a DataLoader, without batch_size.

    All ranks have equally many batches: one that has no more repeats its first one.
    """

    def __init__(self, data: SeededShards, **options: Any) -> None:
        super().__init__(data, **options)
        ranks = data.world_size or 1  # gloo works on the CPU: no GPU waits for others
        self.group = torch.distributed.new_group(backend="gloo") if ranks > 1 else None

    def __iter__(self) -> Any:
        data: Any = self.dataset
        made = itertools.chain.from_iterable(super().__iter__())
        first = list(itertools.islice(made, 1))
        start = int(data.place[1])
        batches = itertools.islice(itertools.chain(first, made), start, None)
        if self.group is None:
            yield from batches
            return
        if not first:
            raise RuntimeError(f"rank {data.rank} has no batch: use fewer readers")
        for batch in itertools.chain(([b] for b in batches), itertools.repeat([])):
            left = torch.tensor(len(batch), device="cpu")
            torch.distributed.all_reduce(left, group=self.group)
            if left == 0:
                return
            yield from batch or first


class _Asked(torch_data.Dataset[Any]):
    """Digests of what a loader gives for keys: of each sample, and of the batch."""

    def __init__(self, loader: Any) -> None:
        self.data: Any = copy.copy(loader.dataset)
        dataset, collate_fn = self.data._search.roots
        with contextlib.suppress(Exception):
            dataset = copy.copy(dataset)  # a file that it opens is not kept open
        self.data._dataset, self.data._search = dataset, _Search(dataset, collate_fn)
        self.data._search.known[0] = True  # no trial: this is a longer one
        self.batched = loader.batch_sampler is not None

    def __getitem__(self, keys: Any) -> list[int]:
        if not self.batched:
            return [_digest(self.data[keys])]
        samples = self.data.__getitems__(keys)
        digests = [*map(_digest, samples)] if isinstance(samples, list) else []
        return [*digests, _digest(self.data._collate(samples))]


def _sampler_of(loader: Any) -> Any:
    if isinstance(getattr(loader, "dataset", None), _SeededDataset):
        for part in (loader.batch_sampler, loader.sampler):
            if isinstance(part, _SeededSampler):
                return part
    raise TypeError(f"check_loader takes loaders of this module, got {loader!r}")


def _requests(loader: Any, first: int, batches: int) -> Iterator[Any]:
    """The keys of batches 0, 1, 2, 4, ... of two epochs; then of the second with the
    indices of the first: a sample that is kept would be the same."""
    sampler, wanted = _sampler_of(loader), [0, *(2**n for n in range(batches - 1))]
    order = sampler if loader.batch_sampler is None else loader.batch_sampler
    later: list[Any] = []
    for epoch in (first, first + 1):
        sampler.set_epoch(epoch)
        for number, keys in enumerate(itertools.islice(order, wanted[-1] + 1)):
            if number in wanted:
                yield keys
                one = _is_key(keys)
                again = [(*k[:3], first + 1, *k[4:]) for k in ([keys] if one else keys)]
                later += [again[0] if one else again] if epoch == first else []
    yield from later


def _load(
    loader: Any, batches: int, clocks: Any, workers: int, asked: Any = None
) -> tuple[Any, Any]:
    """Load in new workers, or for 0 in this process; return the keys and the digests.

    asked: keys to load backwards, in place of those that the loader deals out.
    """
    _BEGUN.clear()
    if isinstance(loader.dataset, _Batches):
        first = clocks.get(loader.dataset.stream, 0)
        return _stream_answers(loader, workers, first, batches)
    if asked is not None:
        return asked, _answers(loader, workers, asked[::-1])[1][::-1]
    first = clocks.get(_sampler_of(loader).stream, 0)
    return _answers(loader, workers, _requests(loader, first, batches))


def _answers(loader: Any, workers: int, requests: Iterable[Any]) -> tuple[Any, Any]:
    asked: list[Any] = []

    def recorded() -> Iterator[Any]:
        for keys in requests:
            asked.append(keys)
            yield keys

    made: Any = torch_data.DataLoader(
        _Asked(loader),
        batch_size=None,
        sampler=recorded(),
        num_workers=workers,
        collate_fn=list,
        generator=_generator_of(_sampler_of(loader).stream),
        worker_init_fn=loader.worker_init_fn,
        multiprocessing_context=loader.multiprocessing_context if workers else None,
    )
    return asked, list(made)


def _stream_answers(
    loader: Any, workers: int, first: int, batches: int
) -> tuple[Any, Any]:
    data: Any = copy.copy(loader.dataset)
    tensors = {n: v.clone() for n, v in vars(data).items() if torch.is_tensor(v)}
    data.__setstate__({**tensors, "epochs": set()})
    data._search = _Search(*data._search.roots)
    context = loader.multiprocessing_context if workers else None
    fresh = type(loader)(data, num_workers=workers, multiprocessing_context=context)
    asked, made = [], []
    for epoch in (first, first + 1):
        data.set_epoch(epoch)
        for number, batch in enumerate(itertools.islice(fresh, batches)):
            asked.append(("key", *data.stream, epoch, number, 0))
            made.append([_digest(batch)])
    return asked, made


_AGAIN = (
    "when it is asked for again, in another order: a cache, a buffer, a write in place, or "
    "a library's own generator"
)
_EACH_RUN = "in each run: a generator that could not be found, a library's for example"
_WAYS = (  # workers, whether backwards, and what it means if it differs from one worker
    (1, False, _EACH_RUN),
    (1, True, _AGAIN),
    (2, False, "between one worker and two: a file or handle that they share"),
    (2, True, _AGAIN),
    (0, False, "in workers only: an attribute that they do not see, or a handle"),
    (0, True, _AGAIN),
)


def _compare(asked: list[Any], one: Any, two: Any, word: str, why: str) -> None:
    for keys, before, now in zip(asked, one, two):
        keys = [keys] if _is_key(keys) else keys
        for number, (digest, other) in enumerate(zip(before, now)):
            if digest != other:
                key = keys[number] if number < len(keys) else keys[0]
                what = "" if number < len(keys) else "the batch that begins with "
                raise RuntimeError(f"{what}{word} {key[4]!r} of epoch {key[3]} {why}")


def _place(file: Any) -> int:
    """Where the descriptor of a file is, which forked workers share; -1 without one."""
    with contextlib.suppress(OSError):
        return os.lseek(file.fileno(), 0, os.SEEK_CUR)
    return -1


@contextlib.contextmanager
def _left_alone(loader: Any) -> Iterator[dict[str, Any]]:
    """Give back streams, clocks and the places of open files, which it yields."""
    opened = _files(*loader.dataset._search.roots).items()
    files = {n: f for n, f in opened if isinstance(f, io.IOBase) and f.seekable()}
    with contextlib.ExitStack() as after:
        after.enter_context(seed_scope(0))
        after.callback(lambda before: _CLOCKS.update(before), _CLOCKS.copy())
        after.callback(lambda before: _BEGUN.update(before), _BEGUN.copy())
        after.callback(_BEGUN.clear)
        after.callback(_CLOCKS.clear)
        for file in files.values():
            with contextlib.suppress(OSError):  # in a loop over its lines
                after.callback(file.seek, file.tell())
                after.callback(file.seek, 0, os.SEEK_END)  # or it might keep its buffer
        if isinstance(loader.dataset, _SeededDataset):
            sampler = _sampler_of(loader)
            for part in (sampler, *sampler.parts):
                after.callback(vars(part).update, vars(part).copy())
            sampler.epochs, sampler.look, sampler.next = set(), str, None
        yield files


def check_loader(loader: Any, batches: int = 8) -> None:
    """Raise an error if the data of a loader depend on more than seed, name and epoch.

    batches: how many it loads of two epochs: 0, 1, 2, 4, ..., of a stream the first ones.
    It loads them with one new worker, with two and with none, twice each, forwards and
    (not streams) backwards, and compares bits. Streams, clocks and the places of files
    are as before. An error names the first index that differs and the likely reason. It
    sees these batches only.
    """
    data: Any = getattr(loader, "dataset", None)
    word = "batch" if isinstance(data, _Batches) else "index"
    if word == "index":
        _sampler_of(loader)  # or an error
    with _left_alone(loader) as files:
        load = functools.partial(_load, loader, batches, _CLOCKS.copy())
        before = _settings(*data._search.roots), [*map(_place, files.values())]
        asked, one = load(1)
        if any(digests[-1] == 0 for digests in one):
            warnings.warn("batches that cannot be pickled are not compared")
        for name, place in zip(files, before[1]):
            if place != _place(files[name]):
                raise RuntimeError(f"{name} {_OPEN}")
        changed = _changed(before[0], _settings(*data._search.roots))
        for workers, backwards, reason in _WAYS:
            again, two = load(workers, asked if backwards else None)
            if again != asked:
                raise RuntimeError("the order, or how much there is, varies")
            if changed:
                reason = f"in workers, which do not see that {changed} changes"
            _compare(asked, one, two, word, f"differs {reason}")
