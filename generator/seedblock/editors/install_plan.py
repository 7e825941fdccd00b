"""What installing and uninstalling change, from what is noted and what stands on the disk. Reads only."""

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock import __version__
from seedblock.editors import choices
from seedblock.editors.archives import notebooks, vscode_extension
from seedblock.editors.choices import Choice
from seedblock.editors.goals import Goal
from seedblock.editors.installed import Note, Notes
from seedblock.editors.known import placed
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.product import render_catalog
from seedblock.writing import disk
from seedblock.writing.plan import CHANGED, REFUSED, REPLACED, Seen, Step, digest, plan_removing, plan_writing


class Plan(NamedTuple):
    """The steps, and the notes that are true after them."""

    steps: tuple[Step, ...]
    notes: Notes


def plan_install(chosen: Sequence[tuple[Goal, Choice]], noted: Notes, force: bool) -> Plan:
    """Give each folder what was chosen for it, and remove what is no longer part of that."""
    wanted, whose = dict[Path, bytes](), dict[Path, tuple[Goal, Choice]]()
    rendered = {choice: _rendered(choice) for choice in {choice for _, choice in chosen}}
    for goal, choice in chosen:
        contents = _contents(goal, rendered[choice])
        wanted |= contents
        whose |= dict.fromkeys(contents, (goal, choice))
    dropped = _noted_of([goal for goal, _ in chosen], noted) - wanted.keys()
    seen = {path: disk.look(path) for path in wanted.keys() | dropped}
    backups = {path: disk.free_name(path) for path in wanted} if force else None
    writing = plan_writing(wanted, seen, _digests(noted), backups)
    notes = {path: note for path, note in noted.items() if path not in dropped}
    for step in writing:
        if step.verb != REFUSED:
            notes[step.path] = _note(step, *whose[step.path], noted.get(step.path), seen[step.path], wanted[step.path])
    return Plan((*writing, *plan_removing(dict.fromkeys(dropped), seen, _digests(noted))), notes)


def plan_uninstall(goals: Sequence[Goal], noted: Notes) -> Plan:
    """Remove what was ever written into these folders, and bring back what was put aside for it."""
    wanted: dict[Path, bytes | None] = dict.fromkeys(_noted_of(goals, noted))
    rendered = _rendered(Choice())
    for goal in goals:
        wanted |= _contents(goal, rendered)  # a copy by hand is ours, too
    seen = {path: disk.look(path) for path in wanted}
    kept = {path: backups[-1] for path in wanted if (backups := put_aside(noted.get(path)))}
    steps = plan_removing(wanted, seen, _digests(noted), kept)
    return Plan(steps, {path: note for path, note in noted.items() if path not in wanted})


def put_aside(note: Note | None) -> list[Path]:
    """List what `--force` has kept of the user's and is still there, the latest last."""
    return [Path(name) for name in note.kept if os.path.lexists(name)] if note else []


def earlier_choice(goal: Goal, noted: Notes) -> tuple[Choice, list[str]]:
    """Read what was chosen for a folder before; what this version does not know of it comes apart."""
    here = [noted[path] for path in _noted_of([goal], noted)]
    before = Choice(tuple(sorted(here[0].settings.items())), here[0].only) if here else Choice()
    return choices.valid(before, CATALOG)


def _noted_of(goals: Sequence[Goal], noted: Notes) -> set[Path]:
    folders = {(goal.owner, str(goal.folder)) for goal in goals}
    return {path for path, note in noted.items() if (note.owner, note.folder) in folders}


def _digests(noted: Notes) -> Collection[str]:
    return {value for note in noted.values() for value in note.digests}


def _contents(goal: Goal, contents: Mapping[str, bytes]) -> dict[Path, bytes]:
    return {goal.folder / path: contents[source] for path, source in placed(goal.files, contents).items()}


def _rendered(choice: Choice) -> Mapping[str, bytes]:
    entries = choices.applied(choice, CATALOG)
    rendered = render_catalog(entries)
    made = (*vscode_extension.folder(rendered, __version__), *notebooks.elyra(rendered, entries))
    return {file.path: file.text.encode() for file in (*rendered, *made)}


def _note(step: Step, goal: Goal, choice: Choice, old: Note | None, seen: Seen, content: bytes) -> Note:
    digests = {digest(content)}
    if step.verb == CHANGED:  # a killed run leaves the one or the other
        digests.add(digest(seen.content))
    kept = old.kept if old else ()
    if step.verb == REPLACED:
        kept = (*kept, str(step.backup))
    return Note(goal.owner, str(goal.folder), tuple(sorted(digests)), dict(choice.settings), choice.only, kept)
