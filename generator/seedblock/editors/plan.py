"""What installing changes, decided from what stands at each place; nothing here reads or writes.

A file is ours if it is byte for byte one that this version would write, or one that an earlier run wrote: each run
notes the SHA-256 of what it writes. So a file that its user or an editor has changed since is theirs. It is never
parsed, so nothing in it can do any harm.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

NOTHING, FILE = "nothing", "a file"

NEW, CHANGED, REPLACED, REMOVED = CHANGES = ("new", "changed", "replaced", "removed")
CURRENT, ABSENT, REFUSED = "current", "absent", "refused"


class Seen(NamedTuple):
    """What stands at a path: NOTHING, FILE with its content, or in words what else."""

    what: str
    content: bytes = b""


class Step(NamedTuple):
    """What is to be done at `path`: `content` is to be written, what stands there is to be kept as `backup`."""

    verb: str
    path: Path
    content: bytes | None = None
    backup: Path | None = None


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def plan_install(
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
        if seen[path].what == NOTHING:
            steps.append(Step(NEW, path, content))
        elif seen[path] == Seen(FILE, content):
            steps.append(Step(CURRENT, path))
        elif _is_ours(seen[path], ours):
            steps.append(Step(CHANGED, path, content))
        elif backups is None:
            steps.append(Step(REFUSED, path))
        else:
            steps.append(Step(REPLACED, path, content, backups[path]))
    return tuple(steps)


def plan_uninstall(wanted: Mapping[Path, bytes], seen: Mapping[Path, Seen], ours: Collection[str]) -> tuple[Step, ...]:
    """Decide for each file that installing would write: what is ours goes, anything else is refused."""
    steps = []
    for path, content in sorted(wanted.items()):
        if seen[path].what == NOTHING:
            steps.append(Step(ABSENT, path))
        elif seen[path] == Seen(FILE, content) or _is_ours(seen[path], ours):
            steps.append(Step(REMOVED, path))
        else:
            steps.append(Step(REFUSED, path))
    return tuple(steps)


def _is_ours(seen: Seen, ours: Collection[str]) -> bool:
    return seen.what == FILE and digest(seen.content) in ours
