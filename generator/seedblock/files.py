"""The reader and writer of the disk. Every file is whole at every moment, the old one or the new one."""

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

# A name that no editor reads as a snippet file, for the moment between the first byte and the last.
_PART_PREFIX, _PART_SUFFIX = ".seedblock-", ".part"


NOTHING, FILE, FOLDER, LINK = "nothing", "a file", "a folder", "a link"
KINDS = {
    stat.S_IFREG: FILE,
    stat.S_IFDIR: FOLDER,
    stat.S_IFLNK: LINK,
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Change(NamedTuple):
    """A file that differs: `old` is None where there is none yet."""

    path: Path
    old: bytes | None
    new: bytes


def objection(path: Path, is_ours: Callable[[Path], bool], force: bool = False) -> str | None:
    """Say why nothing may be written at `path`; None where nothing stands there, or something of ours by its content.

    With `force` anything else may stand there too, and is to be kept under `free_name`; but for what is no file to keep.
    """
    name = repr(str(path))
    if not path.name:
        return f"{name} is no name for a file"
    if not path.parent.is_dir():
        return f"{name} cannot be written: there is no folder {str(path.parent)!r}"
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"{name} cannot be written: nothing can be made in the folder {str(path.parent)!r}"
    kind = standing(path)
    if kind in (NOTHING, FILE, FOLDER, LINK):
        if kind == NOTHING or force or (kind != LINK and is_ours(path)):
            return None
        what = "a link" if kind == LINK else f"{kind} that seedblock did not write"
        return f"{name} is {what}: name another place, or --force, which keeps it as {str(free_name(path))!r}"
    return f"{name} is {kind}: name another place"


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


def compare(new: Mapping[Path, bytes]) -> tuple[Change, ...]:
    """List what differs between the disk and `new`."""
    old = {path: path.read_bytes() for path in new if path.is_file() or path.is_dir()}  # a folder raises here
    return tuple(Change(path, old.get(path), new[path]) for path in sorted(new) if old.get(path) != new[path])


def beside(paths: Collection[Path]) -> list[Path]:
    """List the other files in the folders of `paths` that have the same suffixes."""
    kinds = {(path.parent, path.suffix) for path in paths}
    found = {path for folder, suffix in kinds for path in folder.glob(f"*{suffix}") if path.is_file()}
    return sorted(found - set(paths))


def diff(change: Change) -> Iterator[str]:
    """Yield the lines of a unified diff, each with its line end."""
    import difflib

    name = change.path.as_posix()
    old, new = _lines(change.old), _lines(change.new)
    for line in difflib.unified_diff(old, new, fromfile=f"{name} (on disk)", tofile=f"{name} (rendered)"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def write(new: Mapping[Path, bytes]) -> tuple[Change, ...]:
    """Bring the disk to `new` and return what differed. No other file is touched.

    All new bytes are put beside their places first, then each into its place: a fault before that leaves every file as
    it was. What a killed run has left beside them is removed. Raises OSError that names the file.
    """
    changes = compare(new)
    sweep(new)
    put({path: new[path] for path, _, _ in changes})
    return changes


def sweep(paths: Iterable[Path]) -> None:
    """Take away what a killed run has left beside `paths`."""
    for folder in {path.parent for path in paths}:
        for part in folder.glob(f"{_PART_PREFIX}*{_PART_SUFFIX}"):
            if part.is_file():
                part.unlink(missing_ok=True)


def put(contents: Mapping[Path, bytes], backups: Mapping[Path, Path] = MappingProxyType({})) -> None:
    """Write each file whole, all of them staged before the first is in its place. Raises OSError that names the file.

    What stands at a path in `backups` is there under its second name before the new file takes the first. A link is
    replaced, never written through.
    """
    staged: list[tuple[Path, Path, bytes]] = []
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            staged.append((_stage(path, content), path, content))
        for part, path, content in staged:
            if path in backups:
                _keep(path, backups[path])
            _put(part, path, content)
    finally:
        for part, _, _ in staged:
            part.unlink(missing_ok=True)


def _keep(path: Path, backup: Path) -> None:
    try:
        os.link(path, backup, follow_symlinks=False)  # so that no moment is without the file
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a folder, a link, or a file system without a second name for a file
        path.rename(backup)


def _lines(content: bytes | None) -> list[str]:
    # Not splitlines(): it also splits at form feeds and other characters that are part of a line here.
    return [line for line in re.split("(?<=\n)", (content or b"").decode("utf-8", "backslashreplace")) if line]


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
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _about(path, error) from None
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
