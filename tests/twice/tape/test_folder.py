"""A finished tape is ours by the digests of its files: whatever a user has put into it or changed makes it theirs."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seedblock.twice.tape.folder import OUTPUT_FILE, RUN_FILE, is_tape, keep_tape
from seedblock.writing.digest_list import DIGEST_LIST
from tests.support.standing import link, look
from tests.support.watched import place
from tests.twice.tape.test_gate import PROCESS, tape


def finished(folder: Path, name: str = "a.tape") -> Path:
    """Make a tape and keep it as `record` does."""
    (folder / "scratch").mkdir(exist_ok=True)
    keep_tape(tape(folder / "scratch/tape"), folder / name)
    return folder / name


def _write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda made: (made / name).write_bytes(content) and None


def _append(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda made: (made / name).write_bytes((made / name).read_bytes() + content) and None


def _linked(made: Path) -> None:
    (made / OUTPUT_FILE).rename(made.parent / "output")
    link(made / OUTPUT_FILE, made.parent / "output")


def _swapped(made: Path) -> None:
    for one, two in ((OUTPUT_FILE, "x"), (PROCESS, OUTPUT_FILE), ("x", PROCESS)):
        (made / one).rename(made / two)


CHANGED: dict[str, Callable[[Path], None]] = {
    "an empty .jsonl": _write("empty.jsonl", b""),
    "a file that begins as a tape does": _write("notes.jsonl", b'{"tape":4}\nmine\n'),
    "a note": _write("notes.txt", b"mine"),
    "a hidden file": _write(".mine", b""),
    "a folder": lambda made: (made / "mine").mkdir(),
    "an output that was edited": _append(OUTPUT_FILE, b"mine\n"),
    "a process that was edited": _append(PROCESS, b"\n"),
    "a description that was edited": _append(RUN_FILE, b"\n"),
    "a link in place of a file": _linked,
    "two files that changed places": _swapped,
    "a file that is missing": lambda made: (made / PROCESS).unlink(),
    "no list, as in an earlier version": lambda made: (made / DIGEST_LIST).unlink(),
    "an empty list": _write(DIGEST_LIST, b""),
    "a list with a line of another kind": _append(DIGEST_LIST, b"mine\n"),
    "a list with another line": _append(DIGEST_LIST, b"0" * 64 + b"  mine\n"),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_tape_is_not_ours(change: str, tmp_path: Path) -> None:
    """A tape is ours, in a copied folder too, until something in it is added, changed or removed; then it is renamed, not replaced."""
    made = finished(tmp_path)
    assert is_tape(made)
    assert is_tape(Path(shutil.copytree(made, tmp_path / "copy")))
    CHANGED[change](made)
    assert not is_tape(made)
    before = {name.partition("/")[2]: found for name, found in look(tmp_path).items() if name.startswith("a.tape/")}
    finished(tmp_path)
    assert is_tape(made)
    after = {name.partition("/")[2]: found for name, found in look(tmp_path).items() if name.startswith("a.tape.bak/")}
    assert after == before != {}


def test_ours_is_replaced(tmp_path: Path) -> None:
    """A tape as we wrote it is replaced, and nothing of it is kept beside the new one."""
    finished(tmp_path)
    assert is_tape(finished(tmp_path))
    assert not list(tmp_path.glob("*.bak"))


@pytest.mark.parametrize("planted", ["an empty .jsonl", "a file that begins as a tape does"])
def test_record_refuses(planted: str, tmp_path: Path) -> None:
    """`record` refuses to replace a tape with a file of its user's in it; --force keeps it under another name."""
    at = place(tmp_path)
    at.write("print(1)")
    record = ("record", "--out", "a.tape")
    assert at.run(*record, "--", "train.py").returncode == 0
    assert at.run(*record, "--", "train.py").returncode == 0
    CHANGED[planted](at.folder / "a.tape")
    before = look(at.folder)
    result = at.run(*record, "--", "train.py")
    assert (result.returncode, "that seedblock did not write" in result.stderr) == (2, True), result
    assert look(at.folder) == before
    result = at.run(*record, "--force", "--", "train.py")
    assert (result.returncode, "a.tape.bak" in result.stderr) == (0, True), result
    assert is_tape(at.folder / "a.tape")
    assert at.left() == []


def _folder_with_a_file(path: Path) -> None:
    path.mkdir()
    (path / "mine").touch()


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 10**11)  # to read it would take minutes


PLANTED: dict[str, tuple[str, Callable[[Path], None], bool]] = {
    "a pipe": (DIGEST_LIST, lambda path: os.mkfifo(path), True),
    "a link": (DIGEST_LIST, lambda path: link(path, path.parents[2] / "mine"), True),
    "a link to nowhere": (DIGEST_LIST, lambda path: link(path, Path("nowhere")), True),
    "a file": (DIGEST_LIST, lambda path: path.write_bytes(b"mine") and None, True),
    "an empty folder": (DIGEST_LIST, lambda path: path.mkdir(), False),
    "a folder": (DIGEST_LIST, _folder_with_a_file, False),
    "a huge file": ("checkpoint.pt", _huge, False),
    "a pipe for a process": ("0.jsonl", lambda path: os.mkfifo(path), False),
}


@pytest.mark.skipif(os.name != "posix", reason="such files are POSIX's")
@pytest.mark.parametrize("kind", PLANTED)
def test_what_a_script_plants_in_its_tape(kind: str, tmp_path: Path) -> None:
    """Whatever a script puts into its tape's folder, the tape is kept, and nothing outside is written or waited for."""
    name, plant, ours = PLANTED[kind]
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "scratch").mkdir()
    made = tape(tmp_path / "scratch/tape")
    plant(made / name)
    keep_tape(made, tmp_path / "a.tape")
    assert (tmp_path / "a.tape" / PROCESS).exists()
    assert is_tape(tmp_path / "a.tape") == ours
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_link_to_a_tape_is_kept(tmp_path: Path) -> None:
    """A link is its user's, even if a tape of ours is behind it: it is renamed, and what it leads to stays as it is."""
    real = finished(tmp_path, "real.tape")
    link(tmp_path / "a.tape", Path("real.tape"))
    before = look(real)
    assert not is_tape(tmp_path / "a.tape")
    finished(tmp_path)
    assert is_tape(tmp_path / "a.tape")
    assert not (tmp_path / "a.tape").is_symlink()
    assert (tmp_path / "a.tape.bak").readlink() == Path("real.tape")
    assert look(real) == before


def test_what_a_script_plants_makes_the_tape_its_user_s(tmp_path: Path) -> None:
    """A script that puts a folder, or a name that no list can hold, beside its tape does not stop it from being kept."""
    (tmp_path / "scratch").mkdir()
    made = tape(tmp_path / "scratch/tape")
    (made / "folder").mkdir()
    (made / "new\nline").touch()
    keep_tape(made, tmp_path / "a.tape")
    assert (tmp_path / "a.tape/new\nline").exists()
    assert not is_tape(tmp_path / "a.tape")
