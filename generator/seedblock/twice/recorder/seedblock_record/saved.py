"""What the script saves with torch.save and safetensors, by content."""

from __future__ import annotations

import functools
import os
from typing import Any

from seedblock_record.content import Content
from seedblock_record.tape import Tape
from seedblock_record.wrapping import transparent

KEYS = 200  # parts of a saved object that are named
DEEP = 5  # dictionaries in each other whose parts are named
LONGEST = 100  # characters of a key
WHOLE = 1_000_000_000  # bytes of each tensor that are digested


def watch_save(torch: Any, tape: Tape) -> None:
    save = torch.save

    @functools.wraps(save)
    @transparent
    def watched_save(obj: Any, f: Any, *arguments: Any, **options: Any) -> Any:
        tape.guard("saved files", _note, tape, obj, f)
        return save(obj, f, *arguments, **options)

    torch.save = torch.serialization.save = watched_save
    load = torch.load

    @functools.wraps(load)
    @transparent
    def watched_load(f: Any, *arguments: Any, **options: Any) -> Any:
        tape.guard("saved files", lambda: tape.fact(loaded=_name(f)))
        return load(f, *arguments, **options)

    torch.load = torch.serialization.load = watched_load


def watch_safetensors(module: Any, tape: Tape) -> None:
    save = module.save_file

    @functools.wraps(save)
    @transparent
    def watched_save_file(tensors: Any, filename: Any, *arguments: Any, **options: Any) -> Any:
        tape.guard("saved files", _note, tape, tensors, filename)
        return save(tensors, filename, *arguments, **options)

    module.save_file = watched_save_file


def _note(tape: Tape, item: Any, file: Any) -> None:
    """Write what is saved: of a dictionary each part, so that the one that differs can be named."""
    if hasattr(item, "state_dict") and hasattr(item, "named_parameters"):
        item = item.state_dict()
    parts: dict[str, Any] = {}
    _part(item, "", parts, DEEP)
    digests, plain = {}, []
    for key, value in parts.items():
        content = Content(budget=WHOLE, rows=False)
        content.add(_without_folder(value))
        digests[key] = f"{content.digest:08x}"
        if content.count == 1 and isinstance(value, (str, float)):
            plain.append(key)
    tape.write(saved=_name(file), parts=digests, plain=plain)


def _part(item: Any, name: str, parts: dict[str, Any], deep: int) -> None:
    """Part dictionaries in each other, as far as there is room for their names."""
    if isinstance(item, dict) and deep > 0 and 0 < len(item) <= KEYS - len(parts):
        for key, value in item.items():
            short = str(_without_folder(key))[:LONGEST]
            _part(value, f"{name}.{short}" if name else short, parts, deep - 1)
    else:
        while name in parts:  # names that were cut short
            name += "'"
        parts[name] = item


def _without_folder(value: Any) -> Any:
    """The last part of a path: a library may give each run a folder of its own."""
    return os.path.basename(value) if isinstance(value, str) and os.path.isabs(value) else value


def _name(file: Any) -> str:
    """The last part of a path; of an open file what it is."""
    if not isinstance(file, (str, os.PathLike)):
        return type(file).__name__
    return os.path.basename(os.fsdecode(file))[:100]
