# seeding.py of seedblock 0.1.0, MIT licence, digest f139e8c14a89ede4
# To bring it up to date: seedblock add seeding
"""Reproducible PyTorch: seeds, streams, fingerprints, and data that is the same for any
number of DataLoader workers. Unless a docstring says otherwise, a promise holds on one
machine, with one set of versions, one number of CPU threads, and torch.compile either
always on or always off."""

import contextlib
import copy
import hashlib
import io
import itertools
import json
import math
import operator
import os
import pickle
import random as python_random
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils import data as torch_data

__all__ = [
    "SeededIterable", "SeededShards", "ShardLoader", "fingerprint", "numpy_stream",
    "python_stream", "rank_seed", "rng_state", "seed_everything", "seed_scope",
    "seeded_loader", "set_rng_state", "torch_stream",
]  # fmt: skip


def _checked_seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in [0, 2**32 - 1], got {seed!r}")
    return int(seed)  # random refuses NumPy's integers


def seed_everything(seed: int, deterministic: bool = True) -> int:
    """Seed random, NumPy, and torch on every device. Call it before you build anything.

    deterministic: each of torch's operations gives the same bits each time or raises an
    error, on one machine with the same versions, threads and DataLoader workers;
    torch.compile changes the bits. Not covered: default_rng() and generators of your own,
    GPU kernels of other libraries, the order of sets.
    """
    seed = _checked_seed(seed)
    if deterministic and "CUBLAS_WORKSPACE_CONFIG" not in os.environ:
        if torch.cuda.is_initialized() and torch.__version__ < "2.10.dev0":
            raise RuntimeError("too late for cuBLAS: call seed_everything before CUDA")
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # for torch before 2.10
    python_random.seed(seed)
    np.random.seed([seed, 1])  # seed alone would give it torch's state
    torch.manual_seed(seed)  # every device; CUDA takes it when it starts
    if deterministic:
        if torch.backends.cudnn.benchmark:
            warnings.warn("cudnn.benchmark was on: what ran may vary", stacklevel=2)
        torch.backends.cudnn.benchmark = False  # it picks algorithms by timing them
        torch.backends.cudnn.deterministic = True  # implied below; some code reads it
        # Not warn_only: attention would keep a backward pass that varies.
        torch.use_deterministic_algorithms(True)
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
    inside: others then draw from these streams. A decorated function with yield or async
    runs after the scope.
    """
    seed = _checked_seed(seed)
    with contextlib.ExitStack() as after:
        after.callback(python_random.setstate, python_random.getstate())
        after.callback(np.random.set_state, np.random.get_state())
        after.callback(_set_torch_states, _torch_states())
        python_random.seed(seed)
        np.random.seed([seed, 1])  # seed alone would give it torch's state
        torch.default_generator.manual_seed(seed)  # the CPU alone, unlike torch's own
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
    # The CPU uses 32 bits of it: of 1,000 names, two are alike in 1 of 8,600 cases.
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

    seed + rank would give (seed 0, rank 1) what (seed 1, rank 0) has. Here no two of the
    seeds and ranks from 0 to 99 are equal; beyond, two of n pairs are with a chance of
    n**2 / 2**33. Build the model from seed itself: all ranks begin with equal weights.
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


def _seed_streams(*key: object) -> int:
    """Seed random, NumPy and torch's CPU from key alone; return a seed for others."""
    text = " ".join(map(str, key))
    if " at 0x" in text:
        raise TypeError(f"an index has an address, which varies: {text!r}")
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    python, numpy, cpu, others = np.frombuffer(digest, "<u4").tolist()
    python_random.seed(python)
    np.random.seed(numpy)
    torch.default_generator.manual_seed(cpu)  # not torch's own: it moves the GPUs' too
    return others


@contextlib.contextmanager
def _own_streams(*key: object) -> Iterator[None]:
    """Work on streams that key seeds, one thread, and told of no other worker."""
    if getattr(torch_data.get_worker_info(), "worker_method", "") == "thread":
        raise RuntimeError("threads share random streams: use worker processes")
    if threading.current_thread() is not threading.main_thread():
        warnings.warn("no other thread may draw random numbers now", stacklevel=3)
    pool = torch_data._utils.worker  # private; get_worker_info() reads it
    with contextlib.ExitStack() as after:
        after.callback(setattr, pool, "_worker_info", pool._worker_info)
        after.callback(python_random.setstate, python_random.getstate())
        after.callback(np.random.set_state, np.random.get_state())
        after.callback(torch.set_rng_state, torch.get_rng_state())
        after.callback(torch.set_num_threads, torch.get_num_threads())
        data: Any = getattr(pool._worker_info, "dataset", ())  # a stream: told of none
        me = pool.WorkerInfo(id=0, num_workers=1, seed=0, dataset=data)
        pool._worker_info = None if isinstance(data, Iterable) else me
        torch.set_num_threads(1)  # sums of floats depend on it
        if key:
            _seed_streams(*key)
        yield


def _as_sent(batch: Any) -> Any:
    """Copy a batch of the main process: aligned and apart from the dataset, as sent."""
    if torch_data.get_worker_info() is None:
        with contextlib.suppress(Exception):  # no worker could send it
            return copy.deepcopy(batch)
    return batch


class _SamplePickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        # A pickled tensor has all of its storage, also what was never written.
        plain = isinstance(value, torch.Tensor) and value.layout == torch.strided
        return (str, (fingerprint(value),)) if plain else NotImplemented


def _digest(samples: Any) -> int:
    """Digest the bits of samples; what cannot be pickled does not count."""
    file = io.BytesIO()
    with contextlib.suppress(Exception):
        _SamplePickler(file, protocol=5).dump(samples)
    return int.from_bytes(hashlib.sha256(file.getvalue()).digest()[:4], "big")


def _is_key(value: Any) -> bool:
    """A key is all that a sample depends on: "key", seed, epoch, index, repeat."""
    return type(value) is tuple and len(value) == 5 and value[0] == "key"


class _SeededSampler(torch_data.Sampler[Any]):
    """The keys of an epoch, in an order that depends on seed and epoch alone.

    distributed: this rank's share; the last ranks may repeat some, to have as many.
    """

    def __init__(self, sampler: Any, seed: int, distributed: bool) -> None:
        parts = (sampler, getattr(sampler, "sampler", None))  # a batch sampler has one
        self.parts = [part for part in parts if part is not None]
        if any(getattr(part, "generator", None) is not None for part in self.parts):
            raise ValueError("the sampler has a generator of its own: omit it")
        if distributed and isinstance(self.parts[-1], torch_data.DistributedSampler):
            raise ValueError("the sampler deals out already: omit distributed")
        self.sampler, self.distributed = sampler, distributed
        self.seed = int(operator.index(seed))
        self.epoch = self.start = self.passes = 0
        self.place, self.loaded = (0, 0), False  # place: epoch, keys dealt out

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """start: how many samples (of a batch sampler: batches) are used already."""
        epoch, start = int(operator.index(epoch)), int(operator.index(start))
        for part in self.parts:
            if hasattr(part, "set_epoch"):
                part.set_epoch(epoch)
        if start and not 0 <= start <= self.size():
            raise ValueError(f"start must be in [0, {self.size()}], got {start}")
        if not self.passes and (epoch, start) < (self.epoch, self.start):
            lost = f"set_epoch({self.epoch}, {self.start}) has no effect"
            warnings.warn(f"{lost}: set_epoch({epoch}, {start}) follows", stacklevel=2)
        self.epoch, self.start, self.passes = epoch, start, 0

    def state_dict(self) -> dict[str, int]:
        """For torchdata's StatefulDataLoader."""
        return dict(zip(("epoch", "start"), self.place))

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.epoch = state["epoch"]
        self.place, self.loaded = (self.epoch, state["start"]), True

    def size(self) -> int:
        world_size = _rank_and_world_size()[1] if self.distributed else 1
        return math.ceil(len(self.sampler) / world_size)

    def __len__(self) -> int:
        return self.size() - self.start

    def __iter__(self) -> Iterator[Any]:
        # A generator: a DataLoader may ask for two and use one.
        epoch, start = self.place if self.loaded else (self.epoch, self.start)
        asked, self.loaded, self.passes = self.epoch, False, self.passes + 1
        deal = self.share if self.distributed else iter
        keys = itertools.islice(deal(self.keys(epoch)), start, None)
        for number, item in enumerate(keys, start + 1):
            if self.epoch != asked:
                asked = self.epoch
                warnings.warn(f"set_epoch({asked}) is too late for this epoch {epoch}")
            self.place = epoch, number
            yield item

    def share(self, keys: Iterator[Any]) -> Iterator[Any]:
        rank, world_size = _rank_and_world_size()
        accelerate = sys.modules.get("accelerate.state")
        if accelerate is not None and accelerate.is_initialized():
            warnings.warn("accelerate deals out itself: leave distributed=True out")
        first = list(itertools.islice(keys, world_size))
        keys = itertools.chain(first, keys, itertools.cycle(first))
        return itertools.islice(keys, rank, self.size() * world_size, world_size)

    def keys(self, epoch: int) -> Iterator[Any]:
        base = self.parts[-1]
        fixed = isinstance(base, torch_data.SequentialSampler)
        if self.passes == 2 and not fixed and getattr(base, "shuffle", True):
            warnings.warn(f"epoch {epoch} again: call set_epoch before each epoch")
        with _own_streams(self.seed, epoch, "order"):
            items = iter(self.sampler)
            # PyTorch's samplers draw all before the first index; others may do so later.
            at_once = all(type(p).__module__.startswith("torch.") for p in self.parts)
            first = list(itertools.islice(items, 1 if at_once else None))
        shuffled = type(base) is torch_data.RandomSampler and not base.replacement
        distinct = fixed or (shuffled and len(base) <= len(base.data_source))
        times: dict[Any, int] = {}

        def key(index: Any) -> tuple[Any, ...]:
            index = index.item() if torch.is_tensor(index) else index
            if not distinct:
                times[index] = times.get(index, -1) + 1
            return ("key", self.seed, epoch, index, times.get(index, 0))

        for item in itertools.chain(first, items):
            batch = isinstance(item, (list, np.ndarray))
            yield [key(index) for index in item] if batch else key(item)


class _SeededShare(_SeededSampler, torch_data.DistributedSampler[Any]):
    """For Lightning, which would deal the keys of any other class out again."""


class _SeededDataset(torch_data.Dataset[Any]):
    """Samples of the keys that a _SeededSampler gives; else it is as the dataset."""

    def __init__(self, dataset: Any, *options: Any) -> None:
        self.collate_fn, self.reseed, self.batched = options
        self.key, self.default = ("key",), torch_data.default_collate
        # In shared memory: what one worker has tried no other tries again.
        self.tried = torch.zeros(1, dtype=torch.bool, device="cpu").share_memory_()
        self.dataset = dataset

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy asks before there is a dataset
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if "dataset" in vars(self) and name not in vars(self):
            setattr(self.dataset, name, value)
        else:
            super().__setattr__(name, value)

    def __len__(self) -> int:
        return len(self.dataset)

    def seed_all(self, *key: Any) -> None:
        others = _seed_streams(*key)
        if self.reseed is not None:
            self.reseed(others)

    def fetch(self, keys: list[Any]) -> Any:
        if self.batched:
            self.seed_all(*keys[0], "batch")
            return self.unseeded([key[3] for key in keys])
        samples = []
        for key in keys:
            self.seed_all(*key)
            samples.append(self.dataset[key[3]])
        return samples

    def unseeded(self, indices: list[Any]) -> Any:
        if callable(getattr(self.dataset, "__getitems__", None)):
            return self.dataset.__getitems__(indices)
        return [self.dataset[index] for index in indices]

    def try_twice(self, keys: list[Any]) -> None:
        self.tried[0] = True
        once, again = (_digest(self.fetch(keys)) for _ in range(2))
        if once != again:
            warnings.warn(
                "a sample made twice differs: has the dataset a generator of its own? "
                "Pass reseed=, a function that seeds it"
            )

    def collate(self, samples: Any) -> Any:
        with _own_streams():
            if self.collate_fn is not None:
                self.seed_all(*self.key, "collate")
            batch = (self.collate_fn or self.default)(samples)
        return _as_sent(batch)

    def __getitem__(self, key: Any) -> Any:  # of a DataLoader with batch_size=None
        keys = key if isinstance(key, list) else [key]
        if not keys or not _is_key(keys[0]):
            return self.dataset[key]
        self.key, self.default = keys[0], torch_data.default_convert
        with _own_streams():
            if keys is not key:
                return self.fetch(keys)[0]
            self.seed_all(*self.key, "batch")
            return self.dataset[[key[3] for key in keys]]

    def __getitems__(self, keys: list[Any]) -> Any:
        if _is_key(keys):
            raise TypeError("a batch sampler must give lists of indices")
        if not _is_key(keys[0]):
            warnings.warn("not seeded: the DataLoader has lost its sampler")
            return self.unseeded(keys)
        self.key, self.default = keys[0], torch_data.default_collate
        with _own_streams():
            if not self.tried:
                self.try_twice(keys[:4])
            return self.fetch(keys)


def seeded_loader(
    dataset: Any,
    seed: int,
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

    The order, and what random, NumPy and torch on the CPU draw for a sample or a batch,
    depend on seed and epoch alone. Before each epoch call loader.sampler.set_epoch(epoch)
    (of a batch_sampler that you pass: loader.batch_sampler.set_epoch). To resume within an
    epoch, pass it start: how many of its samples (or batches) are used already.

    shuffle: True unless you pass False or a sampler. reseed: gets a seed before each
    sample and batch, for generators of the dataset's own. batched: seed once a batch and
    use __getitems__; a sample's draws then depend on its batch. distributed: each process
    gets its share. options: a DataLoader's others.
    """
    if isinstance(dataset, torch_data.IterableDataset):
        raise TypeError("an IterableDataset has no indices: use SeededIterable")
    given = [order for order in (sampler, batch_sampler) if order is not None]
    if len(given) + bool(shuffle) > 1:
        raise ValueError("pass only one of shuffle, sampler and batch_sampler")
    kinds: Any = {False: torch_data.SequentialSampler}
    order = given[0] if given else kinds.get(shuffle, torch_data.RandomSampler)(dataset)
    shared = distributed or isinstance(order, torch_data.DistributedSampler)
    keys = (_SeededShare if shared else _SeededSampler)(order, seed, distributed)
    options |= {"sampler" if batch_sampler is None else "batch_sampler": keys}
    data = _SeededDataset(dataset, collate_fn, reseed, batched)
    own = torch.Generator()  # else each epoch would move torch's stream
    return loader_class(data, collate_fn=data.collate, generator=own, **options)


_UNSTABLE = "other data when read again: seed what is drawn, sort what is listed"


class _Batches(torch_data.IterableDataset[Any]):
    """What SeededIterable and SeededShards have in common."""

    def __init__(
        self,
        seed: int,
        batch_size: int,
        transform: Callable[[Any], Any] | None = None,
        collate_fn: Callable[[list[Any]], Any] = torch_data.default_collate,
        drop_last: bool = False,
        rank: int = 0,
        world_size: int | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size!r}")
        self.seed, self.batch_size = int(operator.index(seed)), batch_size
        self.transform, self.collate_fn = transform, collate_fn
        self.drop_last, self.rank, self.world_size = drop_last, rank, world_size
        # Epoch, start, passes, whether tried. Shared memory, as running workers read it.
        self.place = torch.zeros(4, dtype=torch.int64, device="cpu").share_memory_()
        self.set_epoch(0)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        for value in filter(torch.is_tensor, state.values()):
            value.share_memory_()  # a copy's memory is not shared yet

    def set_epoch(self, epoch: int, start: int = 0) -> None:
        """Call it before each epoch; start: how many batches of it each rank has used."""
        epoch, start = operator.index(epoch), operator.index(start)
        if start < 0:
            raise ValueError(f"start must be at least 0, got {start!r}")
        if self.world_size is None and _rank_and_world_size()[1] > 1:
            raise RuntimeError(
                "each rank would get all batches: pass rank and world_size; where "
                "accelerate deals them out, pass rank=0, world_size=1"
            )
        if not 0 <= self.rank < (self.world_size or 1):
            raise ValueError(f"no rank {self.rank!r} of {self.world_size or 1}")
        self.place[:3] = torch.tensor([epoch, start, 0], device="cpu")
        source: Any = getattr(self, "source", None)
        if hasattr(source, "set_epoch") and not callable(source):
            source.set_epoch(epoch)  # or two workers might change it at once

    def begin(self) -> tuple[int, int, int, int]:
        epoch, start, passes, _ = self.place.tolist()
        worker = torch_data.get_worker_info()
        mine, workers = (worker.id, worker.num_workers) if worker else (0, 1)
        if mine == 0:
            self.place[2] += 1
            if passes == 1:
                warnings.warn(f"epoch {epoch} again: call set_epoch", stacklevel=3)
        return epoch, start, mine, workers

    def make(self, samples: list[Any]) -> Any:
        if self.transform is not None:
            samples = list(map(self.transform, samples))
        return torch_data.default_convert(self.collate_fn(samples))


class SeededIterable(_Batches):
    """Batches of a stream that are the same for any number of workers.

    source: an iterable that can be read again, an IterableDataset for example, or a
    function that returns one; if it has set_epoch, that is called. Every worker reads all
    of it; one worker makes a batch: it calls transform on the samples, then collate_fn.
    What random, NumPy and torch on the CPU draw depends on seed, epoch, rank and batch.
    Other data when the source is read again are an error. Several ranks have equally many
    batches; if there are fewer samples at the end than ranks, one is repeated.
    """

    def __init__(self, source: Any, seed: int, batch_size: int, **more: Any) -> None:
        if isinstance(source, Iterator):
            raise TypeError(f"{source!r} can be read once only: pass what makes it")
        self.source = source
        self.digests = torch.zeros(64, dtype=torch.int64, device="cpu").share_memory_()
        super().__init__(seed, batch_size, **more)

    def loader(self, **options: Any) -> Any:
        """Return its DataLoader. options: those of a DataLoader, without batch_size."""
        own = torch.Generator()  # else each epoch would move torch's stream
        return torch_data.DataLoader(self, batch_size=None, generator=own, **options)

    def open(self, epoch: int) -> Iterator[Any]:
        _seed_streams(self.seed, epoch, "order")
        source = self.source() if callable(self.source) else self.source
        if hasattr(source, "set_epoch"):
            source.set_epoch(epoch)  # here, as workers that persist have a copy
        return iter(source)

    def read(self, stream: Iterator[Any], epoch: int, number: int) -> list[Any]:
        _seed_streams(self.seed, epoch, number)
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
        _seed_streams(self.seed, epoch, number, self.rank)
        batch = self.make(samples[self.rank :: self.world_size or 1] or samples[:1])
        if number == 0:
            self.compare(epoch, 63, batch)
        return batch

    def compare(self, epoch: int, slot: int, found: Any) -> None:
        mark, known = (epoch + 1 << 32) + _digest(found), self.digests[slot].item()
        if known >> 32 == epoch + 1 and known != mark:
            raise RuntimeError(f"epoch {epoch} has {_UNSTABLE}")
        self.digests[slot] = mark

    def __iter__(self) -> Iterator[Any]:
        epoch, start, mine, workers = self.begin()
        with _own_streams():
            if mine == 0 and not self.place[3]:
                self.place[3] = 1
                # Once in a training the first batch is made twice, to compare them.
                if first := self.read(self.open(epoch), epoch, 0):
                    self.make_own(first, epoch, 0)
            stream = self.open(epoch)
        for number in itertools.count():
            with _own_streams():
                samples = self.read(stream, epoch, number)
                if not samples:
                    return
                if number < start or (number - start) % workers != mine:
                    continue
                batch = self.make_own(samples, epoch, number)
            yield _as_sent(batch)


class SeededShards(_Batches):
    """Batches of sharded data that are the same for any number of workers and ranks.

    In each epoch the shards, names of files for example, are shuffled and shared by
    readers, whose batches take turns: the order depends on the number of readers, not on
    that of workers and ranks. read: a function that returns the samples of a shard. What
    random, NumPy and torch on the CPU draw in it, in transform and in collate_fn depends
    on seed, epoch, reader and batch. A reader's last batch may be smaller.
    """

    def __init__(
        self,
        shards: Sequence[Any],
        read: Callable[[Any], Iterable[Any]],
        seed: int,
        batch_size: int,
        readers: int = 8,
        **more: Any,
    ) -> None:
        if not isinstance(shards, Sequence):
            raise TypeError(f"shards must be a list, in a fixed order, got {shards!r}")
        self.shards, self.read, self.readers = shards, read, readers
        super().__init__(seed, batch_size, **more)
        if readers < (self.world_size or 1):
            raise ValueError(f"readers must be at least world_size, got {readers!r}")

    def batches(self, epoch: int, reader: int, used: int) -> Iterator[list[Any]]:
        with _own_streams(self.seed, epoch, "order"):
            order = python_random.sample(self.shards, len(self.shards))
        own = order[reader :: self.readers]
        stream = (sample for shard in own for sample in self.read(shard))
        for number in itertools.count():
            with _own_streams(self.seed, epoch, reader, number):
                samples = list(itertools.islice(stream, self.batch_size))
                if not samples or (self.drop_last and len(samples) < self.batch_size):
                    return
                batch = self.make(samples) if number == 0 or number >= used else None
            yield [_as_sent(batch)]

    def __iter__(self) -> Iterator[list[Any]]:
        epoch, start, mine, workers = self.begin()
        readers = range(self.rank, self.readers, self.world_size or 1)
        if mine == 0 and not self.place[3]:
            # Once in a training the first batch is made twice more, to compare them.
            self.place[3] = 1
            one, two = (next(self.batches(epoch, self.rank, 0), 0) for _ in range(2))
            if _digest(one) != _digest(two):
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


class ShardLoader(torch_data.DataLoader[Any]):
    """Load SeededShards. options: those of a DataLoader, without batch_size.

    All ranks have equally many batches: one that has no more repeats its first one.
    """

    def __init__(self, data: SeededShards, **options: Any) -> None:
        own = torch.Generator()  # else each epoch would move torch's stream
        super().__init__(data, batch_size=None, generator=own, **options)
        ranks = data.world_size or 1  # gloo works on the CPU: no GPU waits for others
        self.group = torch.distributed.new_group(backend="gloo") if ranks > 1 else None

    def __iter__(self) -> Any:
        data: Any = self.dataset
        start = int(data.place[1])
        made = itertools.chain.from_iterable(super().__iter__())
        first = list(itertools.islice(made, 1))
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
