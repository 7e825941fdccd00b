"""What a user may change of the catalogue: defaults by `--set FIELD=VALUE`, and which snippets by `--only`."""

import argparse
from collections.abc import Iterable, Mapping, Sequence

from seedblock.errors import UsageError, unknown
from seedblock.rendering.model import Entry


def add_set(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="settings", help="another default for a field"
    )


def add_only(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--only", metavar="NAME,...", action="append", default=[], help="these snippets only, by their abbreviations"
    )


def selected(entries: Sequence[Entry], words: Iterable[str], problems: list[str]) -> tuple[Entry, ...]:
    """Apply `--only`: keep the entries named, or all where none is. What is wrong is added to `problems`."""
    names = [name.strip() for word in words for name in word.split(",")]
    known = {entry.abbreviation for entry in entries}
    problems += [
        unknown("snippet", name, known) if name else "--only takes abbreviations with commas between them, got ''"
        for name in dict.fromkeys(names)
        if name not in known
    ]
    return tuple(entry for entry in entries if not names or entry.abbreviation in names)


def with_settings(entries: Sequence[Entry], settings: Sequence[str], problems: list[str]) -> tuple[Entry, ...]:
    """Apply `--set`; raise UsageError with `problems` and with everything wrong in `settings`, in one go."""
    values: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            problems.append(f"--set takes FIELD=VALUE, got {setting!r}")
        elif values.setdefault(name, value) != value:
            problems.append(f"--set gives {name} twice: {values[name]!r} and {value!r}")
    try:
        entries = set_defaults(entries, values)
    except UsageError as error:
        problems.extend(error.problems)
    if problems:
        raise UsageError(*problems)
    return tuple(entries)


def set_defaults(entries: Iterable[Entry], values: Mapping[str, str]) -> tuple[Entry, ...]:
    """Return `entries` with each field named in `values` at that default, in every entry that has it.

    Raises UsageError with every unknown field and every value that its field's kind does not accept.
    """
    entries = tuple(entries)
    fields = [field for entry in entries for field in entry.fields]
    names = {field.name for field in fields}
    problems = [unknown("field", name, names) for name in values if name not in names]
    problems += [
        f"{field.name} must be {field.kind}, got {values[field.name]!r}"
        for field in dict.fromkeys(fields)  # one that several snippets share is named once
        if field.name in values and not field.kind.accepts(values[field.name])
    ]
    if problems:
        raise UsageError(*problems)
    return tuple(
        entry._replace(fields=tuple(f._replace(default=values.get(f.name, f.default)) for f in entry.fields))
        for entry in entries
    )
