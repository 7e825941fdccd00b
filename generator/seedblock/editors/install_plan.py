"""What installing and uninstalling change, from what is noted and what stands on the disk. Reads only."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock import __version__
from seedblock.editors import earlier_settings
from seedblock.editors.archives import notebooks, vscode_extension
from seedblock.editors.destinations import Destination
from seedblock.editors.installed import Note, Notes
from seedblock.editors.known import placed
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.product import render_catalog
from seedblock.rendering.settings import Settings, apply
from seedblock.writing import disk
from seedblock.writing.plan import CHANGED, REFUSED, REPLACED, Seen, Step, digest, plan_removing, plan_writing


class Plan(NamedTuple):
    """The steps, and the notes that are true after them."""

    steps: tuple[Step, ...]
    notes: Notes


def plan_install(chosen: Sequence[tuple[Destination, Settings]], noted: Notes, force: bool) -> Plan:
    """Give each folder what was chosen for it, and remove what is no longer part of that."""
    wanted, whose = dict[Path, bytes](), dict[Path, tuple[Destination, Settings]]()
    rendered = {settings: _rendered(settings) for settings in {settings for _, settings in chosen}}
    for destination, settings in chosen:
        contents = _contents(destination, rendered[settings])
        wanted |= contents
        whose |= dict.fromkeys(contents, (destination, settings))
    dropped = _noted_of([destination for destination, _ in chosen], noted) - wanted.keys()
    seen = {path: disk.look(path) for path in wanted.keys() | dropped}
    backups = {path: disk.free_name(path) for path in wanted} if force else None
    writing = plan_writing(wanted, seen, _digests(noted), backups)
    notes = {path: note for path, note in noted.items() if path not in dropped}
    for step in writing:
        if step.verb != REFUSED:
            notes[step.path] = _note(step, *whose[step.path], noted.get(step.path), seen[step.path], wanted[step.path])
    return Plan((*writing, *plan_removing(dict.fromkeys(dropped), seen, _digests(noted))), notes)


def plan_uninstall(destinations: Sequence[Destination], noted: Notes) -> Plan:
    """Remove what was ever written into these folders, and bring back what was put aside for it."""
    wanted: dict[Path, bytes | None] = dict.fromkeys(_noted_of(destinations, noted))
    rendered = _rendered(Settings())
    for destination in destinations:
        wanted |= _contents(destination, rendered)  # a copy by hand is ours, too
    seen = {path: disk.look(path) for path in wanted}
    kept = {path: backups[-1] for path in wanted if (backups := put_aside(noted.get(path)))}
    steps = plan_removing(wanted, seen, _digests(noted), kept)
    return Plan(steps, {path: note for path, note in noted.items() if path not in wanted})


def put_aside(note: Note | None) -> list[Path]:
    """List what `--force` has kept of the user's and is still there, the latest last."""
    return [Path(name) for name in note.kept if os.path.lexists(name)] if note else []


def find_earlier(destination: Destination, noted: Notes) -> tuple[Settings, list[str]]:
    """Find the settings of an earlier run for this folder, and the options that this version does not know."""
    here = [noted[path] for path in _noted_of([destination], noted)]
    earlier = Settings(tuple(sorted(here[0].settings.items())), here[0].only) if here else Settings()
    return earlier_settings.drop_unknown(earlier, CATALOG)


def _noted_of(destinations: Sequence[Destination], noted: Notes) -> set[Path]:
    folders = {(destination.owner, str(destination.folder)) for destination in destinations}
    return {path for path, note in noted.items() if (note.owner, note.folder) in folders}


def _digests(noted: Notes) -> Collection[str]:
    return {value for note in noted.values() for value in note.digests}


def _contents(destination: Destination, contents: Mapping[str, bytes]) -> dict[Path, bytes]:
    return {destination.folder / path: contents[source] for path, source in placed(destination.files, contents).items()}


def _rendered(settings: Settings) -> Mapping[str, bytes]:
    entries = apply(settings, CATALOG)
    rendered = render_catalog(entries)
    made = (*vscode_extension.folder(rendered, __version__), *notebooks.elyra(rendered, entries))
    return {file.path: file.text.encode() for file in (*rendered, *made)}


def _note(
    step: Step, destination: Destination, settings: Settings, old: Note | None, seen: Seen, content: bytes
) -> Note:
    digests = {digest(content)}
    if step.verb == CHANGED:  # a killed run leaves the one or the other
        digests.add(digest(seen.content))
    kept = old.kept if old else ()
    if step.verb == REPLACED:
        kept = (*kept, str(step.backup))
    return Note(
        destination.owner,
        str(destination.folder),
        tuple(sorted(digests)),
        dict(settings.defaults),
        settings.only or (),
        kept,
    )
