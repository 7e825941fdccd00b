"""What the script saves with torch.save and safetensors, by content."""

from __future__ import annotations

import functools
import os
from typing import Any

from seedblock_record.content import Content
from seedblock_record.frames import unseen
from seedblock_record.tape import Tape

KEYS = 200  # parts of a saved object that are named
WHOLE = 1_000_000_000  # bytes of each tensor that are digested


def watch_save(torch: Any, tape: Tape) -> None:
    save = torch.save

    @functools.wraps(save)
    @unseen
    def watched_save(obj: Any, f: Any, *arguments: Any, **options: Any) -> Any:
        tape.guard("saved files", _note, tape, obj, f)
        return save(obj, f, *arguments, **options)

    torch.save = torch.serialization.save = watched_save
    load = torch.load

    @functools.wraps(load)
    @unseen
    def watched_load(f: Any, *arguments: Any, **options: Any) -> Any:
        tape.guard("saved files", lambda: tape.fact(loaded=_name(f)))
        return load(f, *arguments, **options)

    torch.load = torch.serialization.load = watched_load


def watch_safetensors(module: Any, tape: Tape) -> None:
    save = module.save_file

    @functools.wraps(save)
    @unseen
    def watched_save_file(tensors: Any, filename: Any, *arguments: Any, **options: Any) -> Any:
        tape.guard("saved files", _note, tape, tensors, filename)
        return save(tensors, filename, *arguments, **options)

    module.save_file = watched_save_file


def _note(tape: Tape, item: Any, file: Any) -> None:
    """Write what is saved: of a dictionary each part, so that the one that differs can be named."""
    if hasattr(item, "state_dict") and hasattr(item, "named_parameters"):
        item = item.state_dict()
    parts = item.items() if isinstance(item, dict) and 0 < len(item) <= KEYS else [("", item)]
    digests, plain = {}, []
    for key, value in parts:
        content = Content(budget=WHOLE, rows=False)
        content.add(value)
        digests[str(key)[:100]] = f"{content.digest:08x}"
        if content.count == 1 and isinstance(value, (str, float)):
            plain.append(str(key)[:100])
    tape.write(saved=_name(file), parts=digests, plain=plain)


def _name(file: Any) -> str:
    """The last part of a path; of an open file what it is."""
    if not isinstance(file, (str, os.PathLike)):
        return type(file).__name__
    return os.path.basename(os.fsdecode(file))[:100]
