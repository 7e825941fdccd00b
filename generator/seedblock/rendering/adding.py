"""Writing whole files, such as seeding.py, beside a user's script, and bringing them up to date.

Nothing is kept beside them: the first line of each says what it is, and whether it was changed since.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import DONE, NO, UsageError
from seedblock.rendering import stale
from seedblock.rendering.model import RenderedFile
from seedblock.rendering.stamp import read_stamp
from seedblock.terminal import complain, one_line, say
from seedblock.writing import disk
from seedblock.writing.folder import print_action
from seedblock.writing.locks import lock_folder
from seedblock.writing.plan import CURRENT, FILE, NEW, REFUSED, Action, OnDisk, digest, plan_writing


class File(NamedTuple):
    """A file to write, what is at its path, and why that is not to be replaced; "" if it may be."""

    path: Path
    content: bytes
    on_disk: OnDisk
    objection: str


def read_folder(to: str) -> Path:
    """Check the value of `--to`. Raises UsageError."""
    if not to or not Path(to).is_dir():
        raise UsageError(f"--to takes a folder that exists, got {to!r}")
    return Path(to)


def look(to: Path, rendered: Sequence[RenderedFile]) -> list[File]:
    """Compare each file with what is in the folder `to`. Raises OSError."""
    found = []
    for file in rendered:
        path = to / file.path.rpartition("/")[2]
        on_disk = disk.inspect(path)
        # Git and editors may have written the line ends of Windows.
        on_disk = on_disk._replace(content=on_disk.content.replace(b"\r\n", b"\n"))
        found.append(File(path, file.text.encode(), on_disk, _objection(path, on_disk, file.text)))
    return found


def _objection(path: Path, on_disk: OnDisk, wanted: str) -> str:
    if on_disk.kind != FILE or on_disk.content == wanted.encode():
        return ""
    stamp, ours = read_stamp(on_disk.content.decode("utf-8", "replace")), read_stamp(wanted)
    if stamp is None or ours is None or stamp.name != ours.name:
        return f"{str(path)!r} is not seedblock's {path.name}"
    if stamp.changed:
        return f"{str(path)!r} was changed since seedblock wrote it"
    if stamp.version > ours.version:
        newer, older = (".".join(map(str, version)) for version in (stamp.version, ours.version))
        return f"{str(path)!r} is of seedblock {newer}, and this is seedblock {older}: update seedblock"
    return ""


def check(files: Sequence[File], show_diff: bool) -> int:
    """Print which files are not current, and return the exit code."""
    code = DONE
    for file in files:
        if file.on_disk == OnDisk(FILE, file.content):
            say(f"current: {one_line(file.path.as_posix())}\n")
            continue
        code = NO
        if file.objection:
            complain(file.objection)
        else:
            say(f"{'stale' if file.on_disk.kind == FILE else 'missing'}: {one_line(file.path.as_posix())}\n")
        if show_diff:
            _print_difference(file)
    return code


def write(to: Path, files: Sequence[File], force: bool) -> int:
    """Write what is new or out of date, print what was done to each file, and return the exit code."""
    contents = {file.path: file.content for file in files}
    on_disk = {file.path: file.on_disk for file in files}
    ours = {digest(file.on_disk.content) for file in files if not file.objection}
    backups = {path: disk.free_name(path) for path in contents} if force else None
    with lock_folder(to):
        actions = plan_writing(contents, on_disk, ours, backups)
        disk.carry_out(actions)
    for file, action in zip(sorted(files), actions, strict=True):
        _print_result(file, action)
    return NO if any(action.verb == REFUSED for action in actions) else DONE


def _print_result(file: File, action: Action) -> None:
    if action.verb == REFUSED and file.objection:
        complain(f"{file.objection}; it is left as it is, and --force replaces it and keeps a backup")
        _print_difference(file)
    elif action.verb == CURRENT:
        say(f"current: {one_line(file.path.as_posix())}\n")
    else:
        print_action(action, "--force replaces it and keeps a backup")
    if action.verb == NEW and file.path.name == "seeding.py":
        say("import from it, for example: from seeding import seeded_loader\n")


def _print_difference(file: File) -> None:
    old = file.on_disk.content if file.on_disk.kind == FILE else None
    say("".join(stale.diff(stale.Change(file.path, old, file.content))))
