"""Writing whole files, such as seeding.py, beside a user's script, and bringing them up to date.

Nothing is kept beside them: the first line of each says what it is, and whether it was changed since.
"""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.errors import DONE, NO, UsageError, unknown
from seedblock.rendering import sources, stale
from seedblock.rendering.catalog import FILES, MODULE
from seedblock.rendering.model import Entry, stem
from seedblock.rendering.render import render_one
from seedblock.rendering.stamp import read_stamp
from seedblock.terminal import complain, one_line, say
from seedblock.writing import disk
from seedblock.writing.folder import print_action
from seedblock.writing.locks import lock_folder
from seedblock.writing.plan import CURRENT, FILE, NEW, NOTHING, REFUSED, Action, OnDisk, digest, plan_writing

ADD_COMMAND = "seedblock add"


class File(NamedTuple):
    """A file to write, and what is at its path.

    `objection` says why that is not to be replaced; "" if it may be. `edited` tells that it is ours but for what its
    user changed.
    """

    path: Path
    content: bytes
    on_disk: OnDisk
    objection: str = ""
    edited: bool = False


def read_folder(to: str) -> Path:
    """Check the value of `--to`. Raises UsageError."""
    if not to or not Path(to).is_dir():
        raise UsageError(f"--to takes a folder that exists, got {to!r}")
    return Path(to)


def read_names(names: Sequence[str]) -> list[Entry]:
    """Return the files of these names, each once; the module if there are none. Raises UsageError."""
    known = [stem(entry) for entry in FILES]
    problems = [unknown("file", name, known) for name in dict.fromkeys(names) if name not in known]
    if problems:
        raise UsageError(*problems)
    return [entry for entry in FILES if stem(entry) in (names or [MODULE.default])]


def check(to: Path, entries: Sequence[Entry], show_difference: bool) -> int:
    """Print whether each file is current, and return the exit code. Nothing is written. Raises OSError."""
    found = list(_compare(to, entries))
    for file in found:
        if file.objection:
            complain(file.objection)
        else:
            say(f"{_state(file)}: {one_line(file.path.as_posix())}\n")
        if show_difference and _state(file) != CURRENT:
            _print_difference(file)
    outdated = [file for file in found if _state(file) != CURRENT]
    if any(not file.objection for file in outdated):
        folder = [] if to == Path() else ["--to", str(to)]
        names = [stem(entry) for entry in entries]
        complain(f"run `{shlex.join([*ADD_COMMAND.split(), *names, *folder])}` to update")
    return NO if outdated else DONE


def write(to: Path, entries: Sequence[Entry], force: bool) -> int:
    """Write what is new or out of date, print what was done to each file, and return the exit code. Raises OSError."""
    with lock_folder(to):
        found = list(_compare(to, entries))
        actions = [_plan(file, force) for file in found]
        disk.carry_out(actions)
    for file, action in zip(found, actions, strict=True):
        _print_result(file, action)
    return NO if any(action.verb == REFUSED for action in actions) else DONE


def _compare(to: Path, entries: Sequence[Entry]) -> Iterator[File]:
    templates = sources.read_templates(sources.find_templates())
    for entry in entries:
        content = render_one(entry, templates, "python").encode()
        path = to / f"{stem(entry)}.py"
        on_disk = disk.inspect(path)
        # Git and editors may have written the line ends of Windows.
        on_disk = on_disk._replace(content=on_disk.content.replace(b"\r\n", b"\n"))
        yield _judge(File(path, content, on_disk))


def _judge(file: File) -> File:
    """Add the objection, if there is one."""
    path, content, on_disk, *_ = file
    if on_disk.kind == NOTHING or on_disk == OnDisk(FILE, content):
        return file
    if on_disk.kind != FILE:
        return file._replace(objection=f"{str(path)!r} is {on_disk.kind}")
    stamp, ours = read_stamp(on_disk.content), read_stamp(content)
    if stamp is None or ours is None or stamp.name != ours.name:
        return file._replace(objection=f"{str(path)!r} is not seedblock's {path.name}")
    if stamp.changed:
        return file._replace(objection=f"{str(path)!r} was changed since seedblock wrote it", edited=True)
    if stamp.version > ours.version:
        newer, older = (".".join(map(str, version)) for version in (stamp.version, ours.version))
        problem = f"{str(path)!r} is of seedblock {newer}, and this is seedblock {older}: update seedblock"
        return file._replace(objection=problem)
    return file


def _state(file: File) -> str:
    if file.on_disk == OnDisk(FILE, file.content):
        return CURRENT
    return "missing" if file.on_disk.kind == NOTHING else "stale"


def _plan(file: File, force: bool) -> Action:
    ours = [] if file.objection else [digest(file.on_disk.content)]
    backups = {file.path: disk.free_name(file.path)} if force else None
    (action,) = plan_writing({file.path: file.content}, {file.path: file.on_disk}, ours, backups)
    return action


def _print_result(file: File, action: Action) -> None:
    if action.verb == REFUSED and file.on_disk.kind == FILE:
        if file.edited:
            _print_difference(file)
        complain(f"{file.objection}; it is left as it is, and --force replaces it and keeps a backup")
    elif action.verb == CURRENT:
        say(f"{CURRENT}: {one_line(file.path.as_posix())}\n")
    else:
        print_action(action, "--force replaces it and keeps a backup")
    if action.verb == NEW and file.path.stem == MODULE.default:
        say("import from it, for example: from seeding import seeded_loader\n")


def _print_difference(file: File) -> None:
    kind, content = file.on_disk
    old = content if kind == FILE else None if kind == NOTHING else stale.in_words(kind)
    say("".join(stale.diff(stale.Change(file.path, old, file.content))))
