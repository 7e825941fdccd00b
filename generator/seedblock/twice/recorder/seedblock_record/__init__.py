"""Records this process: what it loads, draws, computes and learns, as digests on a tape. Needs nothing else installed.

It runs inside the user's training. Nothing here may change it, end it, or draw a random number. Needs Python 3.8 or later. torch
and NumPy are used once the script has imported them, never before. Until then only built-in modules are: any other one would hide
a file of the script's with its name.
"""

from __future__ import annotations

import atexit
import os
import sys
from _functools import partial  # type: ignore[import-not-found]  # functools.partial, built in

from seedblock_record.imports import before_import, overlooked, when_imported
from seedblock_record.leaving import watch_exit
from seedblock_record.libraries import watch_numpy, watch_python
from seedblock_record.listing import Listings, reverse_listings
from seedblock_record.memory import note_memory
from seedblock_record.pools import LOOPS, watch_pool
from seedblock_record.process import begin_process
from seedblock_record.reads import Reads
from seedblock_record.streams import Streams
from seedblock_record.tape import Tape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# What is not recorded if a library was imported unseen.
PARTS = {
    "random": "random streams",
    "numpy.random": "random streams",
    "torch": "torch",
    "safetensors.torch": "saved files",
}


def start() -> None:
    """Start recording if SEEDBLOCK_TAPE names a folder for the tape."""
    folder = os.environ.get("SEEDBLOCK_TAPE")
    if not folder:
        return
    tape = Tape(folder, begin_process())
    streams = Streams(tape)
    if os.environ.get("SEEDBLOCK_CLOCK") == "1":
        _count_time(tape)
    if os.environ.get("SEEDBLOCK_LISTING") == "reversed":
        reverse_listings()
    watch_exit(tape)
    tape.at_end += [streams.end, partial(note_memory, tape)]
    tape.after_fork.append(streams.after_fork)
    when_imported("random", partial(streams.guard, watch_python, streams))
    when_imported("numpy.random", partial(streams.guard, watch_numpy, streams))
    for pools in LOOPS:
        when_imported(pools, partial(tape.guard, "jobs", watch_pool, tape))
    when_imported("torch", partial(tape.guard, "torch", _watch_torch, tape, streams))
    when_imported("safetensors.torch", partial(tape.guard, "saved files", _watch_safetensors, tape))
    if tape.process["main"]:
        tape.guard("the recorder", tape.open)
    atexit.register(_note_overlooked, tape)
    sys.addaudithook(_listener(tape, _reads(tape)))


def _listener(tape: Tape, reads: Reads | None) -> Callable[[str, Any], None]:
    """What Python calls for each event that it audits: the script cannot replace this as it can replace sys.meta_path."""
    listings = Listings(tape)
    hooks: dict[str, Callable[[Any], object]] = {
        "import": lambda arguments: before_import(arguments[0]),
        "os.exec": lambda _: tape.guard("the end", tape.note_exec),
        "os.listdir": lambda _: tape.guard("listings", listings.note),
        "os.scandir": lambda _: tape.guard("listings", listings.note),
    }
    if reads is not None:
        hooks.update(_of_reads(tape, reads))

    def listen(event: str, arguments: Any) -> None:
        hook = hooks.get(event)  # also called for each id() and file: this is all that it may take
        if hook is not None:
            hook(arguments)

    return listen


def _reads(tape: Tape) -> Reads | None:
    try:
        return Reads(tape)
    except OSError:  # the working folder is gone
        return None


def _of_reads(tape: Tape, reads: Reads) -> dict[str, Callable[[Any], object]]:
    part = "files that were read"

    def opened(arguments: Any) -> None:
        if reads.may_matter(arguments[0]):
            tape.guard(part, reads.opened, arguments[0], arguments[2] if len(arguments) > 2 else 0)

    return {
        "open": opened,
        "sqlite3.connect": opened,
        "os.rename": lambda arguments: tape.guard(part, reads.wrote, arguments[1]),
    }


def _note_overlooked(tape: Tape) -> None:
    """At the end, write down what the script has imported past the recorder. A process without a tape gets one for it."""
    parts = {PARTS[name]: name for name in overlooked() if name in PARTS}
    for part, name in parts.items():
        why = f"{name} was imported by an importer that the recorder does not see"
        tape.guard("the end", partial(tape.write, missed=part, why=why))
    if parts:
        tape.end()


def _count_time(tape: Tape) -> None:
    from seedblock_record import clock, steady, timed

    for part in (clock, steady):
        tape.guard("the clock", part.begin)
    for name, callback in (*timed.OF_MODULES.items(), *steady.OF_MODULES.items()):
        when_imported(name, partial(tape.guard, "the clock", callback))


def _watch_torch(tape: Tape, streams: Streams, torch: Any) -> None:
    from seedblock_record.hooks import watch_torch

    watch_torch(torch, tape, streams)


def _watch_safetensors(tape: Tape, module: Any) -> None:
    from seedblock_record.saved import watch_safetensors

    watch_safetensors(module, tape)
