"""The reader and writer of the disk. Every file is whole at every moment, the old one or the new one."""

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from seedblock import signals
from seedblock.writing.plan import FILE, FOLDER, LINK, NOTHING, REMOVED, RESTORED, Seen, Step

# A name that no editor reads as a snippet file, for the moment between the first byte and the last.
_PART_PREFIX, _PART_SUFFIX = ".seedblock-", ".part"

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
    """Say why nothing may be written at `path`; None where nothing stands there, or something of ours by its content.

    With `force` anything else may stand there too, and is to be kept under `free_name`; but for what is no file to keep.
    """
    name = repr(str(path))
    if not path.name:
        return f"{name} is no name for a file"
    if not path.parent.is_dir():
        return f"{name} cannot be written: there is no folder {str(path.parent)!r}"
    kind = standing(path)
    if kind not in (NOTHING, FILE, FOLDER, LINK):
        return f"{name} is {kind}: name another place"
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"{name} cannot be written: nothing can be made in the folder {str(path.parent)!r}"
    if kind == NOTHING or force or (kind != LINK and is_ours(path)):
        return None
    what = "a link" if kind == LINK else f"{kind} that seedblock did not write"
    return f"{name} is {what}: name another place, or --force, which keeps it as {str(free_name(path))!r}"


def standing(path: Path) -> str:
    """Say what stands at `path`, without following a link or opening anything. Raises OSError."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return NOTHING
    return KINDS.get(stat.S_IFMT(mode), "no file")


def free_name(path: Path) -> Path:
    """Name a backup beside `path` that no editor reads as a snippet file, and that is not there yet."""
    number = 1
    while os.path.lexists(backup := path.with_name(f"{path.name}.bak{number if number > 1 else ''}")):
        number += 1
    return backup


def look(path: Path) -> Seen:
    """Say what stands at `path`, with the content of an ordinary file. Raises OSError."""
    kind = standing(path)
    return Seen(kind, path.read_bytes() if kind == FILE else b"")


def carry_out(steps: Sequence[Step], roots: Collection[Path] = ()) -> None:
    """Do what was planned: write all or nothing, then remove. Folders below `roots` that are left empty go too.

    What a killed run has left beside the files is removed. A signal to stop waits meanwhile. Raises OSError that names
    the file.
    """
    with signals.held():
        sweep(step.path for step in steps)
        contents = {step.path: step.content for step in steps if step.content is not None}
        put(
            contents, {step.path: step.backup for step in steps if step.content is not None and step.backup is not None}
        )
        for step in steps:
            if step.verb == RESTORED and step.backup is not None:
                _bring_back(step.backup, step.path)
            elif step.verb == REMOVED:
                step.path.unlink(missing_ok=True)
                _prune(step.path.parent, roots)


def _bring_back(backup: Path, path: Path) -> None:
    if backup.is_dir() and not backup.is_symlink():
        path.unlink(missing_ok=True)
        backup.rename(path)
    else:
        backup.replace(path)


def _prune(folder: Path, roots: Collection[Path]) -> None:
    while roots and folder not in roots and folder.parent != folder:
        try:
            folder.rmdir()
        except OSError:  # something else is in it
            return
        folder = folder.parent


def sweep(paths: Iterable[Path]) -> None:
    """Remove what a killed run has left beside `paths`."""
    for folder in {path.parent for path in paths}:
        for part in folder.glob(f"{_PART_PREFIX}*{_PART_SUFFIX}"):
            if part.is_file():
                part.unlink(missing_ok=True)


def put(contents: Mapping[Path, bytes], backups: Mapping[Path, Path] = MappingProxyType({})) -> None:
    """Write each file whole, all of them staged before the first is in its place. Raises OSError that names the file.

    What stands at a path in `backups` is there under its second name before the new file takes the first. A link is
    replaced, never written through. After a fault before the first is in its place, everything is as it was.
    """
    staged: list[tuple[Path, Path, bytes]] = []
    made: list[Path] = []
    with signals.held():
        try:
            for path, content in contents.items():
                make_folder(path.parent, made)
                staged.append((_stage(path, content), path, content))
            for part, path, content in staged:
                if path in backups:
                    _keep(path, backups[path])
                _put(part, path, content)
        except BaseException:
            for part, _, _ in staged:
                part.unlink(missing_ok=True)
            unmake(made)
            raise


def make_folder(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and add the new ones to `made`, for `unmake`. Raises OSError."""
    made += [missing for missing in reversed((folder, *folder.parents)) if not missing.exists()]
    folder.mkdir(parents=True, exist_ok=True)


def unmake(made: Sequence[Path]) -> None:
    """Remove folders that were made for nothing; one with something in it stays."""
    for folder in reversed(made):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _keep(path: Path, backup: Path) -> None:
    try:
        os.link(path, backup, follow_symlinks=False)  # so that no moment is without the file
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a folder, a link, or a file system without a second name for a file
        path.rename(backup)


def _stage(path: Path, content: bytes) -> Path:
    part = path.parent / f"{_PART_PREFIX}{os.urandom(8).hex()}{_PART_SUFFIX}"
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            # By its handle: another run may take the part away. Not from a link: its target's rights are not ours.
            if hasattr(os, "fchmod") and path.is_file() and not path.is_symlink():
                os.fchmod(file.fileno(), path.stat().st_mode)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _about(path, error) from None
        raise
    return part


def _put(part: Path, path: Path, content: bytes) -> None:
    try:
        part.replace(path)
    except FileNotFoundError:  # another run has taken it for a left-over
        _put(_stage(path, content), path, content)
    except OSError as error:
        raise _about(path, error) from None


def _about(path: Path, error: OSError) -> OSError:
    """Let the error name the file that the user knows: the part's name says nothing, and a full disk names none."""
    return OSError(error.errno, error.strerror, str(path))
