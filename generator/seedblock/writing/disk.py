"""Reading and writing files. At every moment each file is whole: the old one or the new one."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count, takewhile
from pathlib import Path
from types import MappingProxyType

from seedblock import signals
from seedblock.writing.plan import FILE, FOLDER, LARGE_FILE, LINK, NOTHING, REMOVED, RESTORED, Action, OnDisk

# Files are staged under a name that no editor reads as a snippet file.
_PART_PREFIX, _PART_SUFFIX = ".seedblock-", ".part"

MAX_BYTES = 64_000_000  # of a file of ours, in any version: what is larger is somebody else's, and need not be read
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
KINDS = {
    stat.S_IFREG: FILE,
    stat.S_IFDIR: FOLDER,
    stat.S_IFLNK: LINK,
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def objection(path: Path, is_ours: Callable[[Path], bool], force: bool = False) -> str | None:
    """Say why nothing may be written at `path`. None if nothing is there, or a file or folder that `is_ours` accepts.

    With `force`, any file, folder or link may be there: the caller keeps it under `free_name`.
    """
    name = repr(str(path))
    if not path.name:
        return f"{name} is not a file name"
    if not path.parent.is_dir():
        return f"{name} cannot be written: there is no folder {str(path.parent)!r}"
    kind = standing(path)
    if kind not in (NOTHING, FILE, FOLDER, LINK):
        return f"{name} is {kind}: give another path"
    if kind == FOLDER and Path.cwd().is_relative_to(path.resolve()):
        return f"{name} is the working folder, or holds it: give another path"
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"{name} cannot be written: the folder {str(path.parent)!r} is not writable"
    if kind == NOTHING or force or (kind != LINK and is_ours(path)):
        return None
    what = "a link" if kind == LINK else f"{kind} that seedblock did not write"
    return f"{name} is {what}: give another path, or --force to keep it as {str(free_name(path))!r}"


def standing(path: Path) -> str:
    """Return the kind of thing at `path`, without following a link or opening anything. Raises OSError."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return NOTHING
    return KINDS.get(stat.S_IFMT(mode), "not a file")


def free_name(path: Path, of_snippets: bool = False) -> Path:
    """Return an unused name for a backup beside `path`. With `of_snippets`, it is one that no editor reads."""
    return next(backup for backup in _backup_names(path, of_snippets) if not os.path.lexists(backup))


def backups_beside(path: Path, of_snippets: bool = False) -> list[Path]:
    """List what is beside `path` under the names of its backups, latest last."""
    return list(takewhile(os.path.lexists, _backup_names(path, of_snippets)))


def _backup_names(path: Path, of_snippets: bool) -> Iterator[Path]:
    # Editors go by the suffix, but yasnippet, whose files have none, reads each file whose name does not end in `~`.
    end = "~" if of_snippets and not path.suffix else ""
    return (path.with_name(f"{path.name}.bak{number if number > 1 else ''}{end}") for number in count(1))


def inspect(path: Path) -> OnDisk:
    """Return the kind of thing at `path`, and its content if a file that may be ours. Raises OSError."""
    kind = standing(path)
    if kind == FILE and path.lstat().st_size > MAX_BYTES:
        return OnDisk(LARGE_FILE)
    return OnDisk(kind, path.read_bytes() if kind == FILE else b"")


def carry_out(actions: Sequence[Action], roots: Collection[Path] = ()) -> None:
    """Write all or nothing, then remove and restore. Folders below `roots` that become empty are removed too.

    A signal to stop waits until all is done. Raises OSError naming the file.
    """
    with signals.held():
        remove_leftovers(action.path for action in actions)
        contents = {action.path: action.content for action in actions if action.content is not None}
        put(
            contents,
            {action.path: action.backup for action in actions if action.path in contents and action.backup is not None},
        )
        for action in actions:
            if action.verb == RESTORED and action.backup is not None:
                _restore(action.backup, action.path)
            elif action.verb == REMOVED:
                action.path.unlink(missing_ok=True)
                _remove_empty_folders(action.path.parent, roots)


def _restore(backup: Path, path: Path) -> None:
    if backup.is_dir() and not backup.is_symlink():
        path.unlink(missing_ok=True)
        backup.rename(path)
    else:
        backup.replace(path)


def _remove_empty_folders(folder: Path, roots: Collection[Path]) -> None:
    while roots and folder not in roots and folder.parent != folder:
        try:
            folder.rmdir()
        except OSError:  # not empty
            return
        folder = folder.parent


def remove_leftovers(paths: Iterable[Path]) -> None:
    """Remove the staged files that a killed run left beside `paths`, where that is possible."""
    for folder in {path.parent for path in paths}:
        for part in folder.glob(f"{_PART_PREFIX}*{_PART_SUFFIX}"):
            if part.is_file():
                _discard(part)


def put(contents: Mapping[Path, bytes], backups: Mapping[Path, Path] = MappingProxyType({})) -> None:
    """Write files. All are staged before the first is moved into place. Raises OSError naming the file.

    `backups` maps a path to where its old file, link or folder is kept. Other links are replaced, never followed. After
    an error before the first move, everything is as it was.
    """
    staged: list[tuple[Path, Path, bytes]] = []
    made: list[Path] = []
    with signals.held():
        try:
            for path, content in contents.items():
                made += make_folders(path.parent)
                staged.append((_stage(path, content), path, content))
            for part, path, content in staged:
                if path in backups:
                    _back_up(path, backups[path])
                _move_into_place(part, path, content)
        except BaseException:
            for part, _, _ in staged:
                _discard(part)
            remove_if_empty(made)
            raise


def make_folders(folder: Path) -> list[Path]:
    """Make a folder and its missing parents. Return the new ones, outermost first. Raises OSError."""
    missing = [path for path in reversed((folder, *folder.parents)) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except BaseException:
        remove_if_empty(missing)
        raise
    return missing


def remove_if_empty(folders: Sequence[Path]) -> None:
    """Remove those of `folders` that are empty, innermost first."""
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _back_up(path: Path, backup: Path) -> None:
    try:
        os.link(path, backup, follow_symlinks=False)  # so that `path` is never missing
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a folder, a link, or a file system without hard links
        path.rename(backup)


def _stage(path: Path, content: bytes) -> Path:
    part = path.parent / f"{_PART_PREFIX}{os.urandom(8).hex()}{_PART_SUFFIX}"
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            # Use the descriptor: another run may remove the staged file. Skip links: a target's mode is not ours.
            if hasattr(os, "fchmod") and path.is_file() and not path.is_symlink():
                os.fchmod(file.fileno(), path.stat().st_mode)
    except BaseException as error:
        _discard(part)
        if isinstance(error, OSError):
            raise _with_path(error, path) from None
        raise
    return part


def _discard(part: Path) -> None:
    """Remove a staged file. What fails is left: a read-only file system refuses even where there is none."""
    with contextlib.suppress(OSError):
        part.unlink()


def _move_into_place(part: Path, path: Path, content: bytes) -> None:
    try:
        part.replace(path)
    except FileNotFoundError:  # another run took it for a leftover
        _move_into_place(_stage(path, content), path, content)
    except OSError as error:
        raise _with_path(error, path) from None


def _with_path(error: OSError, path: Path) -> OSError:
    """Name the file that the user knows: the staged name says nothing, and a disk-full error has none."""
    return OSError(error.errno, error.strerror, str(path))
