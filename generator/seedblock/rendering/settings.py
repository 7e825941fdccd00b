"""What a user may change about the catalogue: field defaults, and the choice of snippets. Parsed and checked once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from seedblock.errors import UsageError, unknown
from seedblock.rendering.model import Entry


class Settings(NamedTuple):
    """What `--set` and `--only` ask for.

    `defaults` are sorted pairs of a field and its value. `only` names snippets; empty means all, and None means
    not given.
    """

    defaults: tuple[tuple[str, str], ...] = ()
    only: tuple[str, ...] | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """The command-line words that ask for this."""
        words = [word for name, value in self.defaults for word in ("--set", f"{name}={value}")]
        return (*words, "--only", ",".join(self.only)) if self.only else tuple(words)


def parse(
    entries: Sequence[Entry], assignments: Iterable[str], names: Iterable[str] = (), all_snippets: bool = False
) -> Settings:
    """Read the values of `--set`, `--only` and `--all-snippets`. Raises UsageError with everything that is wrong."""
    words = [name.strip() for word in names for name in word.split(",")]
    known = [entry.abbreviation for entry in entries]
    problems = [
        unknown("snippet", word, known) if word else "--only takes abbreviations separated by commas, got ''"
        for word in dict.fromkeys(words)
        if word not in known
    ]
    if words and all_snippets:
        problems.append("--only and --all-snippets are opposites: give one")
    values: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            problems.append(f"--set takes FIELD=VALUE, got {assignment!r}")
        elif values.setdefault(name, value) != value:
            problems.append(f"--set gives {name} twice: {values[name]!r} and {value!r}")
    problems += wrong_defaults(values, entries)
    if problems:
        raise UsageError(*problems)
    only = tuple(name for name in known if name in words) if words or all_snippets else None
    return Settings(tuple(sorted(values.items())), only)


def wrong_defaults(values: Mapping[str, str], entries: Iterable[Entry]) -> list[str]:
    """Say which fields no entry has, and which values their fields do not accept."""
    fields = dict.fromkeys(field for entry in entries for field in entry.fields)  # a shared one only once
    names = {field.name for field in fields}
    return [unknown("field", name, names) for name in values if name not in names] + [
        f"{field.name} must be {field.kind}, got {values[field.name]!r}"
        for field in fields
        if field.name in values and not field.kind.accepts(values[field.name])
    ]


def apply(settings: Settings, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries that `settings` name, with the defaults of their fields changed."""
    values = dict(settings.defaults)
    return tuple(
        entry._replace(
            fields=tuple(field._replace(default=values.get(field.name, field.default)) for field in entry.fields)
        )
        for entry in entries
        if not settings.only or entry.abbreviation in settings.only
    )
