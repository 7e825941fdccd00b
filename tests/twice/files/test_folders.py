"""What two runs write, in one folder one after the other or each in its own: found, matched and compared."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedblock import signals
from seedblock.twice.files import comparing, folder, keeping, reading, store
from seedblock.twice.files.comparing import compare_files
from seedblock.twice.files.data import FilesCompared, Names
from seedblock.twice.files.folder import Watched, seen, unpacked
from seedblock.twice.files.keeping import keep
from seedblock.twice.files.reading import Unreadable, digest
from tests.support.standing import link
from tests.support.unprivileged import unprivileged
from tests.support.written_files import npy, npz, pickled, strings

POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")


class Added(bytes):
    """What a run adds to a file."""


Writes = Mapping[str, bytes | None]  # by name: content; None for a file that is removed


def write(place: Path, writes: Writes, moment: int) -> None:
    """Write files as a run does at `moment`: in seconds, so that no test depends on how fine the clock of a disk is."""
    for at, (name, content) in enumerate(writes.items()):
        path = place / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab" if isinstance(content, Added) else "wb") as file:
            file.write(content)
        os.utime(path, ns=(0, (moment + at) * 10**9))


def in_place(
    place: Path, before: Writes, one: Writes, two: Writes, pids: comparing.Pids = ((), ()), ignore: tuple[str, ...] = ()
) -> FilesCompared:
    """Let both runs write into one folder."""
    work, scratch = (place / name for name in ("work", "scratch"))
    work.mkdir(), scratch.mkdir()
    write(work, before, 0)
    first = seen(Watched(work))
    write(work, one, 1000)
    kept = keep(Watched(work), first, scratch, ignore)
    write(work, two, 2000)
    return compare_files(kept, Watched(work), pids=pids, ignore=ignore)


def apart(place: Path, before: Writes, one: Writes, two: Writes) -> FilesCompared:
    """Let each run write into its own copy of a folder, at the same path, one after the other."""
    work, scratch = (place / name for name in ("work", "scratch"))
    scratch.mkdir()
    for writes in (one, two):
        work.mkdir()
        write(work, before, 0)
        start = seen(Watched(work))
        write(work, writes, 1000)
        if writes is one:
            kept = keep(Watched(work), start, scratch)
            work.rename(place / "first")
    return compare_files(kept, Watched(work), start)


def names(*found: str) -> Names:
    return Names(tuple(found), len(found))


class Case(NamedTuple):
    before: Writes
    one: Writes
    two: Writes
    found: FilesCompared
    first: str = ""


SAME = FilesCompared(identical=1)
BASE = {"a.txt": b"base\n", "b.txt": b"b"}
IN_PLACE = {
    "nothing": Case(BASE, {}, {}, FilesCompared()),
    "the same": Case({}, {"a/b.csv": b"x"}, {"a/b.csv": b"x"}, SAME),
    "the same, of another kind": Case({}, {"a": b"\0" * 3_000_000}, {"a": b"\0" * 3_000_000}, SAME),
    "another content": Case({}, {"a.csv": b"x\n1\n"}, {"a.csv": b"x\n2\n"}, FilesCompared(differing=names("a.csv")), "a.csv, line 2, column 'x': '1' and '2'"),
    "another size": Case({}, {"a": b"\0"}, {"a": b"\1\0"}, FilesCompared(differing=names("a")), "a: byte 0"),
    "another bytes of the same": Case({}, {"m.pkl": strings("a", "b")}, {"m.pkl": strings("b", "a")}, SAME._replace(same_content=names("m.pkl"))),
    "the first that was written": Case({}, {"z.txt": b"1", "a.txt": b"1"}, {"a.txt": b"2", "z.txt": b"2"}, FilesCompared(differing=names("a.txt", "z.txt")), "z.txt, line 1: '1' and '2'"),
    "a long array": Case({}, {"a.npy": npy(np.zeros(300_000))}, {"a.npy": npy(np.eye(1, 300_000, 7))}, FilesCompared(differing=names("a.npy")), "a.npy: type '<f8', shape (300000,) and type '<f8', shape (1, 300000)"),
    "a part of an npz": Case({}, {"out.npz": npz(pred=np.zeros(2))}, {"out.npz": npz(pred=np.ones(2))}, FilesCompared(differing=names("out.npz")), "out.npz: pred[0]: 0.0 and 1.0"),
    "not written again": Case({}, {"cache.bin": b"x"}, {}, FilesCompared(not_rewritten=names("cache.bin"))),
    "removed by run 2": Case({}, {"a": b"x"}, {"a": None}, FilesCompared(only=(names("a"), Names()))),
    "written by run 2 alone": Case({}, {}, {"a": b"x"}, FilesCompared(only=(Names(), names("a")))),
    "changed by run 2 alone": Case(BASE, {}, {"a.txt": b"x"}, FilesCompared(only=(Names(), names("a.txt")))),
    "removed by run 2 alone": Case(BASE, {}, {"a.txt": None}, FilesCompared(only=(Names(), names("a.txt")))),
    "removed by run 1": Case(BASE, {"a.txt": None}, {}, FilesCompared()),
    "removed by run 1, written by run 2": Case(BASE, {"a.txt": None}, {"a.txt": b"x"}, FilesCompared(only=(Names(), names("a.txt")))),
    "written over": Case(BASE, {"a.txt": b"long enough\n"}, {"a.txt": b"long enough\n"}, SAME),
    "added to": Case(BASE, {"a.txt": Added(b"1\n")}, {"a.txt": Added(b"1\n")}, SAME._replace(appended=names("a.txt"))),
    "added to, though new": Case({}, {"a.txt": Added(b"1\n")}, {"a.txt": Added(b"1\n")}, SAME._replace(appended=names("a.txt"))),
    "added to, much": Case({"a": b"\1" * 2_500_000}, {"a": Added(b"x" * 3_000_000)}, {"a": Added(b"x" * 3_000_000)}, SAME._replace(appended=names("a"))),
    "other lines added": Case(BASE, {"a.txt": Added(b"1\n2\n")}, {"a.txt": Added(b"1\n3\n")}, FilesCompared(differing=names("a.txt")), "a.txt: in what each run added, line 2: '2' and '3'"),
    "more lines added": Case(BASE, {"a.txt": Added(b"1\n")}, {"a.txt": Added(b"1\n2\n")}, FilesCompared(differing=names("a.txt")), "a.txt: in what each run added, line 2: only in run 2"),
    "lines of JSON added": Case({}, {"a.jsonl": Added(b'{"a": 1}\n')}, {"a.jsonl": Added(b'{"a":1}\n')}, SAME._replace(same_content=names("a.jsonl"))),
    "written, then added to": Case({}, {"a.txt": b"1\n"}, {"a.txt": b"1\n1\n"}, SAME._replace(appended=names("a.txt"))),
    "touched": Case(BASE, {"a.txt": b"base\n"}, {"a.txt": b"base\n"}, SAME),
    "skipped": Case({}, {}, {".git/x": b"", "a/__pycache__/b": b"", "b.pyc": b"", ".seedblock-1/tape": b"", ".seedblock-2": b""}, FilesCompared()),
    "odd names": Case({}, {"a\u2028 b": b"1", "-": b"2"}, {"a\u2028 b": b"1", "-": b"2"}, FilesCompared(identical=2)),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_PLACE)
def test_in_one_folder(case: str, tmp_path: Path) -> None:
    """Run 2 finds what run 1 has left: that is told apart from what it writes itself."""
    before, one, two, expected, first = IN_PLACE[case]
    found = in_place(tmp_path, before, one, two)
    assert str(found.first or "") == first
    assert found._replace(first=None) == expected
    assert found.differs == any((expected.differing, *expected.only))


APART = {
    "nothing": Case(BASE, {}, {}, FilesCompared()),
    "the same": Case(BASE, {"a.txt": b"1", "c": b"2"}, {"c": b"2", "a.txt": b"1"}, FilesCompared(identical=2)),
    "another content": Case({}, {"c": b"1"}, {"c": b"2"}, FilesCompared(differing=names("c")), "c, line 1: '1' and '2'"),
    "lines added": Case(BASE, {"a.txt": Added(b"1")}, {"a.txt": Added(b"2")}, FilesCompared(differing=names("a.txt")), "a.txt, line 2: '1' and '2'"),
    "changed by run 1 alone": Case(BASE, {"a.txt": b"1"}, {}, FilesCompared(differing=names("a.txt")), "a.txt, line 1: '1' and 'base'"),
    "touched by run 1 alone": Case(BASE, {"a.txt": b"base\n"}, {}, SAME),
    "written by run 1 alone": Case(BASE, {"c": b"1"}, {}, FilesCompared(only=(names("c"), Names()))),
    "written by run 2 alone": Case(BASE, {}, {"c": b"1"}, FilesCompared(only=(Names(), names("c")))),
    "removed by both": Case(BASE, {"a.txt": None}, {"a.txt": None}, FilesCompared()),
    "removed by run 1 alone": Case(BASE, {"a.txt": None}, {}, FilesCompared(only=(names("a.txt"), Names()))),
    "removed by run 2 alone": Case(BASE, {}, {"a.txt": None}, FilesCompared(only=(Names(), names("a.txt")))),
}  # fmt: skip


@pytest.mark.parametrize("case", APART)
def test_in_a_folder_each(case: str, tmp_path: Path) -> None:
    """What each run wrote in its own copy of a folder is compared, also where one of them left what was there."""
    before, one, two, expected, first = APART[case]
    found = apart(tmp_path, before, one, two)
    assert str(found.first or "") == first
    assert found._replace(first=None) == expected


PIDS = {
    "a process id": ({"log.41": b"x"}, {"log.42": b"x"}, SAME),
    "a process id in a folder's name": ({"a-41/x": b"x"}, {"a-42/x": b"x"}, SAME),
    "another number": ({"log.7": b"x"}, {"log.8": b"x"}, FilesCompared(only=(Names(), names("log.8")), not_rewritten=names("log.7"))),
    "a number that holds it": ({"log.410": b"x"}, {"log.420": b"x"}, FilesCompared(only=(Names(), names("log.420")), not_rewritten=names("log.410"))),
    "two that may be": ({"log.41": b"x", "log.51": b"x"}, {"log.42": b"x", "log.52": b"x"}, FilesCompared(only=(Names(), names("log.42", "log.52")), not_rewritten=names("log.41", "log.51"))),
}  # fmt: skip


@pytest.mark.parametrize("case", PIDS)
def test_process_ids_in_names(case: str, tmp_path: Path) -> None:
    """Names that differ in a process id alone are matched, if there is one such name; nothing else is guessed."""
    one, two, expected = PIDS[case]
    assert in_place(tmp_path, {}, one, two, ({41, 51}, {42, 52})) == expected


def test_process_ids_in_names_of_what_differs(tmp_path: Path) -> None:
    """Both names are told."""
    found = in_place(tmp_path, {}, {"log.41": b"x"}, {"log.42": b"y"}, ({41}, {42}))
    assert str(found.first) == "log.41 (in run 2 log.42), line 1: 'x' and 'y'"


IGNORED = {"*.log": 2, "a/*": 1, "a/b.log": 1, "b.log": 1, "*": 3, "[ab].log": 1, "nothing": 0}


@pytest.mark.parametrize("pattern", IGNORED)
def test_ignored(pattern: str, tmp_path: Path) -> None:
    """A pattern is for a name or for a path within the folder; how many were left out is told."""
    writes = {"a/b.log": b"1", "c.log": b"1", "d": b"1"}
    found = in_place(tmp_path, {}, {}, writes, ignore=(pattern,))
    assert (found.ignored, found.only[1].total) == (IGNORED[pattern], 3 - IGNORED[pattern])


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link is compared by where it leads; what is there is not read, nor what is in a folder there."""
    (outside := tmp_path / "outside").mkdir()
    (work := tmp_path / "work").mkdir()
    (outside / "file").write_bytes(b"1")
    before = seen(Watched(work))
    for name, target in (("same", outside), ("other", outside), ("file", outside / "file")):
        link(work / name, target)
    kept = keep(Watched(work), before, tmp_path)
    (outside / "file").write_bytes(b"22")
    start = Watched(work)
    for name, target in (("same", outside), ("other", tmp_path), ("file", outside / "file")):
        (work / name).unlink()
        link(work / name, target)
    found = compare_files(kept, start)
    assert (found.identical, found.differing) == (2, names("other"))
    assert str(found.first) == f"other: links to {str(outside)!r} and {str(tmp_path)!r}"


@POSIX
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """A pipe, which would be waited for, is named and not opened."""
    (work := tmp_path / "work").mkdir()
    before = seen(Watched(work))
    os.mkfifo(work / "pipe")
    found = compare_files(keep(Watched(work), before, tmp_path), Watched(work))
    assert found == FilesCompared(not_compared=(("pipe", "it is a pipe"),), not_compared_count=1)


def test_what_cannot_be_read_is_named() -> None:
    """A file without permission is not compared, nor is a folder that a run closed."""
    with unprivileged() as place:
        (work := place / "work").mkdir()
        before = seen(Watched(work))
        write(work, {"a": b"x", "b/c": b"x"}, 1)
        (work / "a").chmod(0)
        (work / "b").chmod(0)
        found = compare_files(keep(Watched(work), before, place), Watched(work))
        (work / "b").chmod(0o700)
    why = "Permission denied"
    assert (found.not_compared, found.differs) == ((("a", why), ("b", why)), False)


def test_a_file_that_changes_meanwhile(tmp_path: Path) -> None:
    """A file that is written while it is read is not compared; nor one that has gone, or became a link."""
    for name, size in (("small", 1), ("large", 3_000_000)):
        (path := tmp_path / name).write_bytes(b"x" * size)
        status = unpacked(seen(Watched(tmp_path)).files[name])
        assert digest(str(path), status).size == size
        with pytest.raises(Unreadable, match="it changed while it was read"):
            digest(str(path), status, told=lambda count, path=path: path.write_bytes(b"y"))
        path.unlink()
        with pytest.raises(Unreadable, match="No such file"):
            digest(str(path), status)


@POSIX
def test_a_file_that_becomes_a_link(tmp_path: Path) -> None:
    """What was a file when the folder was looked at is not followed as a link later."""
    (path := tmp_path / "a").write_bytes(b"x")
    status = unpacked(seen(Watched(tmp_path)).files["a"])
    path.rename(tmp_path / "b")
    path.symlink_to("b")
    with pytest.raises(Unreadable):
        digest(str(path), status)


def test_further_folders(tmp_path: Path) -> None:
    """Folders outside are looked at under the name they were given; one within the working folder is there once."""
    work, outside = tmp_path / "work", tmp_path / "outside"
    write(work, {"in/a": b"", ".venv/out/b": b""}, 1)
    write(outside, {"c/d": b""}, 1)
    watched = Watched(
        work, (("../outside", outside), ("in", work / "in"), (".venv/out/", work / ".venv/out"), (".", work))
    )
    assert sorted(seen(watched).files) == ["../outside/c/d", ".venv/out/b", "in/a"]
    found = {name: Path(watched.paths()(name)) for name in seen(watched).files}
    assert all(path.is_file() for path in found.values())
    assert found["../outside/c/d"] == outside / "c/d"


def test_our_own_places(tmp_path: Path) -> None:
    """A scratch folder or a page of ours in the working folder is no file of the run."""
    write(tmp_path, {"scratch/a": b"", "page.html": b"", "b": b""}, 1)
    ours = (tmp_path / "scratch", tmp_path / "page.html", tmp_path / "not there")
    assert [*seen(Watched(tmp_path, without=ours)).files] == ["b"]


LIMITS = {
    "files": (keeping, "MAX_CHANGED", 1, "more than 1 files were written"),
    "bytes": (keeping, "MAX_READ", 3, "more than 0.0 kB were written"),
}


@pytest.mark.parametrize("case", LIMITS)
def test_limits(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is over a limit is named, with the reason."""
    module, name, value, why = LIMITS[case]
    monkeypatch.setattr(module, name, value)
    writes = {"a": b"12", "b": b"34"}
    found = in_place(tmp_path, {}, writes, writes)
    assert found == FilesCompared(identical=1, not_compared=(("b", why),), not_compared_count=1)


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of more files than are looked at is not compared at all, and that is said."""
    monkeypatch.setattr(folder, "MAX_FILES", 1)
    found = in_place(tmp_path, {}, {"a": b"1", "b": b"1"}, {"a": b"2"})
    assert [name for name, _ in found.not_compared] == ["."]
    assert not found.differs


TOO_MUCH = {"of a file": (store, "MAX_ALL", 1), "of all that is read again": (comparing, "MAX_TOLD", 0)}


@pytest.mark.parametrize("case", TOO_MUCH)
def test_too_much_to_keep(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of which no copy is kept is still found to differ, without the part."""
    module, name, value = TOO_MUCH[case]
    monkeypatch.setattr(module, name, value)
    found = in_place(tmp_path, {}, {"a.pkl": pickled({"k": 1})}, {"a.pkl": pickled({"k": 2})})
    assert found.first == comparing.FileDifference("a.pkl", "", comparing.NOT_COPIED)


def test_large_files_of_no_known_format_are_not_copied(tmp_path: Path) -> None:
    """Of a large file only what could be compared by content is copied."""
    (work := tmp_path / "work").mkdir()
    before = seen(Watched(work))
    write(work, {"a.weights": b"\0" * 2_000_000, "b.npy": npy(np.zeros(300_000)), "c.weights": b"\0"}, 1)
    kept = keep(Watched(work), before, tmp_path)
    assert {name: file.copied is not None for name, file in kept.files.items()} == {
        "a.weights": False,
        "b.npy": True,
        "c.weights": True,
    }


def test_a_sparse_file_of_many_bytes(tmp_path: Path) -> None:
    """A large file is read in blocks, and compared by all of it."""
    (work := tmp_path / "work").mkdir()
    before = seen(Watched(work))

    def sparse(last: bytes) -> None:
        with (work / "a").open("wb") as file:
            file.truncate(50_000_000)
            file.seek(-1, os.SEEK_END)
            file.write(last)

    sparse(b"1")
    kept = keep(Watched(work), before, tmp_path)
    sparse(b"1")
    assert compare_files(kept, Watched(work)).identical == 1
    sparse(b"2")
    assert compare_files(kept, Watched(work)).differing == names("a")


def test_stopped_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal stops the reading of one large file."""

    def stop() -> None:
        raise signals.Stopped(2)

    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    status = unpacked(seen(Watched(tmp_path)).files["a"])
    monkeypatch.setattr(reading.signals, "check", stop)
    with pytest.raises(signals.Stopped):
        digest(str(tmp_path / "a"), status)


contents = st.sampled_from([b"", b"a", b"b", b"ab", b"\0" * 9])
trees = st.dictionaries(st.sampled_from(["a", "b", "c/d", "c/e", "f"]), contents, max_size=5)
run_writes = st.dictionaries(st.sampled_from(["a", "b", "c/d", "c/e", "f"]), contents | contents.map(Added), max_size=5)


@given(trees, run_writes, run_writes)
def test_any_two_runs(tmp_path_factory: pytest.TempPathFactory, before: Writes, one: Writes, two: Writes) -> None:
    """Whatever two runs write in copies of a folder: every file that differs at the end is told, and no other."""
    place = tmp_path_factory.mktemp("runs")
    found = apart(place, before, one, two)
    first, second = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (place / "first", place / "work")
    )
    differing = {name for name in {*one, *two} if first.get(name) != second.get(name)}
    told = {*found.differing.first, *found.only[0].first, *found.only[1].first}
    # What run 2 alone wrote is told, even if it wrote what was there.
    assert differing <= told <= differing | {*two} - {*one}
    assert found.differs == bool(told)
    shutil.rmtree(place)
