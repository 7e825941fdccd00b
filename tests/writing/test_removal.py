"""Removing a folder of ours: whole, and nothing else."""

import os
import shutil
from pathlib import Path

import pytest

from seedblock.writing.removal import remove
from tests.support.standing import link, look
from tests.support.unprivileged import unprivileged


def test_read_only_folders() -> None:
    """A folder that nobody may write in is removed, and so is one that cannot even be listed; what links lead to stays."""
    with unprivileged() as folder:
        (folder / "mine").mkdir()
        (folder / "mine/data").write_text("mine", encoding="utf-8")
        (folder / "mine").chmod(0o500)
        ours = folder / "ours"
        (ours / "runs/1/deep").mkdir(parents=True)
        (ours / "runs/1/deep/file").touch()
        os.link(folder / "mine/data", ours / "runs/data")
        link(ours / "runs/1/mine", folder / "mine")
        (folder / "mine/data").chmod(0o400)
        before = look(folder / "mine")
        for name, mode in (("runs/1/deep", 0), ("runs/1", 0o500), ("runs", 0o500), (".", 0o500)):
            (ours / name).chmod(mode)
        with pytest.raises(OSError, match="ermission"):
            shutil.rmtree(ours)
        remove(ours)
        assert not os.path.lexists(ours)
        assert look(folder / "mine") == before
        assert (folder / "mine").stat().st_mode & 0o777 == 0o500
        assert (folder / "mine/data").stat().st_mode & 0o777 == 0o400
        (folder / "mine").chmod(0o700)


def test_what_stays_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that cannot be removed is named in one line, and that is no error."""
    (tmp_path / "ours").mkdir()

    def fail(*_: object, **__: object) -> None:
        raise RecursionError

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", fail)
        remove(tmp_path / "ours")
    assert capsys.readouterr().err == f"not all of {str(tmp_path / 'ours')!r} could be removed\n"
    remove(tmp_path / "ours")
    assert (capsys.readouterr().err, (tmp_path / "ours").exists()) == ("", False)
