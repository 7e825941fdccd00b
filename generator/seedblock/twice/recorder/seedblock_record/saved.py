"""Records what the script saves with torch.save and safetensors, by content."""

from __future__ import annotations

import functools
import os
from typing import Any

from seedblock_record.content import Content
from seedblock_record.tape import Tape
from seedblock_record.wrapping import transparent

MAX_PARTS = 200  # of a saved object, digested one by one
MAX_PLAIN = 10_000  # values of a list without tensors
MAX_DEPTH = 5  # of nested dictionaries that are taken apart
MAX_KEY_LENGTH = MAX_NAME_LENGTH = 100  # characters of a key, and of a file's name
MAX_BYTES = 1_000_000_000  # digested of each tensor


def watch_save(torch: Any, tape: Tape) -> None:
    save = torch.save

    @functools.wraps(save)
    @transparent
    def watched_save(obj: Any, f: Any, *arguments: Any, **options: Any) -> Any:
        tape.guard("saved files", _record, tape, obj, f)
        return save(obj, f, *arguments, **options)

    torch.save = torch.serialization.save = watched_save


def watch_safetensors(module: Any, tape: Tape) -> None:
    save = module.save_file

    @functools.wraps(save)
    @transparent
    def watched_save_file(tensors: Any, filename: Any, *arguments: Any, **options: Any) -> Any:
        tape.guard("saved files", _record, tape, tensors, filename)
        return save(tensors, filename, *arguments, **options)

    module.save_file = watched_save_file


def _record(tape: Tape, item: Any, file: Any) -> None:
    """Write a digest of what is saved; for a dictionary, one for each part, so that the one that differs can be named."""
    if hasattr(item, "state_dict") and hasattr(item, "named_parameters"):
        item = item.state_dict()
    parts: dict[str, Any] = {}
    _split(item, "", parts, MAX_DEPTH)
    digests, plain = {}, []
    for key, value in parts.items():
        content = Content(max_bytes=MAX_BYTES, rows=False)
        content.add(_without_folder(value))
        digests[key] = f"{content.digest:08x}"
        if _is_plain(value):
            plain.append(key)
    tape.write(saved=_file_name(file), parts=digests, plain=plain)


def _is_plain(value: Any, depth: int = MAX_DEPTH) -> bool:
    """Tell whether a value has no tensor in it: it may be a time, or a list of them."""
    if type(value) in (list, tuple) and depth > 0:
        return len(value) <= MAX_PLAIN and all(_is_plain(part, depth - 1) for part in value)
    return value is None or type(value) in (str, int, float, bool)


def _split(item: Any, name: str, parts: dict[str, Any], depth: int) -> None:
    """Take dictionaries apart, even nested ones, as long as there are few enough parts, and add these to `parts`."""
    if isinstance(item, dict) and depth > 0 and 0 < len(item) <= MAX_PARTS - len(parts):
        for key, value in item.items():
            short = str(_without_folder(key))[:MAX_KEY_LENGTH]
            _split(value, f"{name}.{short}" if name else short, parts, depth - 1)
    else:
        while name in parts:  # two long keys that begin alike
            name += "'"
        parts[name] = item


def _without_folder(value: Any) -> Any:
    """Cut an absolute path to its last part: a library may give each run its own folder."""
    return os.path.basename(value) if isinstance(value, str) and os.path.isabs(value) else value


def _file_name(file: Any) -> str:
    """The last part of a path, or an open file's type."""
    if not isinstance(file, (str, os.PathLike)):
        return type(file).__name__
    return os.path.basename(os.fsdecode(file))[:MAX_NAME_LENGTH]
