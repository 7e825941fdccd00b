"""What to do with each file, decided from what is on the disk. Nothing here reads or writes.

A file is ours if it has the bytes that this run would write, or bytes that an earlier run wrote: each run saves the
SHA-256s of what it writes. A file that the user or an editor has changed since is theirs. Files are compared and never
parsed, so a malicious one can do no harm.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

NOTHING, FILE, FOLDER, LINK = "nothing", "a file", "a folder", "a link"
LARGE_FILE = "a file larger than any of seedblock's"
KEEPABLE = (FILE, LARGE_FILE, FOLDER, LINK)  # `--force` renames these; a pipe, a socket or a device stays

NEW, CHANGED, REPLACED, REMOVED, RESTORED = CHANGES = ("new", "changed", "replaced", "removed", "restored")
CURRENT, ABSENT, REFUSED = "current", "absent", "refused"


class OnDisk(NamedTuple):
    """What is at a path: NOTHING, FILE with its content, LARGE_FILE, FOLDER, LINK, or another kind in words."""

    kind: str
    content: bytes = b""


class Action(NamedTuple):
    """What to do at `path`. `found` is the kind of thing there now.

    `content` is what to write. What is there now is kept as `backup`; for RESTORED, `backup` replaces it.
    """

    verb: str
    path: Path
    content: bytes | None = None
    backup: Path | None = None
    found: str = NOTHING


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def possible_digests(action: Action, wanted: bytes, on_disk: OnDisk) -> set[str]:
    """Return the digests of what may be there after `action`: a killed run leaves the old content or the new."""
    return {digest(wanted), digest(on_disk.content)} if action.verb == CHANGED else {digest(wanted)}


def is_ours(on_disk: OnDisk, ours: Collection[str], content: bytes | None = None) -> bool:
    """Tell whether this is a file with `content`, or with a digest in `ours`."""
    return on_disk.kind == FILE and (on_disk.content == content or digest(on_disk.content) in ours)


def plan_writing(
    wanted: Mapping[Path, bytes],
    on_disk: Mapping[Path, OnDisk],
    ours: Collection[str],
    backups: Mapping[Path, Path] | None = None,
) -> tuple[Action, ...]:
    """Plan an action for each wanted file, sorted by path. `ours` holds the digests of all we have ever written.

    What is not ours is refused; with `backups` it is replaced and kept at the path given there.
    """
    actions = []
    for path, content in sorted(wanted.items()):
        found = on_disk[path].kind
        if found == NOTHING:
            actions.append(Action(NEW, path, content))
        elif on_disk[path] == OnDisk(FILE, content):
            actions.append(Action(CURRENT, path, found=found))
        elif is_ours(on_disk[path], ours):
            actions.append(Action(CHANGED, path, content, found=found))
        elif backups is None or found not in KEEPABLE:
            actions.append(Action(REFUSED, path, found=found))
        else:
            actions.append(Action(REPLACED, path, content, backups[path], found))
    return tuple(actions)


def plan_removing(
    wanted: Mapping[Path, bytes | None],
    on_disk: Mapping[Path, OnDisk],
    ours: Collection[str],
    kept: Mapping[Path, Path] = MappingProxyType({}),
) -> tuple[Action, ...]:
    """Plan an action for each file that we may have written: what is ours is removed, anything else is refused.

    `wanted` has the content that we would write, if known. `kept` maps a path to a backup to restore.
    """
    actions = []
    for path, content in sorted(wanted.items()):
        found = on_disk[path].kind
        if found == NOTHING or is_ours(on_disk[path], ours, content):
            verb = RESTORED if path in kept else ABSENT if found == NOTHING else REMOVED
            actions.append(Action(verb, path, backup=kept.get(path), found=found))
        else:
            actions.append(Action(REFUSED, path, found=found))
    return tuple(actions)
