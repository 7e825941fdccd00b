"""A line of a tape, read and checked. Nothing here reads a file."""

import json
from types import NoneType, UnionType
from typing import Any, NamedTuple, get_args, get_origin

from seedblock.errors import UsageError
from seedblock.twice.recorder.seedblock_format import FORMAT
from seedblock.twice.tape.clean import clean, may_be_unfit
from seedblock.twice.tape.fast_lines import is_plain
from seedblock.twice.tape.line_kinds import KINDS, Line, Module, Other

MAX_LINE_BYTES = 16_000_000
MAX_INT = 2**53  # beyond it a JSON number may have lost digits


class TapeError(UsageError):
    """A tape that cannot be read: which one, where, and why."""


class Part(NamedTuple):
    """Whole lines of the tape `name`, as bytes; `first` is the number of the first one, from 1."""

    name: str
    first: int
    texts: list[bytes]


_DECODE = json.JSONDecoder().decode


def read_line(text: bytes, name: str, number: int) -> Line:
    """Read line `number` of the tape `name`. Raises TapeError."""
    where = f"{name}: line {number}"
    data = decode(text, where)
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


def decode(text: bytes, where: str) -> Any:
    """Read JSON; what is shown of it later is clean. Raises TapeError that begins with `where`."""
    try:
        data = _DECODE(text.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise TapeError(f"{where} is not JSON: {why}: not a tape, or a broken one: record it again") from error
    try:
        return clean(data) if may_be_unfit(text) else data
    except ValueError as error:
        raise TapeError(f"{where}: {error}: not a tape, or a broken one: record it again") from error


def _kind(data: dict[str, Any]) -> type[Any]:
    for key in data:
        if key in KINDS:
            return KINDS[key]
    return Other


def _check_format(data: dict[str, Any], name: str) -> None:
    if "tape" not in data:
        raise TapeError(f"{name}: not a tape: its first line does not say that it is one")
    check_format(data["tape"], name)


def check_format(found: Any, name: str) -> None:
    """Raise TapeError if the tape `name` has another format than ours."""
    if type(found) is not int or found != FORMAT:
        raise TapeError(f"{name}: a tape of format {found!r:.40}; this seedblock reads {FORMAT}: record it again")


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
    """Convert `value` for a field annotated with `wanted`. Raises TypeError."""
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
