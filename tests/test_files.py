"""The disk: what is read, what differs, and that every file is whole at every moment."""

import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from seedblock import files
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import RenderedFile
from seedblock.rendering.render import render_all
from seedblock.rendering.settings import set_defaults
from seedblock.rendering.sources import find_templates, read_templates
from tests.support.processes import environment, run_until_killed
from tests.support.standing import STANDING, link, look

ONE, TWO = "a/one.txt", "b/two.txt"


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_life_of_a_file(tmp_path: Path) -> None:
    """Missing, written, current, edited, mended: and what is current is not touched."""
    out = tmp_path / "new" / "folder"
    new = {out / ONE: "é\n".encode()}
    assert files.compare(new) == (files.Change(out / ONE, None, new[out / ONE]),)
    files.write(new)
    assert tree(out) == {"a/one.txt": "é\n".encode()}
    written = (out / "a/one.txt").stat().st_mtime_ns
    assert files.write(new) == files.compare(new) == ()
    assert (out / "a/one.txt").stat().st_mtime_ns == written
    (out / "a/one.txt").write_bytes(b"\xff\r\n")
    assert [change.old for change in files.compare(new)] == [b"\xff\r\n"]
    files.write(new)
    assert files.compare(new) == ()


def test_other_files_are_named_and_left(tmp_path: Path) -> None:
    """A further file of the same kind is found; it is never removed. Other files are none of our business."""
    new = {tmp_path / ONE: b"1"}
    files.write(new)
    (tmp_path / "a/folder.txt").mkdir()
    (tmp_path / "a/.seedblock-folder.part").mkdir()
    for name in ("a/old.txt", "a/notes.md", "c/other.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"mine")
    assert files.write(new) == ()
    assert files.beside(new) == [tmp_path / "a/old.txt"]
    assert sorted(tree(tmp_path)) == ["a/notes.md", "a/old.txt", "a/one.txt", "c/other.txt"]


def test_diff_shows_bytes_that_are_not_text() -> None:
    """A diff survives other encodings, carriage returns, form feeds and a missing last newline."""
    change = files.Change(Path("f"), b"\xff\r\na\x0cb\n", "é".encode())
    assert list(files.diff(change)) == [
        "--- f (on disk)\n",
        "+++ f (rendered)\n",
        "@@ -1,2 +1 @@\n",
        "-\\xff\r\n",
        "-a\x0cb\n",
        "+é\n\\ No newline at end of file\n",
    ]


def test_rights(tmp_path: Path) -> None:
    """A new file has the rights that any new file has, not those of a temporary one; an old one keeps its own."""
    (tmp_path / "ordinary").touch()
    files.write({tmp_path / ONE: b"1"})
    assert (tmp_path / "a/one.txt").stat().st_mode == (tmp_path / "ordinary").stat().st_mode
    (tmp_path / "a/one.txt").chmod(0o600)
    mode = (tmp_path / "a/one.txt").stat().st_mode
    files.write({tmp_path / ONE: b"new"})
    assert (tmp_path / "a/one.txt").stat().st_mode == mode


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    """A file that someone has linked elsewhere keeps its target as it was."""
    (tmp_path / "a").mkdir()
    (tmp_path / "target").write_bytes(b"mine")
    try:
        (tmp_path / "a/one.txt").symlink_to(tmp_path / "target")
    except OSError:
        pytest.skip("this user may not make links")
    files.write({tmp_path / ONE: b"1"})
    assert tree(tmp_path) == {"a/one.txt": b"1", "target": b"mine"}


def test_a_fault_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    """A folder that cannot be made is found before the first file is replaced; no part is left."""
    files.write({tmp_path / ONE: b"1"})
    (tmp_path / "b").write_bytes(b"a file where a folder should be")
    before = tree(tmp_path)
    with pytest.raises(OSError, match=r"File exists|Not a directory|cannot find") as caught:
        files.write({tmp_path / ONE: b"new", tmp_path / TWO: b"2"})
    assert Path(caught.value.filename) == tmp_path / "b"
    assert tree(tmp_path) == before


def test_several_files(tmp_path: Path) -> None:
    """New, current, changed; what else is in the folder is nobody's business."""
    (tmp_path / "theirs.zip").write_bytes(b"theirs")
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    assert files.write({one: b"1"}) == (files.Change(one, None, b"1"),)
    written = one.stat()
    assert files.write({two: b"2", one: b"1"}) == (files.Change(two, None, b"2"),)
    assert one.stat() == written
    assert files.write({one: b"3"}) == (files.Change(one, b"1", b"3"),)
    assert tree(tmp_path) == {"one.zip": b"3", "theirs.zip": b"theirs", "two.zip": b"2"}


def test_a_backup_is_the_file_itself(tmp_path: Path) -> None:
    """What is kept has its bytes, rights and times; a name that is taken stops everything."""
    path, backup = tmp_path / "file", tmp_path / "file.bak"
    path.write_bytes(b"mine")
    path.chmod(0o600)
    before = path.stat()
    files.put({path: b"new"}, {path: backup})
    assert tree(tmp_path) == {"file": b"new", "file.bak": b"mine"}
    assert (backup.stat().st_mode, backup.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    with pytest.raises(FileExistsError):
        files.put({path: b"newer"}, {path: backup})
    assert tree(tmp_path) == {"file": b"new", "file.bak": b"mine"}


def rendered(seed: str) -> tuple[RenderedFile, ...]:
    return render_all(set_defaults(CATALOG, {"seed_value": seed}), read_templates(find_templates()))


# What a file may hold while renders with the seeds 1 and 2 go on.
WHOLE = {
    one.path: {one.text.encode(), two.text.encode()} for one, two in zip(rendered("1"), rendered("2"), strict=True)
}

RENDER_OFTEN = """
import sys
from seedblock.cli import main
for _ in range(60):
    for seed in ("1", "2"):
        assert main(["render", "--out", sys.argv[1], "--set", f"seed_value={seed}"]) == 0
"""


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """A render killed at each third call that writes leaves every file whole, old or new; the next one leaves no stray."""
    from seedblock.cli import main

    out = tmp_path / "out"
    strays, stages = 0, set[int]()
    for seed in ("1", "2"):
        for moment in count(1, 3):
            if seed == "1":
                shutil.rmtree(out, ignore_errors=True)
            else:
                assert main(["render", "--out", str(out), "--set", "seed_value=1"]) == 0
            done = run_until_killed(moment, "render", "--out", str(out), "--set", f"seed_value={seed}", cwd=tmp_path)
            stages.add(len(tree(out).keys() & WHOLE.keys()))
            for name, content in tree(out).items():
                if name in WHOLE:
                    assert content in WHOLE[name], name
                else:
                    strays += 1
            if done:
                break
    assert strays, "no kill came between the first byte and the last: this test has seen nothing"
    assert {0, len(WHOLE)} < stages
    assert main(["render", "--out", str(out)]) == 0
    assert tree(out).keys() == WHOLE.keys()


def test_renders_at_the_same_moment(tmp_path: Path) -> None:
    """Two processes that render other defaults into one folder again and again both succeed, and every file is whole."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RENDER_OFTEN, str(tmp_path)], stdout=subprocess.DEVNULL, env=environment()
        )
        for _ in range(2)
    ]
    assert [process.wait() for process in processes] == [0, 0]
    assert tree(tmp_path).keys() == WHOLE.keys()
    for name, content in tree(tmp_path).items():
        assert content in WHOLE[name], name


@pytest.mark.skipif(os.name != "posix", reason="only POSIX limits the size of a process's files")
def test_disk_that_is_full(tmp_path: Path) -> None:
    """Where not all bytes can be written, exit code 2 names the file, and every file stays as it was."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    arguments = [sys.executable, "-m", "seedblock", "render", "--out", str(tmp_path)]
    assert subprocess.run(arguments, env=environment(), check=True, capture_output=True).stderr == b""
    before = tree(tmp_path)
    result = subprocess.run(
        [*arguments, "--set", "seed_value=1"],
        env=environment(),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    first = min(path for path in tmp_path.rglob("*.*") if path.stat().st_size > 1000)
    assert result.stderr == f"seedblock: cannot read or write {str(first)!r}: File too large\n"
    assert tree(tmp_path) == before


def test_free_name(tmp_path: Path) -> None:
    """A backup takes a name that nothing has, not even a dangling link, and no editor reads."""
    path = tmp_path / "seedblock.xml"
    assert files.free_name(path).name == "seedblock.xml.bak"
    (tmp_path / "seedblock.xml.bak").touch()
    assert files.free_name(path).name == "seedblock.xml.bak2"
    link(tmp_path / "seedblock.xml.bak2", tmp_path / "none")
    assert files.free_name(path).name == "seedblock.xml.bak3"


@pytest.mark.parametrize("kind", STANDING)
def test_what_is_not_ours_is_refused(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands at a path and is not ours by content is refused by what it is; force may put aside what can be kept."""
    monkeypatch.chdir(tmp_path)
    make, can_be_kept = STANDING[kind]
    make(path := tmp_path / "page.html")
    before = look(tmp_path)
    assert files.standing(path) in (said := str(files.objection(path, lambda path: False)))
    assert ("--force" in said) == can_be_kept
    assert (files.objection(path, lambda path: False, force=True) is None) == can_be_kept
    assert look(tmp_path) == before


def test_where_something_may_be_written(tmp_path: Path) -> None:
    """Nothing there, or a file of ours, also under a name of any characters; not through a link, not in a missing folder."""
    for name in ("new", "new\nline", os.fsdecode(b"b\xff")):
        assert files.objection(tmp_path / name, lambda path: False) is None
    (tmp_path / "ours").touch()
    assert files.objection(tmp_path / "ours", lambda path: True) is None
    link(tmp_path / "link", tmp_path / "ours")
    assert "is a link" in str(files.objection(tmp_path / "link", lambda path: True))
    assert "no folder" in str(files.objection(tmp_path / "none" / "new", lambda path: True))
    assert "no name for a file" in str(files.objection(Path(), lambda path: True))
    assert os.name != "posix" or "is a device" in str(files.objection(Path("/dev/null"), lambda path: True, force=True))
