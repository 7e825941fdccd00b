"""The script that runs the tests on every torch that we name: its page, and what it leaves out. It is run by hand."""

from pathlib import Path

import pytest

from tests import versions


def test_page_keeps_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is added or replaced, the others stay, and the versions stand in order."""
    monkeypatch.setattr(versions, "PAGE", tmp_path / "versions.md")
    newer, older = (next(case for case in versions.CASES if case.torch.startswith(start)) for start in ("2.10", "2.4"))
    versions.write(newer, {"test_a.py": [3, 1, 2]}, 1)
    versions.write(older, {"test_a.py": [1, 0, 0], "test_b.py": [2, 0, 1]}, 0)
    versions.write(newer, {"test_a.py": [4, 0, 2]}, 0)
    assert list(versions.rows()) == [older.torch, newer.torch]
    assert f"| {older.torch} | {older.python} | {older.numpy} | 3 (1) | 0 | all |" in versions.rows()[older.torch]
    assert "| 4 (2) | 0 | all |" in versions.rows()[newer.torch]


def test_missing_interpreter_is_named(tmp_path: Path) -> None:
    """Without the interpreter nothing is installed, and the message names it."""
    with pytest.raises(LookupError, match=r"torch 2\.4\.1: no Python 3\.999 on this machine"):
        versions.install(versions.Case("2.4.1", "3.999", "1.26.4"), tmp_path)
    assert list(tmp_path.iterdir()) == []
