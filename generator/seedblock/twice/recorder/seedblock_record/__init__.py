"""Records this process: what it loads, draws, computes and learns, as digests on a tape. Needs nothing else installed.

It runs inside the user's training. Nothing here may change it, end it, or draw a random number. Needs Python 3.8 or later. torch
and NumPy are used once the script has imported them, never before.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from seedblock_record.imports import when_imported
from seedblock_record.libraries import watch_environments, watch_numpy, watch_python
from seedblock_record.process import begin_process
from seedblock_record.streams import Streams
from seedblock_record.tape import Tape


def start() -> None:
    """Start recording if SEEDBLOCK_TAPE names a folder for the tape."""
    folder = os.environ.get("SEEDBLOCK_TAPE")
    if not folder:
        return
    tape = Tape(folder, begin_process())
    streams = Streams(tape)
    tape.at_end.append(streams.end)
    tape.after_fork.append(streams.after_fork)
    when_imported("random", partial(streams.guard, watch_python, streams))
    when_imported("numpy.random", partial(streams.guard, watch_numpy, streams))
    for library in ("gymnasium", "gym"):
        when_imported(f"{library}.utils.seeding", partial(streams.guard, watch_environments, streams))
    when_imported("torch", partial(tape.guard, "torch", _watch_torch, tape, streams))
    when_imported("safetensors.torch", partial(tape.guard, "saved files", _watch_safetensors, tape))
    if tape.process["main"]:
        tape.guard("the recorder", tape.open)


def _watch_torch(tape: Tape, streams: Streams, torch: Any) -> None:
    from seedblock_record.hooks import watch_torch

    watch_torch(torch, tape, streams)


def _watch_safetensors(tape: Tape, module: Any) -> None:
    from seedblock_record.saved import watch_safetensors

    watch_safetensors(module, tape)
