"""The folder that `render` or `bundle` fills. A list in it holds the SHA-256 of each file written there.

It tells our files from others of the same name, even after an update, in a copied folder or without a home folder.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from seedblock import signals
from seedblock.errors import DONE, NO, UsageError
from seedblock.terminal import complain, one_line, say
from seedblock.writing import disk
from seedblock.writing.digest_list import DIGEST_LIST, format_digests, parse_digests
from seedblock.writing.locks import lock_folder
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
    Action,
    digest,
    plan_writing,
    possible_digests,
)

VERB_COLOURS = {NEW: "green", CHANGED: "green", REPLACED: "yellow", REMOVED: "yellow", RESTORED: "green"}


def write_out(out: Path, wanted: Mapping[str, bytes], force: bool, all_ours: bool = False) -> tuple[Action, ...]:
    """Write `wanted`, which maps paths below `out` to contents. Return what was done to each.

    With `all_ours`, every file at such a path is ours, and no list is kept. Raises OSError, and UsageError if something
    else has the name of the list.
    """
    made: list[Path] = []
    try:
        with signals.held():
            made = disk.make_folders(out)
        with lock_folder(out), signals.held():
            return _write(out, wanted, force, all_ours)
    except BaseException:
        disk.remove_if_empty(made)
        raise


def _write(out: Path, wanted: Mapping[str, bytes], force: bool, all_ours: bool) -> tuple[Action, ...]:
    contents = {out / name: content for name, content in wanted.items()}
    on_disk = {path: disk.inspect(path) for path in contents}
    listed = {} if all_ours else _read_digests(out / DIGEST_LIST)
    ours = {digest(file.content) for file in on_disk.values()} if all_ours else set().union(*listed.values())
    backups = {path: disk.free_name(path, of_snippets=True) for path in contents} if force else None
    actions = plan_writing(contents, on_disk, ours, backups)
    digests = dict(listed)
    for action in actions:
        if action.verb != REFUSED:
            name = action.path.relative_to(out).as_posix()
            digests[name] = possible_digests(action, contents[action.path], on_disk[action.path])
    if not all_ours and any(found - listed.get(name, set()) for name, found in digests.items()):
        disk.carry_out([Action(CHANGED, out / DIGEST_LIST, format_digests(digests)), *actions])
    else:
        disk.carry_out(actions)
    return actions


def _read_digests(path: Path) -> dict[str, set[str]]:
    """Map each listed name to the digests of what was written there."""
    found = disk.inspect(path)
    digests = parse_digests(found.content)
    if found.kind not in (NOTHING, FILE) or digests is None:
        raise UsageError(f"{str(path)!r} is not as seedblock wrote it: remove it, or name another folder")
    return digests


def print_actions(actions: Sequence[Action], out: Path) -> int:
    """Print what was done to each file, and return the exit code."""
    for action in actions:
        if action.verb != CURRENT:
            print_action(action, "--force replaces it and keeps a backup")
    if all(action.verb == CURRENT for action in actions):
        say(f"current: {len(actions)} files in {one_line(out.as_posix())}\n")
    return NO if any(action.verb == REFUSED for action in actions) else DONE


def print_action(action: Action, remedy: str) -> None:
    """Print what was done to a file, or why nothing was. `remedy` is advice for a refused file that can be renamed."""
    if action.verb == REFUSED:
        what = "not as seedblock wrote it" if action.found == FILE else action.found
        last = remedy if action.found in KEEPABLE else "remove it yourself, or name another folder"
        complain(f"{str(action.path)!r} is {what}, and is left as it is: {last}")
        return
    backup = ""
    if action.backup is not None:
        words = "from" if action.verb == RESTORED else "the original is kept as"
        backup = f" ({words} {one_line(action.backup)})"
    say(action.verb, colour=VERB_COLOURS.get(action.verb))
    say(f": {one_line(action.path.as_posix())}{backup}\n")
