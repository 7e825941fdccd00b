"""The folder that `render` or `bundle` fills. What was written there is noted in it, by its SHA-256.

So a file of other origin that has a name of ours is found, also after an update of seedblock, in a copy of the folder, and
where the home folder cannot be written.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from seedblock import signals
from seedblock.errors import DONE, NO, UsageError
from seedblock.terminal import complain, one_line, say
from seedblock.writing import disk
from seedblock.writing.locks import alone_in
from seedblock.writing.plan import (
    CHANGED,
    CURRENT,
    FILE,
    KEEPABLE,
    NEW,
    NOTHING,
    REFUSED,
    REMOVED,
    REPLACED,
    RESTORED,
    Step,
    digest,
    plan_writing,
)

COLOURS = {NEW: "green", CHANGED: "green", REPLACED: "yellow", REMOVED: "yellow", RESTORED: "green"}

NOTE = ".seedblock.sha256"
_LINE = re.compile("([0-9a-f]{64})  (.+)")  # as sha256sum prints it


def write_out(out: Path, wanted: Mapping[str, bytes], force: bool, all_ours: bool = False) -> tuple[Step, ...]:
    """Bring the files `wanted`, by their paths below `out`, to the disk, and return what was done to each.

    With `all_ours`, each file at such a path is known to be rendered, and nothing is noted. Raises OSError, and
    UsageError where something else has the note's name.
    """
    made: list[Path] = []
    try:
        disk.make_folder(out, made)
        with alone_in(out), signals.held():
            return _write(out, wanted, force, all_ours)
    except BaseException:
        disk.unmake(made)
        raise


def _write(out: Path, wanted: Mapping[str, bytes], force: bool, all_ours: bool) -> tuple[Step, ...]:
    contents = {out / name: content for name, content in wanted.items()}
    seen = {path: disk.look(path) for path in contents}
    noted = {} if all_ours else _read(out / NOTE)
    ours = {digest(at.content) for at in seen.values()} if all_ours else set().union(*noted.values())
    backups = {path: disk.free_name(path) for path in contents} if force else None
    steps = plan_writing(contents, seen, ours, backups)
    note = dict(noted)
    for step in steps:
        name = step.path.relative_to(out).as_posix()
        if step.verb != REFUSED:
            note[name] = {digest(contents[step.path])}
        if step.verb == CHANGED:  # a killed run leaves the one or the other
            note[name].add(digest(seen[step.path].content))
    if not all_ours and any(digests - noted.get(name, set()) for name, digests in note.items()):
        disk.carry_out([Step(CHANGED, out / NOTE, _text(note)), *steps])
    else:
        disk.carry_out(steps)
    return steps


def _read(path: Path) -> dict[str, set[str]]:
    """Map each noted path to the digests of what was written there."""
    at = disk.look(path)
    lines = [_LINE.fullmatch(line) for line in at.content.decode("utf-8", "replace").splitlines()]
    if at.what not in (NOTHING, FILE) or None in lines:
        raise UsageError(f"{str(path)!r} is not as seedblock wrote it: remove it, or name another folder")
    noted: dict[str, set[str]] = {}
    for line in lines:
        if line is not None:
            noted.setdefault(line[2], set()).add(line[1])
    return noted


def _text(note: Mapping[str, set[str]]) -> bytes:
    return "".join(f"{value}  {name}\n" for name in sorted(note) for value in sorted(note[name])).encode()


def report(steps: Sequence[Step], out: Path) -> int:
    """Say what was done to each file, and return the exit code."""
    for step in steps:
        if step.verb != CURRENT:
            tell(step, "--force replaces it and keeps it under another name")
    if all(step.verb == CURRENT for step in steps):
        say(f"current: {len(steps)} files in {one_line(out.as_posix())}\n")
    return NO if any(step.verb == REFUSED for step in steps) else DONE


def tell(step: Step, remedy: str) -> None:
    """Say what was done to a file, or why nothing was; `remedy` is for one that another name can save."""
    if step.verb == REFUSED:
        what = "not as seedblock wrote it" if step.found == FILE else step.found
        last = remedy if step.found in KEEPABLE else "remove it yourself, or name another folder"
        complain(f"{str(step.path)!r} is {what}, and is left as it is: {last}")
        return
    other = ""
    if step.backup is not None:
        words = "from" if step.verb == RESTORED else "what stood there is kept as"
        other = f" ({words} {one_line(step.backup)})"
    say(step.verb, colour=COLOURS.get(step.verb))
    say(f": {one_line(step.path.as_posix())}{other}\n")
