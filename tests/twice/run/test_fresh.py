"""The copies that --fresh makes: whole, cheap, told before, and gone whatever happens."""

import errno
import os
import random
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from seedblock import signals
from seedblock.cli import main
from seedblock.errors import UsageError
from seedblock.twice.run import file_copy, folder_size, fresh
from seedblock.writing.removal import remove_at
from seedblock.writing.scratch import scratch
from tests.support import watched
from tests.support.standing import link
from tests.support.unprivileged import unprivileged

MB = 1 << 20
SPARSE = pytest.mark.skipif(sys.platform == "win32", reason="a file is sparse there only if its writer asks for it")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (made := tmp_path / "work").mkdir()
    return made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (made := tmp_path / "scratch").mkdir()
    return made


def told(path: Path) -> tuple[object, ...]:
    """What a copy keeps of a file, a folder or a link."""
    status = path.lstat()
    content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return status.st_mode, status.st_mtime_ns, content


def tree(folder: Path) -> dict[str, tuple[object, ...]]:
    return {path.relative_to(folder).as_posix(): told(path) for path in (folder, *folder.rglob("*"))}


def some_tree(folder: Path) -> None:
    (folder / "a/b").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name in ("train.py", "a/data", "a/b/data"):
        (folder / name).write_text(name, encoding="utf-8")
        os.utime(folder / name, ns=(10**18, 10**18 + 123_456_700))
    (folder / "train.py").chmod(0o755)
    (folder / "a/data").chmod(0o444)
    (folder / "a/b").chmod(0o555)
    os.utime(folder / "a", ns=(10**18, 10**18))


def test_a_copy_is_whole(folder: Path, place: Path) -> None:
    """Content, modes and times are those of the folder, also of read-only files and folders."""
    some_tree(folder)
    before = tree(folder)
    assert tree(fresh.copy(folder, place, 1)) == before
    assert tree(folder) == before
    (folder / "a/data").chmod(0o600)
    assert tree(place / "copy1") != tree(folder)


LINKS = {
    "inside": ("a/data", "a/data"),
    "inside, upwards": ("a/../a/data", "a/../a/data"),
    "to nowhere inside": ("nothing", "nothing"),
    "inside, by its whole path": ("{folder}/a/data", "a/data"),
    "to the folder itself": ("{folder}", "."),
    "outside": ("../outside", "{outside}"),
    "to nowhere outside": ("../../nothing", "{above}/nothing"),
    "outside, by its whole path": ("{outside}", "{outside}"),
}


@pytest.mark.parametrize("name", LINKS)
def test_links(name: str, folder: Path, place: Path, tmp_path: Path) -> None:
    """A link in the copy leads to the same place outside the folder, or to the same place in the copy."""
    some_tree(folder)
    (tmp_path / "outside").mkdir()
    places = {"folder": folder, "outside": tmp_path / "outside", "above": tmp_path.parent}
    target, copied = (text.format(**places) for text in LINKS[name])
    link(folder / "link", Path(target))
    assert (fresh.copy(folder, place, 1) / "link").readlink() == Path(copied)


@pytest.mark.skipif(os.name != "posix", reason="such files are POSIX's")
def test_what_is_not_copied(folder: Path) -> None:
    """Pipes are left out, and so are our own folders where temporary files are in the working folder."""
    some_tree(folder)
    before = tree(folder)
    os.mkfifo(folder / "pipe")
    (folder / "tmp").mkdir()
    (folder / "tmp/other").touch()
    (ours := folder / "tmp/scratch").mkdir()
    (ours / "1").mkdir()
    link(ours.with_name("link"), ours)
    assert set(tree(fresh.copy(folder, ours, 1))) == {*before, "tmp", "tmp/other", "tmp/link"}


def taken(path: Path) -> int:
    return path.stat().st_blocks * 512


@SPARSE
@pytest.mark.parametrize("size", [200 << 30, 3 * MB + 1])
def test_a_sparse_file_stays_sparse(size: int, folder: Path, place: Path) -> None:
    """Of a file of 200 GB with three words in it, the words are copied, and neither read nor written is the rest."""
    words = {0: b"first", size // 2: b"middle", size - 4: b"last"}
    with (folder / "big").open("wb") as file:
        for at, word in words.items():
            file.seek(at)
            file.write(word)
    if taken(folder / "big") > MB:
        pytest.skip("this disk has no sparse files")
    made = fresh.copy(folder, place, 1) / "big"
    assert (made.stat().st_size, taken(made) <= taken(folder / "big")) == (size, True)
    with made.open("rb") as file:
        for at, word in words.items():
            file.seek(at)
            assert file.read(len(word)) == word


SHAPES = ["", "0", "d", "D", "D0", "0D", "0D0", "D0D", "d0Dd0", "D0d", "DD00DD"]  # D: 3 MB of data, 0: of a hole


@SPARSE
@pytest.mark.parametrize("knows", [True, False], ids=["a disk that knows its holes", "one that does not"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_byte_is_copied(
    shape: str, knows: bool, folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a file has holes, its copy has the same bytes and takes hardly more room."""
    draw = random.Random(shape)
    with (folder / "file").open("wb") as file:
        for part in shape:
            if part == "0":
                file.seek(5 * MB, os.SEEK_CUR)
            else:
                file.write(draw.randbytes(3 * MB if part == "D" else 17))
        file.truncate()
    if not knows:
        monkeypatch.delattr(os, "SEEK_DATA", raising=False)
    made = fresh.copy(folder, place, 1) / "file"
    assert made.read_bytes() == (folder / "file").read_bytes()
    assert taken(made) <= taken(folder / "file") + 2 * file_copy.CHUNK


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this call")
def test_a_clone_reads_nothing(folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk can share the bytes of two files, none is read, and mode and times are those of the file."""
    import fcntl

    some_tree(folder)

    def clone(new: int, call: int, file: int) -> int:
        assert call == 0x40049409
        return os.sendfile(new, file, 0, 1000)

    monkeypatch.setattr(fcntl, "ioctl", clone)
    monkeypatch.setattr(file_copy, "_copy_part", pytest.fail)
    assert tree(fresh.copy(folder, place, 1)) == tree(folder)


class Stop(BaseException):
    pass


def stop_at(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = count(1)

    def check() -> None:
        if next(calls) == number:
            raise Stop

    monkeypatch.setattr(signals, "check", check)


def test_it_can_be_stopped_anywhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal is seen between any two files and between the parts of a file, and nothing is left behind."""
    some_tree(folder)
    (folder / "large").write_bytes(b"x" * (2 * file_copy.CHUNK + 1))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    for number in count(1):
        stop_at(number, monkeypatch)
        try:
            with scratch() as place:
                fresh.copy(folder, place, 1)
        except Stop:
            assert [path.name for path in tmp_path.iterdir()] == ["work"]
        else:
            break
    entries = 7
    assert number > 2 * entries + 3  # they are counted, then copied; of the large one, each of three parts


INTERRUPTED = """
import os, signal
from seedblock.twice.run import file_copy
file_copy._write = lambda *_: os.kill(os.getpid(), signal.SIGINT)
"""


@pytest.mark.skipif(os.name != "posix", reason="such signals are POSIX's")
def test_ctrl_c(tmp_path: Path) -> None:
    """Ctrl-C while a file is copied ends the command before anything runs, and leaves no copy."""
    at = watched.place(tmp_path)
    at.write("open('ran', 'w')")
    command = [sys.executable, "-c", INTERRUPTED + watched.CALL, "twice", "--fresh", "--", "train.py"]
    for code, expected in ((command[2], 130), (watched.CALL, 0)):
        command[2] = code
        result = subprocess.run(command, cwd=at.folder, env=at.variables(), capture_output=True, text=True, check=False)
        assert result.returncode == expected, result
        assert at.left() == []
        assert [path.name for path in at.folder.iterdir()] == ["train.py"]


def test_a_link_in_our_place_is_removed_alone(tmp_path: Path) -> None:
    """If a script has put a link in the place of a folder of ours, only the link goes, and what it leads to stays as it is."""
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "mine/data").write_text("data", encoding="utf-8")
    link(tmp_path / "tmp", tmp_path / "mine")
    before = tree(tmp_path / "mine")
    remove_at(tmp_path / "tmp")
    assert not os.path.lexists(tmp_path / "tmp")
    assert tree(tmp_path / "mine") == before


def test_read_only_folders_are_removed_too() -> None:
    """Both copies go at the end of the block, though their folders are read-only as those that they are copies of."""
    with unprivileged() as at:
        (at / "work").mkdir()
        some_tree(at / "work")
        (at / "work").chmod(0o555)
        with scratch(beside=at / "x") as place:
            for number in (1, 2):
                assert tree(fresh.copy(at / "work", place, number)) == tree(at / "work")
            with pytest.raises(OSError, match="ermission"):
                (place / "copy1/a/b/data").unlink()
        assert [path.name for path in at.iterdir()] == ["work"]
        for name in ("work", "work/a/b"):
            (at / name).chmod(0o755)


def test_all_problems_together() -> None:
    """Everything that cannot be copied is named in one error, and what stands there stays."""
    with unprivileged() as at:
        (at / "work/closed").mkdir(parents=True)
        (at / "scratch").mkdir()
        for name in ("one", "two", "fine"):
            (at / "work" / name).touch(0o600 if name == "fine" else 0)
        (at / "work/closed").chmod(0)
        with pytest.raises(UsageError) as caught:
            fresh.copy(at / "work", at / "scratch", 1)
        (at / "work/closed").chmod(0o700)
    assert sorted(caught.value.problems) == [
        f"--fresh cannot copy {str(at / 'work' / name)!r}: Permission denied" for name in ("closed", "one", "two")
    ]


def test_a_full_disk_is_said_once(folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full, no further file is tried."""
    some_tree(folder)
    asked = []

    def fail(source: str, *_: object) -> None:
        asked.append(source)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fresh, "copy_file", fail)
    with pytest.raises(UsageError, match=r"cannot copy '.*': No space left"):
        fresh.copy(folder, place, 1)
    assert len(asked) == 1


Usage = namedtuple("Usage", "total used free")


def free(count: int) -> Callable[[object], Usage]:
    return lambda _: Usage(10**15, 0, count)


@SPARSE
@pytest.mark.parametrize("short", [0, 1])
def test_space(short: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Too little space for both copies is an error that names both figures, before anything is copied or run."""
    (tmp_path / "train.py").write_text("open('ran', 'w'); print(1)", encoding="utf-8")
    (tmp_path / "data").write_bytes(b"x" * 3_000_000)
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    needed = 2 * sum(taken(tmp_path / name) for name in ("train.py", "data", "sparse"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", free(needed - short))
    monkeypatch.setattr(file_copy, "FICLONE", 0)  # a disk that clones needs no space
    copies: list[int] = []
    copy = fresh.copy
    monkeypatch.setattr(fresh, "copy", lambda *words: (copies.append(words[2]), copy(*words))[1])
    assert main(["twice", "--fresh", "--quiet", "--", "train.py"]) == (2 if short else 0)
    err = capsys.readouterr().err
    assert copies == ([] if short else [1, 2])
    assert ("--fresh needs 6.0 MB for two copies of" in err, "6.0 MB are free in" in err) == (bool(short), bool(short))


def test_a_disk_that_clones_needs_no_space(folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where copies share the bytes of what they are copies of, little free space is no error."""
    (folder / "data").write_bytes(b"x" * 100_000)
    monkeypatch.setattr(shutil, "disk_usage", free(0))
    for clones in (True, False):
        monkeypatch.setattr(file_copy, "_clone", lambda *_, answer=clones: answer)
        if clones:
            fresh.announce(folder, place)
        else:
            with pytest.raises(UsageError, match=r"and 0\.0 kB are free"):
                fresh.announce(folder, place)
        assert list(place.iterdir()) == []


@pytest.mark.parametrize(("files", "size", "said"), [(3, 10, False), (4, 10, True), (3, 10**6, True)])
def test_what_is_said_before(
    files: int,
    size: int,
    said: bool,
    folder: Path,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """How much will be copied is said in one line, unless it is little."""
    monkeypatch.setattr(fresh, "SMALL_FILES", 3)
    monkeypatch.setattr(fresh, "SMALL_BYTES", 500_000)
    for number in range(files):
        (folder / str(number)).write_bytes(b"x" * size)
    fresh.announce(folder, place)
    total = folder_size.in_words(folder_size.measure(folder, place).bytes)
    assert capsys.readouterr().err == (f"--fresh copies {files} files, {total}, twice\n" if said else "")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0.0 kB"), (999_000, "999.0 kB"), (10**6, "1.0 MB"), (5.6e9, "5.6 GB"), (2e14, "200.0 TB")]
)
def test_sizes_in_words(count: float, text: str) -> None:
    """A size has the largest unit of which it is one or more."""
    assert folder_size.in_words(count) == text


def test_never_more_than_two_copies(folder: Path, place: Path) -> None:
    """A third and a fourth run find copies of their own, in place of those of the runs before."""
    some_tree(folder)
    for number in (1, 2, 3, 4):
        (fresh.copy(folder, place, number) / "written").touch()
        assert not (folder / "written").exists()
    assert sorted(path.name for path in place.iterdir()) == ["copy3", "copy4"]
