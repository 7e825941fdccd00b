"""Lines of a tape, made by hand."""

import json
from collections.abc import Iterable
from typing import Any

from seedblock.twice.tape.lines import FORMAT, Part

Line = dict[str, Any]  # as JSON has it


def part(lines: Iterable[Line], first: int = 1, spaces: str = "") -> Part:
    """Write lines down, without spaces as the recorder does."""
    return Part("a.tape", first, [json.dumps(line, separators=(f",{spaces}", f":{spaces}")).encode() for line in lines])


def header(**process: Any) -> Line:
    known = {"main": True, "rank": None, "how": "start", "thread": None, "name": None, "argv": ["train.py"], "pid": 7}
    return {"tape": FORMAT, "process": {**known, **process}, "environment": {"python": "3.11", "hash": 1}}


def batch(number: int, data: str = "d0", samples: str = "0000000100000002", begins: Any = None, **streams: str) -> Line:
    line = {"batch": number, "data": data, "samples": samples, "streams": streams}
    return line if begins is None else {**line, "begins": begins}


def step(
    number: int, weights: str = "w0:00010002", loss: str = "l0", gradients: str = "g0:00030004", **streams: str
) -> Line:
    return {
        "step": number, "optimizer": 0, "turn": 0, "weights": weights, "gradients": gradients, "streams": streams,
        "loss": [1.0], "loss_bits": [loss],
    }  # fmt: skip


OPTIMIZER: Line = {
    "optimizer": 0, "parameters": ["first", "second"], "count": 2, "shapes": "s", "turns": [[0, 1]], "steps_for_all": 1,
    "whole": None,
}  # fmt: skip
ENTRY = {"module": "Net", "names": ["first", "second"], "digests": "i0:00010002"}
INITIAL: Line = {"initial": [ENTRY], "streams": {}}
FINAL: Line = {"final": [ENTRY]}
SAVED: Line = {"saved": "a.pt", "parts": {"net": "n0", "time": "t0"}, "plain": ["time"]}
SETTINGS: Line = {"settings": {"torch": "2.13", "threads": 1}}
DRAWN: Line = {"stream": "torch", "drawn": "train.py:3", "after": "train.py:3", "likely": "train.py:3"}
LAST: Line = {"streams": {"torch": "t0"}, "mirrored": False}
END: Line = {"end": True}
WHOLE_TAPE = (
    header(), DRAWN, SETTINGS, batch(0, begins={"loader": 0, "sampler": "RandomSampler", "workers": 2, "at": "train.py:9"}),
    INITIAL, OPTIMIZER, step(0, torch="t0"), batch(1), step(1, torch="t0"), SAVED, {"gone": 0, "weights": "w0:00010002"}, LAST, FINAL,
    {"state": "s0:00010002", "of": 0}, {"scalers": ["scale 2.0"]}, {"listed": "train.py:3"}, {"read": "a.npz"},
    {"generator": "g", "seed": "1"}, {"memory": [[1, 2], [4, 8]]}, END,
)  # fmt: skip
