"""The reader and writer of the disk. Every file is whole at every moment, the old one or the new one."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seedblock.errors import SeedblockError
from seedblock.model import RenderedFile

# A name that no editor reads as a snippet file, for the moment between the first byte and the last.
_PART_PREFIX, _PART_SUFFIX = ".seedblock-", ".part"


class Change(NamedTuple):
    """A file that differs: `old` is None where there is none yet, `new` too for one that no template renders."""

    path: Path
    old: bytes | None
    new: bytes | None


def find_templates() -> Path:
    """Find the templates of this installation, or of this checkout. Raises SeedblockError that names both places."""
    package = Path(__file__).resolve().parent
    places = (package / "templates", package.parents[1] / "templates")
    for place in places:
        if place.is_dir():
            return place
    raise SeedblockError(f"no templates in {str(places[0])!r} or {str(places[1])!r}: install seedblock again")


def read_extras() -> dict[str, bytes]:
    """Read what archives hold besides the snippets: the licence and the icon. Raises SeedblockError, OSError."""
    from importlib import metadata  # it takes longer to import than all else here

    try:
        licence = metadata.distribution("seedblock").read_text("licenses/LICENSE")
    except metadata.PackageNotFoundError:
        licence = None
    if licence is None:
        raise SeedblockError("this seedblock is not installed with its licence: install it again")
    return {"LICENSE": licence.encode(), "icon.png": Path(__file__).with_name("icon.png").read_bytes()}


def read_templates(folder: Path) -> dict[str, str]:
    """Map each template's file name to its text. Raises SeedblockError for one that is not UTF-8."""
    templates, problems = {}, []
    for path in sorted(folder.glob("*.jinja")):
        try:
            templates[path.name] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            problems.append(f"templates/{path.name}: not UTF-8 at byte {error.start}: {error.object[error.start]:#x}")
    if problems:
        raise SeedblockError(*problems)
    return templates


def compare(out: Path, files: Iterable[RenderedFile]) -> tuple[Change, ...]:
    """List what differs between `out` and `files`, and what lies beside them in their folders with their suffixes."""
    new = {out / file.path: file.text.encode("utf-8") for file in files}
    old = {path: path.read_bytes() for path in new if path.is_file() or path.is_dir()}  # a folder raises here
    kinds = {(path.parent, path.suffix) for path in new}
    beside = {path for folder, suffix in kinds for path in folder.glob(f"*{suffix}") if path.is_file()}
    changes = [Change(path, old.get(path), new[path]) for path in sorted(new) if old.get(path) != new[path]]
    return (*changes, *(Change(path, None, None) for path in sorted(beside - new.keys())))


def diff(change: Change) -> Iterator[str]:
    """Yield the lines of a unified diff, each with its line end; none for a file that no template renders."""
    import difflib

    name = change.path.as_posix()
    old, new = _lines(change.old), _lines(change.new)
    for line in difflib.unified_diff(old, new, fromfile=f"{name} (on disk)", tofile=f"{name} (rendered)"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def write(out: Path, files: Sequence[RenderedFile]) -> tuple[Change, ...]:
    """Bring `out` to `files` and return what differed. Files that are not rendered are left as they are.

    All new bytes are put beside their places first, then each into its place: a fault before that leaves every file as
    it was. What a killed run has left beside them is taken away. Raises OSError that names the file.
    """
    changes = compare(out, files)
    sweep(out / file.path for file in files)
    put({path: new for path, _, new in changes if new is not None})
    return changes


def write_archives(out: Path, archives: Mapping[str, bytes]) -> tuple[Change, ...]:
    """Bring the files in `out` named in `archives` to their content, as `write` does; others are not looked at."""
    new = {out / name: content for name, content in archives.items()}
    old = {path: path.read_bytes() for path in new if path.is_file() or path.is_dir()}
    changes = tuple(Change(path, old.get(path), new[path]) for path in sorted(new) if old.get(path) != new[path])
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
