"""The lines of a tape: what each kind holds, and how one is read. Nothing here reads a file."""

import json
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_origin

from seedblock.errors import UsageError
from seedblock.twice.recorder.seedblock_format import FORMAT
from seedblock.twice.tape.fast_lines import is_plain

MAX_LINE_BYTES = 16_000_000
MAX_INT = 2**53  # beyond it a JSON number may have lost digits

Streams = dict[str, str]  # a digest of each random stream's state, by its name


class TapeError(UsageError):
    """A tape that cannot be read: which one, where, and why."""


class Part(NamedTuple):
    """Whole lines of the tape `name`, as bytes; `first` is the number of the first one, from 1."""

    name: str
    first: int
    texts: list[bytes]


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
    streams: Streams
    begins: dict[str, Any] | None = None
    unseen: list[str] | None = None
    cell: int | None = None


class Step(NamedTuple):
    """A step of an optimizer: the `turn` says which of its parameters were digested."""

    step: int
    optimizer: int
    turn: int
    weights: str
    gradients: str
    loss: list[Any]
    loss_bits: list[str]
    streams: Streams
    cell: int | None = None


class LoneLoss(NamedTuple):
    """A backward pass that no step followed."""

    lone: int
    loss: list[Any]
    loss_bits: list[str]
    weights: str
    streams: Streams
    cell: int | None = None


class Optimizer(NamedTuple):
    """A new optimizer. `turns` has the parameters digested in each step, `whole` a digest of all of them at first."""

    optimizer: int
    parameters: list[str]
    count: int  # type: ignore[assignment] # a tuple's method of this name is hidden
    shapes: str
    turns: list[list[int]]
    steps_for_all: int
    whole: str | None
    cell: int | None = None


class Module(NamedTuple):
    """A module: its class, its parameters and buffers, and a digest of all followed by some digits of each."""

    module: str
    names: list[str]
    digests: str


class Initial(NamedTuple):
    """All live modules at the first loss."""

    initial: list[Module]
    streams: Streams
    cell: int | None = None


class Final(NamedTuple):
    """All live modules at the end."""

    final: list[Module]


class Gone(NamedTuple):
    """An optimizer that no longer exists, with a digest of its parameters."""

    gone: int
    weights: str


class Saved(NamedTuple):
    """A saved file: a digest of each part, and which parts are plain values and no tensors."""

    saved: str
    parts: Streams
    plain: list[str]
    cell: int | None = None


class Drawn(NamedTuple):
    """The first draw from a stream. `likely` is the user's line that is likeliest to have drawn."""

    stream: str
    drawn: str | None
    likely: str | None


class Seeded(NamedTuple):
    """The first seeding of a stream; `late` if it was drawn from before."""

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


class Loaded(NamedTuple):
    """A file that torch.load has read."""

    loaded: str


class Unseeded(NamedTuple):
    """A generator that was made without a seed, in words."""

    unseeded: str


class Settings(NamedTuple):
    """torch's version and settings at the first event."""

    settings: dict[str, Any]


class Mirrored(NamedTuple):
    """The streams at the end, and whether NumPy and torch drew the same numbers."""

    mirrored: bool
    streams: Streams


class End(NamedTuple):
    """The process ended as Python processes do."""

    end: bool


class Other(NamedTuple):
    """A line of a kind that a later version may have brought."""


Event = Batch | Step | LoneLoss | Optimizer | Initial | Saved  # two runs that do the same have them in the same order
EVENTS = get_args(Event)
Line = (
    Header | Event | Final | Gone | Drawn | Seeded | SeededAgain | Missed | Has | Loaded | Unseeded | Settings
    | Mirrored | End | Other
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
    "saved": Saved,
    "drawn": Drawn,
    "seeded": Seeded,
    "again": SeededAgain,
    "missed": Missed,
    "has": Has,
    "loaded": Loaded,
    "unseeded": Unseeded,
    "settings": Settings,
    "mirrored": Mirrored,
    "end": End,
}

_DECODE = json.JSONDecoder().decode


def read_line(text: bytes, name: str, number: int) -> Line:
    """Read line `number` of the tape `name`. Raises TapeError."""
    where = f"{name}: line {number}"
    try:
        data: Any = _DECODE(text.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise TapeError(f"{where} is not JSON: {why}: not a tape, or a broken one: record it again") from error
    if not isinstance(data, dict):
        raise TapeError(f"{where} is not an object: not a tape, or a broken one: record it again")
    if number == 1:
        _check_format(data, name)
    kind = _kind(data)
    if number > 1 and is_plain(text):
        return kind(**data)  # type: ignore[no-any-return]
    values, wrong = _values(kind, data)
    if wrong:
        raise TapeError(f"{where}: {', '.join(wrong)}: missing or invalid: record it again")
    return kind(**values)  # type: ignore[no-any-return]


def _kind(data: dict[str, Any]) -> type[Any]:
    for key in data:
        if key in KINDS:
            return KINDS[key]
    return Other


def _check_format(data: dict[str, Any], name: str) -> None:
    if "tape" not in data:
        raise TapeError(f"{name}: not a tape: its first line does not say that it is one")
    if type(data["tape"]) is not int or data["tape"] != FORMAT:
        shown = repr(data["tape"])[:40]
        raise TapeError(f"{name}: a tape of format {shown}, this seedblock reads {FORMAT}: record it again")


def _values(kind: type[Any], data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what `data` has for the fields of `kind`, and the names of fields that are missing or invalid."""
    values, wrong = {}, []
    for name, wanted in kind.__annotations__.items():
        if name not in data and name in kind._field_defaults:
            continue
        try:
            values[name] = _value(data[name], wanted)
        except (KeyError, TypeError):
            wrong.append(name)
    return values, wrong


def _value(value: Any, wanted: Any) -> Any:
    """Return `value` as a field annotated with `wanted` holds it. Raises TypeError."""
    origin, inner = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return value
    if origin is UnionType:  # X | None
        return None if value is None else _value(value, next(one for one in inner if one is not NoneType))
    if origin is list and isinstance(value, list):
        return [_value(item, inner[0]) for item in value]
    if origin is dict and isinstance(value, dict):
        return {key: _value(item, inner[1]) for key, item in value.items()}
    if wanted is Module and isinstance(value, dict):
        values, wrong = _values(Module, value)
        if not wrong:
            return Module(**values)
    if wanted is int and type(value) is int and -1 < value < MAX_INT:
        return value
    if wanted in (str, bool) and isinstance(value, wanted):
        return value
    raise TypeError
