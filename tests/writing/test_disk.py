"""Reading and writing files: every file is whole at every moment."""

import errno
import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from seedblock.editors.archive_extras import read_extras
from seedblock.editors.archives.bundle import bundle_all
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import RenderedFile
from seedblock.rendering.product import render_catalog
from seedblock.rendering.render import render_all
from seedblock.rendering.settings import Settings, apply
from seedblock.rendering.sources import find_templates, read_templates
from seedblock.writing import disk
from seedblock.writing.folder import DIGEST_LIST
from seedblock.writing.plan import FILE, LARGE_FILE, NEW, Action, OnDisk
from tests.support.processes import environment, run_until_killed
from tests.support.standing import STANDING, link, look

ONE, TWO = "a/one.txt", "b/two.txt"


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder except the list of digests."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != DIGEST_LIST]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_rights(tmp_path: Path) -> None:
    """A new file gets the mode of any new file, not that of a temporary one. An existing file keeps its mode."""
    (tmp_path / "ordinary").touch()
    disk.put({tmp_path / ONE: b"1"})
    assert (tmp_path / "a/one.txt").stat().st_mode == (tmp_path / "ordinary").stat().st_mode
    (tmp_path / "a/one.txt").chmod(0o600)
    mode = (tmp_path / "a/one.txt").stat().st_mode
    disk.put({tmp_path / ONE: b"new"})
    assert (tmp_path / "a/one.txt").stat().st_mode == mode


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    """If our file's name is a link, the link is replaced and its target stays unchanged."""
    (tmp_path / "a").mkdir()
    (tmp_path / "target").write_bytes(b"mine")
    link(tmp_path / "a/one.txt", tmp_path / "target")
    disk.put({tmp_path / ONE: b"1"})
    assert tree(tmp_path) == {"a/one.txt": b"1", "target": b"mine"}


def test_a_fault_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    """A folder that cannot be made is noticed before the first file is replaced; no staged file is left."""
    disk.put({tmp_path / ONE: b"1"})
    (tmp_path / "b").write_bytes(b"a file where a folder should be")
    before = tree(tmp_path)
    with pytest.raises(OSError, match=r"File exists|Not a directory|cannot find") as caught:
        disk.put({tmp_path / ONE: b"new", tmp_path / TWO: b"2"})
    assert Path(caught.value.filename) == tmp_path / "b"
    assert tree(tmp_path) == before


def test_a_read_only_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses to remove even what is not there. The error names the user's file, never the staged one."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        if path.is_dir():  # making it again is no error
            return
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    (tmp_path / ".seedblock-0.part").touch()  # a killed run's
    for name in ("open", "unlink", "mkdir"):
        monkeypatch.setattr(Path, name, refuse)
    for name, named in (("new.txt", "new.txt"), ("a/one.txt", "a")):
        action = Action(NEW, tmp_path / name, b"1")
        with pytest.raises(OSError, match="Read-only") as caught:
            disk.carry_out([action])
        assert caught.value.filename == str(tmp_path / named)


def test_a_file_too_large_to_be_ours(tmp_path: Path) -> None:
    """It is told by its size, and not read; every file that we write is far below that size."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(disk.MAX_BYTES)
        assert disk.inspect(tmp_path / "large").kind == FILE
        file.truncate(disk.MAX_BYTES + 1)
    assert disk.inspect(tmp_path / "large") == OnDisk(LARGE_FILE)
    entries = apply(Settings(), CATALOG)
    archives = bundle_all(render_catalog(entries), entries, read_extras(), "1.0.0")
    assert max(len(content) for content in archives.values()) < disk.MAX_BYTES / 10


def test_a_backup_is_the_file_itself(tmp_path: Path) -> None:
    """A backup has the bytes, mode and times of the original. If its name is taken, nothing is written."""
    path, backup = tmp_path / "file", tmp_path / "file.bak"
    path.write_bytes(b"mine")
    path.chmod(0o600)
    before = path.stat()
    disk.put({path: b"new"}, {path: backup})
    assert tree(tmp_path) == {"file": b"new", "file.bak": b"mine"}
    assert (backup.stat().st_mode, backup.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    with pytest.raises(FileExistsError):
        disk.put({path: b"newer"}, {path: backup})
    assert tree(tmp_path) == {"file": b"new", "file.bak": b"mine"}


def rendered(seed: str) -> tuple[RenderedFile, ...]:
    return render_all(apply(Settings((("seed_value", seed),)), CATALOG), read_templates(find_templates()))


# What each file may hold while renders with the seeds 1 and 2 are running.
WHOLE = {
    one.path: {one.text.encode(), two.text.encode()} for one, two in zip(rendered("1"), rendered("2"), strict=True)
}

RENDER_OFTEN = """
import sys
from seedblock.cli import main
for _ in range(10):
    for seed in ("1", "2"):
        assert main(["render", "--out", sys.argv[1], "--set", f"seed_value={seed}"]) == 0
"""


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """A render killed at one of its writes leaves every file whole, old or new; the next render completes it."""
    assert {0, len(WHOLE)} <= kill_renders(tmp_path, 23)


@pytest.mark.slow
def test_killed_at_every_moment(tmp_path: Path) -> None:
    """The same, at each call."""
    assert kill_renders(tmp_path, 1) >= set(range(len(WHOLE) + 1))


def kill_renders(folder: Path, stride: int) -> set[int]:
    from seedblock.cli import main

    out = folder / "out"
    strays, stages = 0, set[int]()
    for seed in ("1", "2"):
        for moment in count(1, stride):
            if seed == "1":
                shutil.rmtree(out, ignore_errors=True)
            else:
                assert main(["render", "--out", str(out), "--set", "seed_value=1"]) == 0
            done = run_until_killed(moment, "render", "--out", str(out), "--set", f"seed_value={seed}", cwd=folder)
            stages.add(len(tree(out).keys() & WHOLE.keys()))
            for name, content in tree(out).items():
                if name in WHOLE:
                    assert content in WHOLE[name], name
                else:
                    strays += 1
            if done:
                break
    assert strays, "no kill came between the first byte and the last: this test has seen nothing"
    assert main(["render", "--out", str(out)]) == 0
    assert tree(out).keys() == WHOLE.keys()
    return stages


def test_renders_at_the_same_moment(tmp_path: Path) -> None:
    """Two processes that keep rendering different defaults into one folder both succeed, and every file is whole."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RENDER_OFTEN, str(tmp_path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # each says when it waits
            env=environment(),
        )
        for _ in range(2)
    ]
    assert [process.wait() for process in processes] == [0, 0]
    from seedblock.cli import main

    assert main(["render", "--out", str(tmp_path)]) == 0, "all that lies there is known to be ours"
    assert main(["render", "--out", str(tmp_path), "--set", "seed_value=1"]) == 0
    assert tree(tmp_path).keys() == WHOLE.keys()
    for name, content in tree(tmp_path).items():
        assert content in WHOLE[name], name


@pytest.mark.skipif(os.name != "posix", reason="only POSIX limits the size of a process's files")
def test_disk_that_is_full(tmp_path: Path) -> None:
    """On a full disk the exit code is 2, the file is named, and every file stays as it was."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    arguments = [sys.executable, "-m", "seedblock", "render", "--out", str(tmp_path)]
    assert subprocess.run(arguments, env=environment(), check=True, capture_output=True).stderr == b""
    before = tree(tmp_path)
    result = subprocess.run(
        [*arguments, "--set", "seed_value=1"],
        env=environment(PYTHONDONTWRITEBYTECODE="1"),  # or Python would keep cut off modules
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == f"seedblock: cannot read or write {str(tmp_path / DIGEST_LIST)!r}: File too large\n"
    assert tree(tmp_path) == before


def test_free_name(tmp_path: Path) -> None:
    """A backup gets an unused name, not even that of a dangling link, which no editor reads."""
    path = tmp_path / "seedblock.xml"
    assert disk.free_name(path).name == "seedblock.xml.bak"
    (tmp_path / "seedblock.xml.bak").touch()
    assert disk.free_name(path).name == "seedblock.xml.bak2"
    link(tmp_path / "seedblock.xml.bak2", tmp_path / "none")
    assert disk.free_name(path).name == "seedblock.xml.bak3"


@pytest.mark.parametrize(
    ("name", "of_snippets", "backup"),
    [
        ("seed", True, "seed.bak~"),
        ("seed", False, "seed.bak"),
        ("seed.py", True, "seed.py.bak"),
    ],
)
def test_backup_of_a_snippet(name: str, of_snippets: bool, backup: str, tmp_path: Path) -> None:
    """Only that of a snippet without a suffix ends in `~`, which yasnippet skips; each is found again."""
    path = tmp_path / name
    assert disk.free_name(path, of_snippets) == tmp_path / backup
    (tmp_path / backup).touch()
    assert disk.backups_beside(path, of_snippets) == [tmp_path / backup]
    assert disk.backups_beside(path, not of_snippets) == ([tmp_path / backup] if path.suffix else [])


@pytest.mark.parametrize("kind", STANDING)
def test_what_is_not_ours_is_refused(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything at the path that is not ours is refused by its kind. With force it is kept, if it can be renamed."""
    monkeypatch.chdir(tmp_path)
    make, can_be_kept = STANDING[kind]
    make(path := tmp_path / "page.html")
    before = look(tmp_path)
    assert disk.standing(path) in (said := str(disk.objection(path, lambda path: False)))
    assert ("--force" in said) == can_be_kept
    assert (disk.objection(path, lambda path: False, force=True) is None) == can_be_kept
    assert look(tmp_path) == before


def test_where_something_may_be_written(tmp_path: Path) -> None:
    """A new path or a file of ours may be written, whatever its name; not a link, and not in a missing folder."""
    for name in ("new", "new\nline", os.fsdecode(b"b\xff")):
        assert disk.objection(tmp_path / name, lambda path: False) is None
    (tmp_path / "ours").touch()
    assert disk.objection(tmp_path / "ours", lambda path: True) is None
    link(tmp_path / "link", tmp_path / "ours")
    assert "is a link" in str(disk.objection(tmp_path / "link", lambda path: True))
    assert "no folder" in str(disk.objection(tmp_path / "none" / "new", lambda path: True))
    assert "is not a file name" in str(disk.objection(Path(), lambda path: True))
    assert os.name != "posix" or "is a device" in str(disk.objection(Path("/dev/null"), lambda path: True, force=True))
