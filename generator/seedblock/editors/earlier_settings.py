"""The settings that an earlier `install` saved for a folder, and those of this run. Pure."""

from collections.abc import Sequence

from seedblock.rendering.model import Entry
from seedblock.rendering.settings import Settings, wrong_defaults


def merge(earlier: Settings, now: Settings) -> Settings:
    """Keep the earlier settings that the command line does not change."""
    defaults = {**dict(earlier.defaults), **dict(now.defaults)}
    return Settings(tuple(sorted(defaults.items())), earlier.only if now.only is None else now.only)


def drop_unknown(earlier: Settings, catalog: Sequence[Entry]) -> tuple[Settings, list[str]]:
    """Drop what this version does not know. Also return the dropped options."""
    wrong = [(name, value) for name, value in earlier.defaults if wrong_defaults({name: value}, catalog)]
    names = [entry.abbreviation for entry in catalog]
    only = tuple(name for name in earlier.only or () if name in names)
    dropped = [f"--set {name}={value}" for name, value in wrong]
    dropped += [f"--only {name}" for name in earlier.only or () if name not in names]
    return Settings(tuple(pair for pair in earlier.defaults if pair not in wrong), only), dropped


def drop_defaults(settings: Settings, catalog: Sequence[Entry]) -> Settings:
    """Drop what equals the catalogue's own: it need not be saved."""
    defaults = {field.name: field.default for entry in catalog for field in entry.fields}
    only = settings.only or ()
    return Settings(
        tuple(pair for pair in settings.defaults if defaults.get(pair[0]) != pair[1]),
        () if len(set(only)) == len(catalog) else only,
    )
