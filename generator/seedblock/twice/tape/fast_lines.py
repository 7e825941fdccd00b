"""The most frequent lines, as the recorder writes them: plain batches, steps and losses, read without a JSON parser. Pure."""

import re
from typing import NamedTuple

_INT = r"\d{1,15}"
_PAIR = r'"\w+":"\w*"'
_STREAMS = rf'"streams":\{{(?:{_PAIR}(?:,{_PAIR})*)?\}}'
_LOSS = r'"loss":\[([-+.\w,]*)\],"loss_bits":\[((?:"\w+"(?:,"\w+")*)?)\]'
_OPTIONS = (
    r'(?:,"options":\{"[ !#-\[\]-~]*":"[ !#-\[\]-~]*"(?:,"[ !#-\[\]-~]*":"[ !#-\[\]-~]*")*\})?(?:,"state":"[\w:]*")?'
)
_CELL = rf'(?:,"cell":{_INT})?'
_STEP = re.compile(
    (
        rf'\{{"step":({_INT}),"optimizer":({_INT}),"turn":{_INT},"weights":"[\w:]*","gradients":"[\w:]*",{_STREAMS},'
        rf"{_LOSS}{_OPTIONS}{_CELL}\}}"
    ).encode()
)
_LONE = re.compile(rf'\{{"lone":{_INT},{_LOSS},"weights":"[\w:]*",{_STREAMS}{_CELL}\}}'.encode())
_BATCH = re.compile(rf'\{{"batch":{_INT},"data":"(\w*)","samples":"(\w*)",{_STREAMS}{_CELL}\}}'.encode())
_PLAIN = re.compile(b"|".join(pattern.pattern for pattern in (_STEP, _BATCH, _LONE)))


class PlainBatch(NamedTuple):
    """A batch that begins no epoch and was digested in full: the digests that identify its epoch."""

    data: str
    samples: str


class PlainLosses(NamedTuple):
    """The losses of a step (None: no step followed them): how many, the value of the last one, and the optimizer."""

    step: int | None
    losses: int
    last: float | None
    optimizer: int = 0


def read_plain(text: bytes) -> PlainBatch | PlainLosses | None:
    """Read a line; None for another kind, or the same kind written in another way."""
    if found := _STEP.fullmatch(text):
        step, optimizer, losses, bits = found.groups()
        return _losses(int(step), losses, bits, int(optimizer))
    if found := _BATCH.fullmatch(text):
        data, samples = found.groups()
        return PlainBatch(data.decode("ascii"), samples.decode("ascii"))
    if found := _LONE.fullmatch(text):
        losses, bits = found.groups()
        return _losses(None, losses, bits)
    return None


def _losses(step: int | None, losses: bytes, bits: bytes, optimizer: int = 0) -> PlainLosses | None:
    try:
        last = float(losses.rpartition(b",")[2]) if losses else None
        return PlainLosses(step, bits.count(b'"') // 2, last, optimizer)
    except ValueError:
        return None


def is_plain(text: bytes) -> bool:
    """Tell whether a line is one of these. If so, it is valid: the pattern checks it."""
    return _PLAIN.fullmatch(text) is not None
