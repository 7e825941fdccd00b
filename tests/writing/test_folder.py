"""The folders that render and bundle fill: we know our files by their content, and replace no others."""

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from seedblock.cli import main
from seedblock.errors import UsageError
from seedblock.writing.folder import DIGEST_LIST, write_out
from tests.support.processes import run_until_killed
from tests.support.rendered import render_once
from tests.support.standing import STANDING, look


def verbs(out: Path, wanted: dict[str, bytes], force: bool = False) -> list[str]:
    return [action.verb for action in write_out(out, wanted, force)]


def touched(path: Path) -> tuple[int, int]:
    """What changes when a file is replaced or written to; its access time also changes when it is read."""
    return path.stat().st_ino, path.stat().st_mtime_ns


def test_life_of_a_folder(tmp_path: Path) -> None:
    """New, current, changed, edited by the user, refused, replaced. A current file is not touched."""
    out = tmp_path / "new" / "folder"
    one, two = {"a/one": b"1", "two": b"2"}, {"a/one": b"one", "two": b"2"}
    assert verbs(out, one) == ["new", "new"]
    written = touched(out / "a/one")
    assert verbs(out, one) == ["current", "current"]
    assert touched(out / "a/one") == written
    assert verbs(out, two) == ["changed", "current"]
    (out / "two").write_bytes(b"mine")
    assert verbs(out, one) == ["changed", "refused"]
    assert (out / "two").read_bytes() == b"mine"
    assert verbs(out, two, force=True) == ["changed", "replaced"]
    assert (out / "two.bak~").read_bytes() == b"mine"
    (out / "two").unlink()
    assert verbs(out, two) == ["current", "new"]


def test_a_copy_of_the_folder_is_known(tmp_path: Path) -> None:
    """The list of digests is in the folder, so a copy or clone of the folder can be updated too."""
    write_out(tmp_path / "one", {"a": b"old"}, force=False)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    assert verbs(tmp_path / "two", {"a": b"new"}) == ["changed"]
    (tmp_path / "two" / DIGEST_LIST).unlink()
    assert verbs(tmp_path / "two", {"a": b"newer"}) == ["refused"]


def test_what_is_written_by_other_options_stays_ours(tmp_path: Path) -> None:
    """A file that this run does not write is still known to the next run that does."""
    write_out(tmp_path, {"a": b"a", "b": b"b"}, force=False)
    assert verbs(tmp_path, {"a": b"A"}) == ["changed"]
    assert verbs(tmp_path, {"a": b"a", "b": b"B"}) == ["changed", "changed"]


def test_a_file_that_is_what_would_be_written_is_ours(tmp_path: Path) -> None:
    """A file copied by hand is current, and can be updated later."""
    (tmp_path / "a").write_bytes(b"1")
    assert verbs(tmp_path, {"a": b"1"}) == ["current"]
    assert verbs(tmp_path, {"a": b"2"}) == ["changed"]


@pytest.mark.parametrize("content", [b"mine\n", b"\xff", b"0" * 64 + b"\n"])
def test_a_note_that_is_not_ours(content: bytes, tmp_path: Path) -> None:
    """If the list of digests is another file of that name, nothing is written, and the file stays."""
    (tmp_path / DIGEST_LIST).write_bytes(content)
    with pytest.raises(UsageError, match="not as seedblock wrote it"):
        write_out(tmp_path, {"a": b"1"}, force=True)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(DIGEST_LIST, content)]


def test_all_ours(tmp_path: Path) -> None:
    """With all_ours any file is replaced, and no list of digests is written."""
    (tmp_path / "a").write_bytes(b"by another clone")
    assert [action.verb for action in write_out(tmp_path, {"a": b"1", "b": b"2"}, False, all_ours=True)] == [
        "changed",
        "new",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


RENDER = (["render", "--out", "out"], "out/python/seed.py")
BUNDLE = (["bundle", "--out", "out"], "out/seedblock-snippets.zip")
INSTALL = (["install", "zed", "--config-dir", "out"], "out/snippets/python.json")
UNINSTALL = (["uninstall", "zed", "--config-dir", "out"], "out/snippets/python.json")


@pytest.mark.parametrize("kind", STANDING)
@pytest.mark.parametrize(
    ("command", "place"), [RENDER, BUNDLE, INSTALL, UNINSTALL], ids=["render", "bundle", "install", "uninstall"]
)
def test_whatever_stands_there(
    command: list[str],
    place: str,
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each command that writes leaves anything else unchanged, names its kind, and with --force backs it up."""
    monkeypatch.chdir(tmp_path)
    render_once(monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(tmp_path / "state"))
    make, can_be_kept = STANDING[kind]
    path = Path(place)
    path.parent.mkdir(parents=True)
    make(path)
    before = look(path.parent)
    assert main(command) == 1
    said = capsys.readouterr().err
    assert repr(place.rpartition("/")[2])[:-1].strip("'") in said
    what = "not as seedblock wrote it" if kind.endswith("file") else kind.removesuffix(" to nowhere")
    assert what in said
    after = look(path.parent)
    assert {name: after[name] for name in before} == before
    assert ("--force" in said) == (can_be_kept and "uninstall" not in command)
    if "uninstall" in command:
        return
    assert main([*command, "--force"]) == (0 if can_be_kept else 1)
    backup = {name.replace(path.name, f"{path.name}.bak"): seen for name, seen in before.items()}
    assert (backup if can_be_kept else before).items() <= look(path.parent).items()
    assert path.is_file() == can_be_kept


@pytest.mark.parametrize("kind", STANDING)
def test_whatever_has_the_notes_name(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written if the list of digests cannot be; an empty file is an empty list."""
    monkeypatch.chdir(tmp_path)
    render_once(monkeypatch)
    make, _ = STANDING[kind]
    make(Path(DIGEST_LIST))
    before = look(tmp_path)
    assert main(["bundle", "--out", "."]) == (0 if kind == "an empty file" else 2)
    if kind != "an empty file":
        assert look(tmp_path) == before


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["a\nb", "\x1b[31mred", os.fsdecode(b"b\xff")])
@pytest.mark.parametrize("command", ["render", "bundle"])
def test_names_of_folders(command: str, name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder may have any name. It is printed on one line, with control characters escaped."""
    assert main([command, "--out", str(tmp_path / name)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines
    assert all(line.startswith("new: ") for line in lines)
    assert not any("\x1b" in line for line in lines)


def kill(folder: Path, stride: int, command: list[str], whole: Callable[[Path], bool]) -> None:
    killed = 0
    for moment in count(1, stride):
        shutil.rmtree(folder / "out", ignore_errors=True)
        assert main([*command, "--out", str(folder / "out")]) == 0
        done = run_until_killed(moment, *command, "--out", str(folder / "out"), "--set", "seed_value=7", cwd=folder)
        if done:
            break
        killed += 1
        for path in (folder / "out").rglob("*"):
            assert not path.is_file() or path.suffix == ".part" or whole(path), path
        assert main([*command, "--out", str(folder / "out"), "--set", "seed_value=7"]) == 0, "what is left is known"
        assert not list((folder / "out").rglob("*.part"))
    assert killed


def is_whole(path: Path) -> bool:
    content = path.read_bytes()
    return content.endswith(b"\n") or (content.startswith(b"PK") and b"PK\x05\x06" in content[-22:])


def test_a_killed_bundle(tmp_path: Path) -> None:
    """A bundle killed at one of its writes leaves every archive whole and known to be ours."""
    kill(tmp_path, 12, ["bundle"], is_whole)


@pytest.mark.slow
def test_bundle_killed_at_every_moment(tmp_path: Path) -> None:
    """The same, at each call."""
    kill(tmp_path, 1, ["bundle"], is_whole)
