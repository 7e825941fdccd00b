"""The torch.Generators of the script that get no seed or another one in each run. torch's own class cannot be watched.

They are found in global variables and in the attributes of what these hold, with the seed that they have; and in the text of the
user's files, where a variable gets a generator and `seed()` is called on it without a number.
"""

from __future__ import annotations

import linecache
import re
import sys
from collections.abc import Iterator
from typing import Any

from seedblock_record.frames import file_globals, name_line, user_file

MAX_LOOKED_AT = 5_000  # objects
MAX_FILES, MAX_GENERATORS = 100, 20
MAX_LENGTH = 100  # characters of a name
MADE = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*)\s*(?::[^=]+)?=\s*(?:\w+\.)*Generator\(")


def found_generators() -> dict[str, str | None]:
    """The seed of each generator, by what it is called; None if it is not known but random for sure."""
    names = _user_names()
    found: dict[str, str | None] = {}
    lines = {}
    for filename, known in names.items():
        for variable, number in _seeded_without_number(filename):
            lines[variable] = name_line(filename, number)
            generator = known.get(variable)
            found[_words(variable, lines[variable])] = _seed(generator)
    for variable, generator in _live(names.values()):
        if len(found) < MAX_GENERATORS and variable not in lines:
            found[f"the torch.Generator `{variable[:MAX_LENGTH]}` has another seed in each run"] = _seed(generator)
    return found


def _words(variable: str, line: str) -> str:
    return f"the torch.Generator `{variable[:MAX_LENGTH]}` is seeded without a number at {line}"


def _seed(generator: Any) -> str | None:
    return str(generator.initial_seed()) if type(generator) is sys.modules["torch"].Generator else None


def _user_names() -> dict[str, dict[str, Any]]:
    """The global names of the user's files that are loaded, by the file's name."""
    found = {name: known for name, known in file_globals().items() if user_file(name)}
    for module in list(sys.modules.values()):
        # A lazy module would be loaded by vars().
        known = object.__getattribute__(module, "__dict__") if issubclass(type(module), type(sys)) else {}
        filename = known.get("__file__")
        if type(filename) is str and len(found) < MAX_FILES and user_file(filename):
            found[filename] = known
    return found


def _seeded_without_number(filename: str) -> Iterator[tuple[str, int]]:
    """The variables of generators that a file seeds without a number, and the lines."""
    lines = linecache.getlines(filename)
    made = {name for line in lines if "Generator(" in line for name in MADE.findall(line)}
    for name in sorted(made):
        seeds = re.compile(rf"(?<![\w.]){re.escape(name)}\.seed\(\s*\)")
        for number, line in enumerate(lines, start=1):
            if seeds.search(line) and not line.lstrip().startswith("#"):
                yield name, number
                break


def _live(namespaces: Any) -> Iterator[tuple[str, Any]]:
    """Generators in namespaces and, one step further, in the attributes of objects; reading these runs no code."""
    kind, looked_at = sys.modules["torch"].Generator, 0
    for names in namespaces:
        for name, value in list(names.items()):
            if type(value) is kind:
                yield name, value
                continue
            inner = {} if issubclass(type(value), (type, type(sys))) else _attributes(value)
            looked_at += 1 + len(inner)
            if looked_at > MAX_LOOKED_AT:
                return
            for attribute, part in list(inner.items()):
                if type(part) is kind:
                    yield f"{name}.{attribute}", part


def _attributes(value: Any) -> dict[str, Any]:
    try:
        found = object.__getattribute__(value, "__dict__")
    except Exception:  # noqa: BLE001 - it has none, or a property of that name
        return {}
    return found if type(found) is dict else {}
