"""The disk: what is read, what differs, and that every file is whole at every moment."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock import files
from seedblock.errors import SeedblockError
from seedblock.model import RenderedFile
from tests.processes import environment

ONE, TWO = RenderedFile("a/one.txt", "é\n"), RenderedFile("b/two.txt", "2")


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_life_of_a_file(tmp_path: Path) -> None:
    """Missing, written, current, edited, mended: and what is current is not touched."""
    out = tmp_path / "new" / "folder"
    assert [(change.old, change.new) for change in files.compare(out, [ONE])] == [(None, "é\n".encode())]
    files.write(out, [ONE])
    assert tree(out) == {"a/one.txt": "é\n".encode()}
    written = (out / "a/one.txt").stat()
    assert files.write(out, [ONE]) == files.compare(out, [ONE]) == ()
    assert (out / "a/one.txt").stat() == written
    (out / "a/one.txt").write_bytes(b"\xff\r\n")
    assert [change.old for change in files.compare(out, [ONE])] == [b"\xff\r\n"]
    files.write(out, [ONE])
    assert files.compare(out, [ONE]) == ()


def test_what_nothing_renders_is_named_and_left(tmp_path: Path) -> None:
    """A further file of the same kind is a difference; it is never removed. Other files are none of our business."""
    files.write(tmp_path, [ONE])
    for name in ("a/old.txt", "a/notes.md", "c/other.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"mine")
    (change,) = files.write(tmp_path, [ONE])
    assert change == files.Change(tmp_path / "a/old.txt", b"mine", None)
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


def test_mode_follows_the_umask(tmp_path: Path) -> None:
    """A written file has the rights that any new file has, not those of a temporary one."""
    (tmp_path / "ordinary").touch()
    files.write(tmp_path, [ONE])
    assert (tmp_path / "a/one.txt").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    """A file that someone has linked elsewhere keeps its target as it was."""
    (tmp_path / "a").mkdir()
    (tmp_path / "target").write_bytes(b"mine")
    try:
        (tmp_path / "a/one.txt").symlink_to(tmp_path / "target")
    except OSError:
        pytest.skip("this user may not make links")
    files.write(tmp_path, [ONE])
    assert tree(tmp_path) == {"a/one.txt": "é\n".encode(), "target": b"mine"}


def test_a_fault_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    """A folder that cannot be made is found before the first file is replaced; no part is left."""
    files.write(tmp_path, [ONE])
    (tmp_path / "b").write_bytes(b"a file where a folder should be")
    before = tree(tmp_path)
    with pytest.raises(OSError, match="b"):
        files.write(tmp_path, [ONE._replace(text="new"), TWO])
    assert tree(tmp_path) == before


def test_templates_that_are_no_utf8_are_named(tmp_path: Path) -> None:
    """Every template in another encoding is named with the place of its first wrong byte."""
    (tmp_path / "a.py.jinja").write_bytes(b"ok\xff")
    (tmp_path / "b.py.jinja").write_bytes(b"\xe9")
    with pytest.raises(SeedblockError) as caught:
        files.read_templates(tmp_path)
    assert caught.value.problems == (
        "templates/a.py.jinja: not UTF-8 at byte 2: 0xff",
        "templates/b.py.jinja: not UTF-8 at byte 0: 0xe9",
    )


def test_missing_templates_are_looked_for_in_two_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without its templates says where they should be."""
    monkeypatch.setattr(files, "__file__", str(tmp_path / "generator/seedblock/files.py"))
    with pytest.raises(SeedblockError) as caught:
        files.find_templates()
    for place in ("generator/seedblock/templates", "templates"):
        assert repr(str(tmp_path / place)) in caught.value.problems[0]


RENDER_FOR_EVER = """
import sys
from seedblock.cli import main
while True:
    for seed in ("1", "2"):
        assert main(["render", "--out", sys.argv[1], "--set", f"seed_value={seed}"]) == 0
"""


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """100 renders killed at random moments leave every file whole, the old or the new; the next one leaves no stray."""
    from seedblock.cli import main

    wholes: dict[str, set[bytes]] = {}
    for seed in ("1", "2"):
        assert main(["render", "--out", str(tmp_path / seed), "--set", f"seed_value={seed}"]) == 0
        for name, content in tree(tmp_path / seed).items():
            wholes.setdefault(name, set()).add(content)
    moments, out = random.Random(0), tmp_path / "out"
    strays = 0
    for _ in range(100):
        process = subprocess.Popen(
            [sys.executable, "-c", RENDER_FOR_EVER, str(out)], stdout=subprocess.PIPE, env=environment()
        )
        assert process.stdout is not None
        process.stdout.readline()  # the first file is written: it is at work
        try:
            process.wait(timeout=moments.uniform(0, 0.03))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        for name, content in tree(out).items():
            if name in wholes:
                assert content in wholes[name], name
            else:
                strays += 1
    assert strays, "no kill came between the first byte and the last: this test has seen nothing"
    assert main(["render", "--out", str(out)]) == 0
    assert tree(out).keys() == wholes.keys()


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
    assert (
        result.stderr
        == f"seedblock: cannot read or write {str(tmp_path / 'pycharm/seedblock.xml')!r}: File too large\n"
    )
    assert tree(tmp_path) == before
