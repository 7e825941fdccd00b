"""The folders of the editors on this machine, and whether an IDE is running."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock.editors import this_machine
from seedblock.editors.known import EDITORS, Folder
from tests.support.standing import link


def test_find_folders(tmp_path: Path) -> None:
    """Folders whose whole name matches are found in order; files, backups and other products are not."""
    pattern = r"(PyCharm|PyCharmCE)\d{4}\.\d+"
    assert this_machine.find_folders(Folder(tmp_path / "none", pattern)) == ()
    for name in ("PyCharmCE2024.3", "PyCharm2025.3", "PyCharm2024.1-backup", "GoLand2025.3", "PyCharm"):
        (tmp_path / name).mkdir()
    (tmp_path / "PyCharm2023.1").touch()
    assert [path.name for path in this_machine.find_folders(Folder(tmp_path, pattern))] == [
        "PyCharm2025.3",
        "PyCharmCE2024.3",
    ]
    assert this_machine.find_folders(Folder(tmp_path)) == (tmp_path,)
    assert this_machine.find_folders(Folder(tmp_path / "none")) == ()
    assert this_machine.find_folders(Folder(tmp_path / "none", sign=tmp_path / "no sign")) == ()
    assert this_machine.find_folders(Folder(tmp_path / "none", sign=tmp_path)) == (tmp_path / "none",)


def test_deleted_folders(tmp_path: Path) -> None:
    """A folder that is gone counts as deleted where its editor would have it, and nowhere else."""
    home = tmp_path / "home"
    for path in (home / "here", home / "all"):
        path.mkdir(parents=True)
    link(home / "lost", tmp_path / "nowhere")
    folders = (
        *(Folder(home / name) for name in ("here", "gone", "lost")),
        *(Folder(home / name / "User") for name in ("here", "gone", "lost")),
        Folder(home / "all", r"v\d"),
    )
    editor = EDITORS["zed"]._replace(folders=lambda machine: folders)
    deleted = [home / "gone", home / "here/User", home / "gone/User", home / "all/v1"]
    others = [
        home / "here",
        home / "lost",
        home / "lost/User",
        home / "all/w1",
        tmp_path / "usb/User",
        tmp_path / "usb",
    ]
    assert this_machine.deleted_folders_of(editor, [*others, *deleted, *deleted]) == deleted


def test_is_running(tmp_path: Path) -> None:
    """A lock with the id of a live process means a running IDE; a missing, broken or stale one does not."""
    assert not this_machine.is_running(tmp_path)
    (tmp_path / ".lock").write_text(str(os.getpid()), encoding="ascii")
    assert this_machine.is_running(tmp_path)
    for text in ("", "---", "é", "9" * 99):
        (tmp_path / ".lock").write_text(text, encoding="utf-8")
        assert not this_machine.is_running(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="on Windows only the lock counts")
def test_is_running_with_a_stale_lock(tmp_path: Path) -> None:
    """The lock of an IDE that was killed names a process that is gone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / ".lock").write_text(str(ended.pid), encoding="ascii")
    assert not this_machine.is_running(tmp_path)
