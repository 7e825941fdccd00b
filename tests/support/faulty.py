"""Data sets whose samples depend on more than seed, name and epoch, and sound ones, to be checked in forks.

Of the faulty ones only samples whose index is a multiple of three are wrong.
"""

import ctypes
import inspect
import io
import itertools
import multiprocessing
import os
import random
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, DistributedSampler, Sampler, SequentialSampler

from tests.support.forked import METHODS, perturb

SAMPLES, ROW = 64, 4
LIBC = ctypes.CDLL(None if os.name == "posix" else "msvcrt")


def is_wrong(index: int) -> bool:
    return index % 3 == 0


def noise() -> float:
    """Draw from the three streams that are seeded for each sample."""
    return random.random() + np.random.random() + torch.rand(()).item()


class Rows(Dataset[torch.Tensor]):
    """Sound: a row for each index, and noise from the three streams."""

    def __init__(self, samples: int = SAMPLES) -> None:
        self.rows = torch.arange(samples * ROW).reshape(samples, ROW).double()

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> torch.Tensor:
        sample = self.rows[index] + noise()
        return self.wrong(index, sample) if is_wrong(index) else sample

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        return sample


class Plain(Rows):
    """Sound: nothing is drawn."""

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.rows[index]


class Cache(Rows):
    """Keeps augmented samples."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[int, torch.Tensor] = {}

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        return self.kept.setdefault(index, sample)


class Mosaic(Rows):
    """Adds one of the samples that were made last."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer: list[torch.Tensor] = []

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        self.buffer = [*self.buffer[-3:], sample]
        return sample + random.choice(self.buffer)


class Counting(Rows):
    """Adds how many samples this process has made."""

    def __init__(self) -> None:
        super().__init__()
        self.made = itertools.count()

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        return sample + next(self.made)


class Flipped(Rows):
    """Changes one row in ten in place."""

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        return sample

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.rows[index].neg_() if random.random() < 0.1 else self.rows[index]


class Libc(Rows):
    """Draws from a generator of C's library, which goes on from sample to sample."""

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        return sample + LIBC.rand()


class System(Rows):
    """Draws from the operating system."""

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        return sample + random.SystemRandom().random()


class Levels(Rows):
    """Has an attribute that somebody sets."""

    level = 0

    def __init__(self) -> None:
        super().__init__()
        self.level = 0

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        return sample + self.level


class Handle(Rows):
    """Reads from a file that it has opened, Python's inspect.py, by far longer than a buffer."""

    def __init__(self, mode: str = "rb", buffering: int = -1) -> None:
        super().__init__()
        self.mode, self.buffering = mode, buffering
        self.file = self.opened()

    def opened(self) -> Any:
        return Path(inspect.__file__).open(self.mode, self.buffering, None if "b" in self.mode else "latin-1")

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        self.file.seek(1000 * index)
        read = self.file.read(8)
        return sample + sum(read if isinstance(read, bytes) else read.encode())


class Reopened(Handle):
    """Sound: each process opens the file for itself; it has read some of it before."""

    def __init__(self, mode: str = "rb", buffering: int = -1) -> None:
        super().__init__(mode, buffering)
        self.process = os.getpid()
        self.file.readline()

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        if self.process != os.getpid():
            self.file, self.process = self.opened(), os.getpid()
        return super().wrong(index, sample)


class Keeping(Rows):
    """Sound: it has a file that it does not read, whose place cannot be told or moved as that of others."""

    def __init__(self, unread: Callable[[], Any]) -> None:
        super().__init__()
        self.unread = unread()


def member() -> Any:
    """A file in an archive in memory, which has no descriptor."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("rows", "1 2 3")
    return zipfile.ZipFile(memory).open("rows")


def looped_over() -> Any:
    """A text in a loop over its lines, which does not tell its place."""
    text = Path(inspect.__file__).open(encoding="latin-1")  # noqa: SIM115
    next(text)
    return text


class Locking(Rows):
    """Tells whether this process got a lock that one can have."""

    def __init__(self) -> None:
        super().__init__()
        self.file = tempfile.TemporaryFile()  # noqa: SIM115

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        import fcntl

        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return sample
        return sample + 1


class Process(Rows):
    """Tells whether this process made it."""

    def __init__(self) -> None:
        super().__init__()
        self.process = os.getpid()

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        return sample + (self.process == os.getpid())


class Noting(Rows):
    """Sound: it notes which samples were made in this process."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: set[int] = set()

    def __getitem__(self, index: int) -> torch.Tensor:
        self.noted.add(index)
        return super().__getitem__(index)


class Held(Rows):
    """Sound: its generators are found, of each kind, seeded and not, and one that is made at the first call."""

    def __init__(self) -> None:
        super().__init__()
        self.held = [np.random.default_rng(), np.random.RandomState(1), random.Random(), torch.Generator()]
        self.late: Any = None

    def wrong(self, index: int, sample: torch.Tensor) -> torch.Tensor:
        self.late = self.late or np.random.default_rng()
        one, two, three, four = self.held
        drawn = one.random(), two.rand(), three.random(), torch.rand((), generator=four).item(), self.late.random()
        return sample + sum(drawn)


class SoundCache(Rows):
    """Sound: keeps samples as they were before the noise."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[int, torch.Tensor] = {}

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.kept.setdefault(index, self.rows[index].sqrt()) + noise()


class Order(Sampler[int]):
    """Sound: an order from a generator of its own; it counts its passes."""

    def __init__(self, data: Any) -> None:
        self.samples, self.rng, self.passes = len(data), np.random.default_rng(), 0

    def __len__(self) -> int:
        return self.samples

    def __iter__(self) -> Iterator[int]:
        self.passes += 1
        yield from self.rng.permutation(self.samples).tolist()


class Endless(Sampler[int]):
    """Sound: it has neither an end nor a length."""

    def __init__(self, data: Any) -> None:
        self.samples, self.rng = len(data), np.random.default_rng()

    def __iter__(self) -> Iterator[int]:
        while True:
            yield from self.rng.permutation(self.samples).tolist()
            yield random.randrange(self.samples)


class OtherOrder(SequentialSampler):
    """An order that the operating system draws."""

    def __iter__(self) -> Iterator[int]:
        yield from random.SystemRandom().sample(range(SAMPLES), SAMPLES)


class Setting(SequentialSampler):
    """Sets the level of its data set while workers run."""

    def __iter__(self) -> Iterator[int]:
        for index in range(SAMPLES):
            self.data_source.level = index  # type: ignore[attr-defined]
            yield index


class SettingEpoch(SequentialSampler):
    """Sets the level of its data set at each epoch."""

    def set_epoch(self, epoch: int) -> None:
        self.data_source.level = epoch + 1  # type: ignore[attr-defined]


def system_collate(samples: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack(samples) + random.SystemRandom().random()


def noisy_collate(samples: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack(samples) + noise()


def system_source() -> list[torch.Tensor]:
    return [torch.full((2,), random.SystemRandom().random())] * 9


def source() -> Iterator[torch.Tensor]:
    return (torch.full((2,), number + noise()) for number in range(30))


def shard(number: int) -> Iterator[torch.Tensor]:
    return (torch.full((2,), 10 * number + noise()) for _ in range(5))


def noisy(sample: torch.Tensor) -> torch.Tensor:
    return sample + noise()


def of_process(sample: torch.Tensor) -> torch.Tensor:
    return sample + os.getpid()


def system_noisy(sample: torch.Tensor) -> torch.Tensor:
    return sample + random.SystemRandom().random()


def loaded(seeding: Any, data: Any, batch_size: int | None = 4, **options: Any) -> Any:
    return seeding.seeded_loader(data, 1, "rows", batch_size=batch_size, **options)


def sampled(seeding: Any, data: Any, kind: Callable[[Any], Any], **options: Any) -> Any:
    return loaded(seeding, data, sampler=kind(data), **options)


Make = Callable[[Any], Any]  # of the module, a loader


class Fault(NamedTuple):
    """A loader, and what its error says."""

    make: Make
    says: str


AGAIN = r"differs when it is asked for again, in another order: a cache, a buffer, "
EACH_RUN = r"differs in each run: a generator that could not be found"
MODES = (("rb", 0), ("rb", -1), ("r", -1))  # unbuffered, buffered, text
INDEX = r"^index \d+ of epoch [01] "
FAULTS = {
    "a cache of augmented samples": Fault(lambda s: loaded(s, Cache()), INDEX + AGAIN),
    "a mosaic buffer": Fault(lambda s: loaded(s, Mosaic()), INDEX + AGAIN),
    "a count of samples": Fault(lambda s: loaded(s, Counting()), INDEX + AGAIN),
    "the generator of C's library": Fault(
        lambda s: loaded(s, Libc()), INDEX + AGAIN + ".* or a library's own generator"
    ),
    "rows changed in place": Fault(lambda s: loaded(s, Flipped()), INDEX + AGAIN),
    "draws of the operating system": Fault(lambda s: loaded(s, System()), INDEX + EACH_RUN),
    "the same, without batches": Fault(lambda s: loaded(s, System(), batch_size=None), INDEX + EACH_RUN),
    "the same, batched": Fault(lambda s: loaded(s, System(), batched=True), INDEX + EACH_RUN),
    "the same in a collate function": Fault(
        lambda s: loaded(s, Rows(), collate_fn=system_collate), f"^the batch that begins with {INDEX[1:]}{EACH_RUN}"
    ),
    "the same in a stream's transform": Fault(
        lambda s: s.SeededIterable(source, 1, "rows", 4, transform=system_noisy).loader(), "epoch 0 "
    ),
    "a process that is known to a stream's transform": Fault(
        lambda s: s.SeededIterable(source, 1, "rows", 4, transform=of_process).loader(),
        f"^batch 0 of epoch 0 {EACH_RUN}",
    ),
    "the same in a stream": Fault(lambda s: s.SeededIterable(system_source, 1, "rows", 4).loader(), "epoch 0 "),
    "the same in shards": Fault(
        lambda s: s.ShardLoader(s.SeededShards([1, 2, 3], shard, 1, "rows", 4, transform=system_noisy)), "epoch 0 "
    ),
    "an attribute that a sampler sets": Fault(
        lambda s: sampled(s, Levels(), Setting),
        INDEX + r"differs in workers, which do not see that \['Levels\.level'\] changes",
    ),
    "an attribute that a sampler sets at each epoch": Fault(
        lambda s: sampled(s, Levels(), SettingEpoch), INDEX + r".*which do not see that \['Levels\.level'\] changes"
    ),
    "a process that is known": Fault(
        lambda s: loaded(s, Process()),
        INDEX + "differs in workers only: an attribute .* or a handle$",
    ),
    "batches that cannot be pickled": Fault(
        lambda s: loaded(s, Rows(), collate_fn=lambda samples: [samples, lambda: None]),
        "^batches that cannot be pickled are not compared$",
    ),
    "another order each time": Fault(
        lambda s: sampled(s, Rows(), OtherOrder), "^the order, or how much there is, varies"
    ),
}
if "fork" in METHODS:  # others cannot be sent a file
    FAULTS |= {
        f"a shared file, {mode}, {size}": Fault(
            lambda s, mode=mode, size=size: loaded(s, Handle(mode, size)),  # type: ignore[misc]
            r"^Handle\.file is open, and workers move its place: open it in __getitem__",
        )
        for mode, size in MODES
    }
    FAULTS["a lock"] = Fault(
        lambda s: loaded(s, Locking()),
        INDEX + "differs between one worker and two: a file or handle that they share",
    )

SOUND: dict[str, Make] = {
    "tensors": lambda s: loaded(s, Plain()),
    "draws from the three streams": lambda s: loaded(s, Rows()),
    "not shuffled": lambda s: loaded(s, Rows(), shuffle=False),
    "generators": lambda s: loaded(s, Held()),
    "a cache without noise": lambda s: loaded(s, SoundCache()),
    "batched": lambda s: loaded(s, Rows(), batched=True),
    "a batch sampler": lambda s: loaded(
        s, Rows(), batch_size=1, batch_sampler=BatchSampler(Order(range(SAMPLES)), 4, True)
    ),
    "a sampler with a generator": lambda s: sampled(s, Rows(), Order),
    "an endless sampler": lambda s: sampled(s, Rows(), Endless),
    "a distributed sampler": lambda s: sampled(s, Rows(), lambda data: DistributedSampler(data, 2, 1)),
    "one by one": lambda s: loaded(s, Rows(), batch_size=None),
    "an incomplete batch at the end": lambda s: loaded(s, Rows(), batch_size=10),
    "no incomplete batch": lambda s: loaded(s, Rows(), batch_size=10, drop_last=True),
    "no batch": lambda s: loaded(s, Rows(3), drop_last=True),
    "one sample": lambda s: loaded(s, Rows(1)),
    "workers": lambda s: loaded(s, Rows(), num_workers=2),
    "persistent workers": lambda s: loaded(s, Rows(), num_workers=1, persistent_workers=True),
    "a collate function that draws": lambda s: loaded(s, Rows(), collate_fn=noisy_collate),
    "a file in an archive": lambda s: loaded(s, Keeping(member)),
    "a stream": lambda s: s.SeededIterable(source, 1, "rows", 4, transform=noisy).loader(),
    "a stream with workers": lambda s: s.SeededIterable(source, 1, "rows", 4).loader(num_workers=2),
    "shards": lambda s: s.ShardLoader(s.SeededShards([1, 2, 3], shard, 1, "rows", 4, transform=noisy)),
    "shards with workers": lambda s: s.ShardLoader(s.SeededShards([1, 2, 3], shard, 1, "rows", 4), num_workers=2),
}
if "fork" in METHODS:
    SOUND |= {
        "a text in a loop over its lines": lambda s: loaded(s, Keeping(looped_over)),
        "a pipe": lambda s: loaded(s, Keeping(lambda: os.fdopen(os.pipe()[0]))),
        "the standard output": lambda s: loaded(s, Keeping(lambda: sys.stdout)),
        **{
            f"a file for each process, {mode}, {size}": lambda s, mode=mode, size=size: loaded(s, Reopened(mode, size))  # type: ignore[misc]
            for mode, size in MODES
        },
    }


def begin(method: str = METHODS[0]) -> Any:
    """Return the module, in a process with random streams whose warnings are errors."""
    perturb()
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors
    warnings.filterwarnings("ignore", "This process .* is multi-threaded")  # Python 3.12, at a fork for a worker
    multiprocessing.set_start_method(method, force=True)
    import seeding

    return seeding


def passed(loader: Any, batches: int = 12) -> bytes:
    """Load the first batches of a pass. An endless loader has more."""
    found = list(itertools.islice(loader, batches))
    return b"".join(batch.numpy().tobytes() for batch in found)


def states(loader: Any) -> list[Any]:
    """What a check must leave as it was, of the process and of the loader."""
    data = loader.dataset
    order = [part for part in (loader.sampler, loader.batch_sampler) if part is not None]
    order += [part.sampler for part in order if hasattr(part, "sampler")]
    found = [random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist(), torch.get_num_threads()]
    found += [str(vars(part)) for part in order]
    found += [
        str(one.bit_generator.state) for part in order for one in vars(part).values() if hasattr(one, "bit_generator")
    ]
    found += [getattr(data, "place", torch.zeros(1)).tolist(), str(getattr(data, "next", None))]
    return [*found, data.file.tell(), data.file.fileno()] if hasattr(data, "file") else found


def closed(loader: Any) -> None:
    """Close its data set's file, or Python would warn of it."""
    for name in ("file", "unread"):
        if hasattr(loader.dataset, name) and getattr(loader.dataset, name) is not sys.stdout:
            getattr(loader.dataset, name).close()


def reads_on(data: Any) -> bool:
    """Whether its file, if it has one, goes on at its place."""
    if not isinstance(getattr(data, "file", None), io.IOBase) or not hasattr(data, "opened"):
        return True
    with data.opened() as other:
        other.readline()
        return bool(data.file.read(8) == other.read(8))


def error_of(case: tuple[str, str]) -> tuple[str, bool]:
    """Check a faulty loader, its workers started by a method; return the error, and whether all else is as it was."""
    name, method = case
    seeding = begin(method)
    loader = FAULTS[name].make(seeding)
    if hasattr(loader.dataset, "file"):
        loader.dataset.file.readline()
    before, said = states(loader), ""
    try:
        seeding.check_loader(loader)
    except (RuntimeError, UserWarning) as error:
        said = str(error)
    left = before == states(loader) and reads_on(loader.dataset)
    closed(loader)
    return said, left


def passes(seeding: Any, name: str, check: Callable[[Any], object]) -> list[bytes]:
    """Three passes over a sound loader, the last of an epoch that set_epoch asks for, with a check before each."""
    seeding.seed_everything(1, deterministic=False)
    loader = SOUND[name](seeding)
    parts = (loader.dataset, loader.sampler, loader.batch_sampler)
    clock = next(part for part in parts if hasattr(type(part), "set_epoch"))
    found = []
    for number in range(3):
        if number == 2:
            clock.set_epoch(5, 1)
        before = states(loader)
        check(loader)
        assert states(loader) == before, number
        found.append(passed(loader))
    closed(loader)
    return found


def harm_of(case: tuple[str, str]) -> str:
    """Return the error of checks of a sound loader, or which of its passes have other data than without checks."""
    name, method = case
    try:
        seeding = begin(method)
        loads = passes(seeding, name, str), passes(seeding, name, seeding.check_loader)
    except Exception:  # noqa: BLE001
        return traceback.format_exc()
    return "".join(f"pass {number} has other data" for number in range(3) if loads[0][number] != loads[1][number])


def flips_found(seeds: range) -> list[bool]:
    """Whether a check finds rows that are changed in place, for each seed."""
    seeding, found = begin(), []
    for seed in seeds:
        loader = seeding.seeded_loader(Flipped(), seed, "rows", batch_size=4)
        try:
            seeding.check_loader(loader)
        except RuntimeError:
            found.append(True)
        else:
            found.append(False)
    return found


def first_named(epoch: int) -> tuple[str, int]:
    """Return a faulty loader's error after so many passes, and the first index of its next one whose sample is wrong."""
    seeding, said = begin(), ""
    plain = loaded(seeding, Plain())
    plain.sampler.set_epoch(epoch)
    indices = [int(row) // ROW for row in torch.cat(list(plain))[:, 0]]
    seeding.seed_everything(1, deterministic=False)  # sets the clock back
    faulty = loaded(seeding, System())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its trial warns
        for _ in range(epoch):
            passed(faulty)
    try:
        seeding.check_loader(faulty)
    except RuntimeError as error:
        said = str(error)
    return said, next(filter(is_wrong, indices))


def refused(_: str) -> list[str]:
    """Return the errors for what is no loader of the module."""
    seeding, found = begin(), []
    lost = DataLoader(loaded(seeding, Rows()).dataset)
    for other in (DataLoader(Rows()), lost, Rows(), None):
        try:
            seeding.check_loader(other)
        except TypeError as error:
            found.append(str(error))
    return found


def asked(batches: int) -> set[int]:
    """Return the indices that a check loads of a loader that does not shuffle."""
    seeding, data = begin(), Noting()
    seeding.check_loader(loaded(seeding, data, shuffle=False), batches)
    return data.noted
