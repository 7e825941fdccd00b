"""What writing changes, decided from what stands at each place; nothing here reads or writes.

A file is ours if it is byte for byte one that this run would write, or one that an earlier run wrote: each run notes the
SHA-256 of what it writes. So a file that its user or an editor has changed since is theirs. It is never parsed, so
nothing in it can do any harm.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

NOTHING, FILE, FOLDER, LINK = "nothing", "a file", "a folder", "a link"
KEEPABLE = (FILE, FOLDER, LINK)  # a pipe, a socket or a device is no work of a user's that another name would save

NEW, CHANGED, REPLACED, REMOVED, RESTORED = CHANGES = ("new", "changed", "replaced", "removed", "restored")
CURRENT, ABSENT, REFUSED = "current", "absent", "refused"


class Seen(NamedTuple):
    """What stands at a path: NOTHING, FILE with its content, or in words what else."""

    what: str
    content: bytes = b""


class Step(NamedTuple):
    """What is to be done at `path`, where `found` stands.

    `content` is to be written. What stands there is to be kept as `backup`; if it is RESTORED, `backup` takes its place.
    """

    verb: str
    path: Path
    content: bytes | None = None
    backup: Path | None = None
    found: str = NOTHING


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def possible_digests(step: Step, wanted: bytes, seen: Seen) -> set[str]:
    """Return the digests of what may be there after `step`: a killed run leaves the old content or the new."""
    return {digest(wanted), digest(seen.content)} if step.verb == CHANGED else {digest(wanted)}


def is_ours(seen: Seen, ours: Collection[str], content: bytes | None = None) -> bool:
    """Tell whether a file is `content`, or one of which `ours` has the digest."""
    return seen.what == FILE and (seen.content == content or digest(seen.content) in ours)


def plan_writing(
    wanted: Mapping[Path, bytes],
    seen: Mapping[Path, Seen],
    ours: Collection[str],
    backups: Mapping[Path, Path] | None = None,
) -> tuple[Step, ...]:
    """Decide for each wanted file. `ours` has the digests of what was ever written.

    What is not ours is refused, or, where `backups` names a place for it, replaced and kept there.
    """
    steps = []
    for path, content in sorted(wanted.items()):
        found = seen[path].what
        if found == NOTHING:
            steps.append(Step(NEW, path, content))
        elif seen[path] == Seen(FILE, content):
            steps.append(Step(CURRENT, path, found=found))
        elif is_ours(seen[path], ours):
            steps.append(Step(CHANGED, path, content, found=found))
        elif backups is None or found not in KEEPABLE:
            steps.append(Step(REFUSED, path, found=found))
        else:
            steps.append(Step(REPLACED, path, content, backups[path], found))
    return tuple(steps)


def plan_removing(
    wanted: Mapping[Path, bytes | None],
    seen: Mapping[Path, Seen],
    ours: Collection[str],
    kept: Mapping[Path, Path] = MappingProxyType({}),
) -> tuple[Step, ...]:
    """Decide for each file that may have been written: what is ours goes, anything else is refused.

    What an earlier run kept of the user's under another name, by `kept`, comes back.
    """
    steps = []
    for path, content in sorted(wanted.items()):
        found = seen[path].what
        if found == NOTHING or is_ours(seen[path], ours, content):
            verb = RESTORED if path in kept else ABSENT if found == NOTHING else REMOVED
            steps.append(Step(verb, path, backup=kept.get(path), found=found))
        else:
            steps.append(Step(REFUSED, path, found=found))
    return tuple(steps)
