"""The lines that come most often, plain batches, steps and losses as the recorder writes them: read without a parser. Pure."""

import re
from typing import Any, NamedTuple

_INT = r"\d{1,15}"
_PAIR = r'"\w+":"\w*"'
_STREAMS = rf'"streams":\{{(?:{_PAIR}(?:,{_PAIR})*)?\}}'
_LOSS = r'"loss":\[([-+.\w,]*)\],"loss_bits":\[((?:"\w+"(?:,"\w+")*)?)\]'
_CELL = rf'(?:,"cell":{_INT})?'
_STEP = re.compile(
    rf'\{{"step":({_INT}),"optimizer":{_INT},"turn":{_INT},"weights":"[\w:]*","gradients":"[\w:]*",{_STREAMS},{_LOSS}{_CELL}\}}'.encode()
)
_LONE = re.compile(rf'\{{"lone":{_INT},{_LOSS},"weights":"[\w:]*",{_STREAMS}{_CELL}\}}'.encode())
_BATCH = re.compile(rf'\{{"batch":({_INT}),"data":"(\w*)","samples":"(\w*)",{_STREAMS}{_CELL}\}}'.encode())


class Batch(NamedTuple):
    """A batch that begins no epoch, and of which all was looked into: what of its line tells epochs apart."""

    line: dict[str, Any]


class Losses(NamedTuple):
    """The losses of a step, or of none: their number, and the value of the last one."""

    step: int | None
    number: int
    last: float | None


def read(text: bytes) -> Batch | Losses | None:
    """Read a line; None where it is of another kind, or written in another way."""
    if found := _STEP.fullmatch(text):
        step, losses, bits = found.groups()
        return _losses(int(step), losses, bits)
    if found := _BATCH.fullmatch(text):
        number, data, samples = found.groups()
        return Batch({"batch": int(number), "data": data.decode("ascii"), "samples": samples.decode("ascii")})
    if found := _LONE.fullmatch(text):
        losses, bits = found.groups()
        return _losses(None, losses, bits)
    return None


def _losses(step: int | None, losses: bytes, bits: bytes) -> Losses | None:
    try:
        return Losses(step, bits.count(b'"') // 2, float(losses.rpartition(b",")[2]) if losses else None)
    except ValueError:  # no number
        return None


def fits(text: bytes) -> bool:
    """Tell whether a line is of these: then it holds what a line of its kind must hold."""
    return any(pattern.fullmatch(text) for pattern in (_STEP, _BATCH, _LONE))
