"""Which snippets an editor gets, and with which defaults: as asked now, else as chosen before. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from seedblock.errors import UsageError
from seedblock.rendering.model import Entry
from seedblock.rendering.settings import set_defaults


class Choice(NamedTuple):
    """`settings` maps fields to defaults, sorted; `only` has abbreviations, and none stands for all."""

    settings: tuple[tuple[str, str], ...] = ()
    only: tuple[str, ...] = ()

    @property
    def options(self) -> str:
        """The options that ask for it."""
        words = [f"--set {name}={value}" for name, value in self.settings]
        return " ".join([*words, f"--only {','.join(self.only)}"] if self.only else words)


def asked(settings: Iterable[str], only: Iterable[str]) -> Choice:
    """Read what the command line, which has been checked, asks for."""
    pairs = dict(setting.split("=", 1) for setting in settings)
    return Choice(tuple(sorted(pairs.items())), tuple(only))


def merged(before: Choice, now: Choice, all_snippets: bool) -> Choice:
    """Keep each earlier choice that the command line does not change."""
    settings = tuple(sorted({**dict(before.settings), **dict(now.settings)}.items()))
    return Choice(settings, () if all_snippets else now.only or before.only)


def valid(choice: Choice, catalog: Sequence[Entry]) -> tuple[Choice, list[str]]:
    """Drop what this version does not know, and name it."""
    dropped = []
    settings = []
    for name, value in choice.settings:
        try:
            set_defaults(catalog, {name: value})
            settings.append((name, value))
        except UsageError:
            dropped.append(f"--set {name}={value}")
    names = [entry.abbreviation for entry in catalog]
    dropped += [f"--only {name}" for name in choice.only if name not in names]
    return Choice(tuple(settings), tuple(name for name in choice.only if name in names)), dropped


def applied(choice: Choice, catalog: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the chosen entries with the chosen defaults."""
    entries = set_defaults(catalog, dict(choice.settings))
    return tuple(entry for entry in entries if not choice.only or entry.abbreviation in choice.only)


def changed(choice: Choice, catalog: Sequence[Entry]) -> Choice:
    """Leave out of a choice what is as the catalogue has it: there is nothing to remember of it."""
    defaults: Mapping[str, str] = {field.name: field.default for entry in catalog for field in entry.fields}
    settings = tuple((name, value) for name, value in choice.settings if defaults.get(name) != value)
    return Choice(settings, () if len(set(choice.only)) == len(catalog) else choice.only)
