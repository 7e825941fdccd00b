"""The folders to install into."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock.editors import destinations
from seedblock.editors.known import Folder


def test_find_folders(tmp_path: Path) -> None:
    """Folders whose whole name matches are found in order; files, backups and other products are not."""
    pattern = r"(PyCharm|PyCharmCE)\d{4}\.\d+"
    assert destinations.find_folders(Folder(tmp_path / "none", pattern)) == ()
    for name in ("PyCharmCE2024.3", "PyCharm2025.3", "PyCharm2024.1-backup", "GoLand2025.3", "PyCharm"):
        (tmp_path / name).mkdir()
    (tmp_path / "PyCharm2023.1").touch()
    assert [path.name for path in destinations.find_folders(Folder(tmp_path, pattern))] == [
        "PyCharm2025.3",
        "PyCharmCE2024.3",
    ]
    assert destinations.find_folders(Folder(tmp_path)) == (tmp_path,)
    assert destinations.find_folders(Folder(tmp_path / "none")) == ()
    assert destinations.find_folders(Folder(tmp_path / "none", sign=tmp_path / "no sign")) == ()
    assert destinations.find_folders(Folder(tmp_path / "none", sign=tmp_path)) == (tmp_path / "none",)


def test_is_running(tmp_path: Path) -> None:
    """A lock with the id of a live process means a running IDE; a missing, broken or stale one does not."""
    assert not destinations.is_running(tmp_path)
    (tmp_path / ".lock").write_text(str(os.getpid()), encoding="ascii")
    assert destinations.is_running(tmp_path)
    for text in ("", "---", "é", "9" * 99):
        (tmp_path / ".lock").write_text(text, encoding="utf-8")
        assert not destinations.is_running(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="on Windows only the lock counts")
def test_is_running_with_a_stale_lock(tmp_path: Path) -> None:
    """The lock of an IDE that was killed names a process that is gone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / ".lock").write_text(str(ended.pid), encoding="ascii")
    assert not destinations.is_running(tmp_path)
