"""The only reader and writer of the disk. Every file is whole at every moment, the old one or the new one."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
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
    for folder in {(out / file.path).parent for file in files}:
        for part in folder.glob(f"{_PART_PREFIX}*{_PART_SUFFIX}"):
            if part.is_file():
                part.unlink(missing_ok=True)
    staged: list[tuple[Path, Path, bytes]] = []
    try:
        for path, _, new in changes:
            if new is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                staged.append((_stage(path, new), path, new))
        for part, path, new in staged:
            _put(part, path, new)
    finally:
        for part, _, _ in staged:
            part.unlink(missing_ok=True)
    return changes


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
            if hasattr(os, "fchmod") and path.exists():  # by its handle: another run may take the part away
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
