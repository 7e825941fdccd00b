"""The script that runs the tests on every torch that we name: its page, and what it leaves out. It is run by hand."""

import re
from pathlib import Path

import pytest

from tests.support.processes import ROOT
from tools import versions

PRINTED = """
.F.s                                                                     [100%]
=========================== short test summary info ============================
SKIPPED [1] tests/behaviour/test_a.py:3: no CUDA device on this machine
FAILED tests/behaviour/test_a.py::test_two[a b] - assert 3 failed, 9 passed
ERROR tests/behaviour/test_a.py::test_three - OSError
1 failed, 2 passed, 1 skipped, 1 error in 0.09s
"""


def test_page_keeps_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is added or replaced, the others and the text around them stay, and the versions stand in order."""
    monkeypatch.setattr(versions, "PAGE", tmp_path / "versions.md")
    versions.PAGE.write_text(f"above\n{versions.BEGIN}{versions.END}below\n")
    newer, older = (next(case for case in versions.CASES if case.torch.startswith(start)) for start in ("2.10", "2.4"))
    good, bad = versions.Results(4, 2, []), versions.Results(2, 1, ["test_b", "test_c", "test_b"])
    versions.write(newer, {"test_a.py": good, "test_b.py": bad}, ["twice", "compare"])
    versions.write(older, {"test_a.py": good, "test_b.py": good}, [])
    assert list(versions.rows()) == [older.torch, newer.torch]
    assert f"| {older.torch} | {older.python} | {older.numpy} | 8 (4) | 0 | all |" in versions.rows()[older.torch]
    assert "| 6 (3) | 3: `test_b`, `test_c` | all but twice, compare |" in versions.rows()[newer.torch]
    versions.write(newer, {"test_a.py": good}, [])
    assert "| 4 (2) | 0 | all |" in versions.rows()[newer.torch]
    text = versions.PAGE.read_text()
    assert (text[:6], text[-6:]) == ("above\n", "below\n")


def test_what_failed_is_read() -> None:
    """Counts come from the last line, and the names of the tests from the summary, without their parameters."""
    assert versions.counted(PRINTED) == versions.Results(2, 1, ["test_two", "test_three"])
    assert versions.counted("no tests ran in 0.01s\n") == versions.Results(0, 0, [])


def test_missing_interpreter_is_named(tmp_path: Path) -> None:
    """Without the interpreter nothing is installed, and the message names it."""
    with pytest.raises(LookupError, match=r"torch 2\.4\.1: no Python 3\.999 on this machine"):
        versions.install(versions.Case("2.4.1", "3.999", "1.26.4"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_public_workflow_has_the_same_versions() -> None:
    """The matrix of the public workflow is the table that is run by hand."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    rows = re.findall(r'\{ torch: "(\S+)", python: "(\S+)", numpy: "(\S+)" \}', workflow)
    assert [versions.Case(*row) for row in rows] == list(versions.CASES)


@pytest.mark.parametrize("keep", [False, True])
def test_what_failed_runs_again(keep: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept, an environment stays, and its next call runs what failed; then, and where it is not kept, all runs again."""
    monkeypatch.setattr(versions, "PAGE", tmp_path / "versions.md")
    monkeypatch.setattr(versions, "WORK", tmp_path)
    monkeypatch.setattr(versions, "smoke", lambda folder: [])
    versions.PAGE.write_text(versions.BEGIN + versions.END)
    case, found, ran = versions.CASES[0], {"a": ["test_x"], "b": list[str]()}, list[str]()
    folder = tmp_path / case.torch

    def run_tests(_: Path, results: dict[str, versions.Results]) -> None:
        ran.extend(found.keys() - results.keys())
        results.update({name: versions.Results(1, 0, found[name]) for name in found.keys() - results.keys()})

    monkeypatch.setattr(versions, "install", lambda case, folder: (folder / "venv").mkdir(exist_ok=True))
    monkeypatch.setattr(versions, "run_tests", run_tests)
    assert versions.run(case, keep) == 1
    assert (folder / "venv").exists() == keep
    found["a"] = []
    ran.clear()
    assert versions.run(case, keep) == 0
    assert sorted(ran) == (["a"] if keep else ["a", "b"])
    assert "| 2 (0) | 0 | all |" in versions.rows()[case.torch]
    ran.clear()
    assert versions.run(case, keep) == 0
    assert sorted(ran) == ["a", "b"]
