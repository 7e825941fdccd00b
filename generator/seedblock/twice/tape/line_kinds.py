"""What each kind of line on a tape holds. Data only: the names of the fields are the keys of the JSON."""

from typing import Any, NamedTuple, get_args

StreamDigests = dict[str, str]  # a digest of each random stream's state, by its name


class Header(NamedTuple):
    """The first line. `tape` is the format; `environment` has versions and variables that may explain a difference."""

    tape: int
    process: dict[str, Any]
    environment: dict[str, Any]


class Batch(NamedTuple):
    """A batch from a DataLoader. `samples` has 8 digits for each row, `begins` describes the loader of a new epoch.

    `unseen` names the types in the batch that were not digested.
    """

    batch: int
    data: str
    samples: str
    streams: StreamDigests
    begins: dict[str, Any] | None = None
    unseen: list[str] | None = None
    cell: int | None = None


class Step(NamedTuple):
    """A step of an optimizer: the `turn` says which of its parameters were digested.

    `options` has those of its parameter groups that have changed since its last step, `state` a digest of its state.
    """

    step: int
    optimizer: int
    turn: int
    weights: str
    gradients: str
    loss: list[Any]
    loss_bits: list[str]
    streams: StreamDigests
    options: dict[str, str] | None = None
    state: str = ""
    cell: int | None = None


class LoneLoss(NamedTuple):
    """A backward pass that no step followed."""

    lone: int
    loss: list[Any]
    loss_bits: list[str]
    weights: str
    streams: StreamDigests
    cell: int | None = None


class Optimizer(NamedTuple):
    """A new optimizer of class `kind`, with the `options` of its parameter groups.

    `turns` has the parameters digested in each step, `whole` a digest of all of them at first.
    """

    optimizer: int
    parameters: list[str]
    count: int  # type: ignore[assignment] # a tuple's method of this name is hidden
    shapes: str
    turns: list[list[int]]
    steps_for_all: int
    whole: str | None
    kind: str = ""
    options: dict[str, str] | None = None
    cell: int | None = None


class Module(NamedTuple):
    """A module: its class, its parameters and buffers, and a digest of all followed by some digits of each."""

    module: str
    names: list[str]
    digests: str


class Initial(NamedTuple):
    """All live modules at the first loss."""

    initial: list[Module]
    streams: StreamDigests
    cell: int | None = None


class Final(NamedTuple):
    """All live modules at the end."""

    final: list[Module]


class Gone(NamedTuple):
    """An optimizer that no longer exists, with digests of its parameters and of its state: "" if that was not held."""

    gone: int
    weights: str
    state: str = ""


class State(NamedTuple):
    """The state of the optimizer `of` at the end: a digest of all, followed by some digits of each parameter's."""

    state: str
    of: int


class Scalers(NamedTuple):
    """The state of each gradient scaler at the end, in words."""

    scalers: list[str]


class Job(NamedTuple):
    """A worker of a pool begins its next job."""

    job: int


class Saved(NamedTuple):
    """A saved file: a digest of each part, and which parts are plain values, not tensors."""

    saved: str
    parts: dict[str, str]
    plain: list[str]
    cell: int | None = None


class Drawn(NamedTuple):
    """The first draw from a stream. `likely` is the user's line that is likeliest to have drawn."""

    stream: str
    drawn: str | None
    likely: str | None


class Seeded(NamedTuple):
    """The first seeding of a stream; `late` if draws came before it."""

    stream: str
    seeded: str | None
    value: Any
    late: bool


class SeededAgain(NamedTuple):
    """A stream that one line of the script seeds again and again."""

    stream: str
    again: str | None


class Missed(NamedTuple):
    """A part of the recorder that failed and records no more."""

    missed: str
    why: str


class Has(NamedTuple):
    """Something the script has, such as one of our snippets."""

    has: str


class Read(NamedTuple):
    """A file that the script has read before it wrote it: its path in the working folder."""

    read: str


class LiveGenerator(NamedTuple):
    """A torch.Generator, in words, and its seed; None if it cannot be read: then each run gave it another one."""

    generator: str
    seed: str | None


class Listed(NamedTuple):
    """A line of the user's code that lists a folder, by whatever function of the standard library."""

    listed: str


class Memory(NamedTuple):
    """Where the process's memory lay at its end: pairs of an address and the one behind the last."""

    memory: list[list[int]]


class Unseeded(NamedTuple):
    """A generator that was made without a seed, in words."""

    unseeded: str


class Source(NamedTuple):
    """One of the user's files that a line of the tape names, and the SHA-256 that it had then."""

    source: str
    sha256: str


class TorchSettings(NamedTuple):
    """torch's version and settings at the first event."""

    settings: dict[str, Any]


class Mirrored(NamedTuple):
    """The streams at the end, and whether NumPy and torch drew the same numbers."""

    mirrored: bool
    streams: StreamDigests


class Replaced(NamedTuple):
    """The process was about to become another program, by os.execv or the like; unless that failed."""

    replaced: bool


class End(NamedTuple):
    """The process ended normally."""

    end: bool


class Other(NamedTuple):
    """A line of an unknown kind, perhaps of a later version."""


Event = Batch | Step | LoneLoss | Optimizer | Initial | Saved  # two runs that do the same have them in the same order
EVENTS = get_args(Event)
Line = (
    Header | Event | Final | Gone | State | Scalers | Job | Drawn | Seeded | SeededAgain | Missed | Has | Listed
    | LiveGenerator | Memory | Read | Unseeded | Source | TorchSettings | Mirrored | Replaced | End | Other
)  # fmt: skip

# The key that tells the kind of a line.
KINDS: dict[str, type[Any]] = {
    "tape": Header,
    "batch": Batch,
    "step": Step,
    "lone": LoneLoss,
    "parameters": Optimizer,
    "initial": Initial,
    "final": Final,
    "gone": Gone,
    "state": State,
    "scalers": Scalers,
    "job": Job,
    "saved": Saved,
    "drawn": Drawn,
    "seeded": Seeded,
    "again": SeededAgain,
    "missed": Missed,
    "has": Has,
    "listed": Listed,
    "memory": Memory,
    "read": Read,
    "generator": LiveGenerator,
    "unseeded": Unseeded,
    "source": Source,
    "settings": TorchSettings,
    "mirrored": Mirrored,
    "replaced": Replaced,
    "end": End,
}
