"""Which interpreter of a project is run, and which is not, as somebody else could have put it there."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from seedblock.cli import main
from seedblock.errors import UsageError
from seedblock.twice.run import interpreter
from tests.support.standing import link

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes and owners")

ME, STRANGER, GROUP = 4_000_000, 4_000_001, 4_000_002
PYTHON = ".venv/bin/python"


class Case(NamedTuple):
    """What differs from a sound project, and what is then said: nothing if the interpreter is taken."""

    refused: str = ""
    modes: Mapping[str, int] = {}
    owners: Mapping[str, int] = {}
    groups: Mapping[str, int] = {}
    links: Mapping[str, str] = {}


ELSEWHERE = {PYTHON: "../../../elsewhere/bin/python3"}
TWO_LINKS = {PYTHON: "python3", ".venv/bin/python3": "../../../elsewhere/bin/python3"}
FOLDER_LINK = {".venv": "../elsewhere/env"}

CASES = {
    "sound": Case(),
    "above the root, anything": Case(modes={"..": 0o777}, owners={"..": STRANGER}),
    "beside the way, anything": Case(modes={"src": 0o777}, owners={"src": STRANGER}),
    "a file that nobody may write": Case(modes={PYTHON: 0o555}),
    **{
        f"everybody may write: {name}": Case(f"{name}' can be written by everybody", {path: 0o777})
        for path, name in ((".", "project"), (".venv", ".venv"), (".venv/bin", "bin"), (PYTHON, "python"))
    },
    "a sticky folder": Case("project' can be written by everybody", {".": 0o1777}),
    **{
        f"a stranger's: {name}": Case(f"{name}' belongs to user {STRANGER}", owners={path: STRANGER})
        for path, name in ((".", "project"), (".venv", ".venv"), (".venv/bin", "bin"), (PYTHON, "python"))
    },
    "root's": Case(owners={".": 0, ".venv": 0, ".venv/bin": 0, PYTHON: 0}),
    "a group may write": Case(f"bin' can be written by group {GROUP}", {".venv/bin": 0o775}, groups={".venv/bin": GROUP}),
    "a group may read": Case(modes={".venv/bin": 0o755}, groups={".venv/bin": GROUP}),
    "a link": Case(links=ELSEWHERE),
    "a stranger's link": Case(f"python' belongs to user {STRANGER}", owners={PYTHON: STRANGER}, links=ELSEWHERE),
    "a link to what everybody may write": Case("python3' can be written by", {"../elsewhere/bin/python3": 0o777}, links=ELSEWHERE),
    "a link to where everybody may write": Case("bin' can be written by", {"../elsewhere/bin": 0o777}, links=ELSEWHERE),
    "a link to a stranger's": Case("python3' belongs to", owners={"../elsewhere/bin/python3": STRANGER}, links=ELSEWHERE),
    "two links": Case(links=TWO_LINKS),
    "two links to where everybody may write": Case("bin' can be written by", {"../elsewhere/bin": 0o777}, links=TWO_LINKS),
    "a link to a folder": Case(links=FOLDER_LINK),
    "a link to a folder in one where everybody may write": Case("elsewhere' can be written by", {"../elsewhere": 0o777}, links=FOLDER_LINK),
    "a link to root's": Case(links={PYTHON: "/bin/sh"}),
}  # fmt: skip


def make_python(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an interpreter, seen from a seedblock that lives without torch."""
    monkeypatch.setattr(interpreter, "find_spec", lambda name: None)
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    make_python(folder / PYTHON)
    make_python(tmp_path / "elsewhere/bin/python3")
    make_python(tmp_path / "elsewhere/env/bin/python")
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o755)
    return folder


def owned_by(case: Case, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system say that these paths belong to others, as only root can make them, and all else here to us."""
    owners, groups = (
        {os.path.normpath(project / path): value for path, value in table.items()}
        for table in (case.owners, case.groups)
    )

    def status(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        values = list(os.stat(path, follow_symlinks=follow_symlinks))[:10]  # noqa: PTH116 - Path.stat is replaced
        if path.is_relative_to(project.parent):
            values[4] = owners.get(os.path.normpath(path), ME)
            values[5] = groups.get(os.path.normpath(path), values[5])
        return os.stat_result(values)

    monkeypatch.setattr(os, "geteuid", lambda: ME)
    monkeypatch.setattr(Path, "stat", status)
    monkeypatch.setattr(Path, "lstat", lambda path: status(path, follow_symlinks=False))


@pytest.mark.parametrize("name", CASES)
def test_where_somebody_else_could_have_put_it(name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's interpreter is taken if only its user and root could have put it there; else the path is named."""
    case = CASES[name]
    for path, target in case.links.items():
        if (project / path).is_dir():
            (project / path).rename(project / "gone")
        (project / path).unlink(missing_ok=True)
        link(project / path, Path(target))
    for path, mode in case.modes.items():
        (project / path).chmod(mode)
    owned_by(case, project, monkeypatch)
    if not case.refused:
        assert interpreter.choose(None, {}, project / "src").path == str(project / PYTHON)
        return
    with pytest.raises(UsageError) as caught:
        interpreter.choose(None, {}, project / "src")
    (problem,) = caught.value.problems
    assert repr(str(project / PYTHON)) in problem
    assert case.refused in problem
    assert "--python PATH" in problem


MEMBERS = [
    ("me", [], True),
    ("me", ["me"], True),
    ("me", ["me", "you"], False),
    ("me", ["you"], False),
    ("users", [], False),  # the first group of many, who are not listed
    (None, [], False),
]


@pytest.mark.parametrize("first", [True, False], ids=["my first group", "another"])
@pytest.mark.parametrize(("name", "members", "alone"), MEMBERS)
def test_groups(
    name: str | None, members: list[str], alone: bool, first: bool, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group may write if it is the user's first, has the user's name and no other member: then nobody else may."""
    import grp
    import pwd

    def group(number: int) -> SimpleNamespace:
        if name is None:
            raise KeyError(number)
        return SimpleNamespace(gr_name=name, gr_mem=members)

    for path in (".", PYTHON):
        (project / path).chmod(0o775)
    me = SimpleNamespace(pw_name="me", pw_gid=project.stat().st_gid + (0 if first else 1))
    monkeypatch.setattr(pwd, "getpwuid", lambda user: me)
    monkeypatch.setattr(grp, "getgrgid", group)
    if alone and first:
        assert interpreter.choose(None, {}, project / "src").path == str(project / PYTHON)
    else:
        with pytest.raises(UsageError, match=r"project' can be written by group \d+"):
            interpreter.choose(None, {}, project / "src")


def test_planted_in_a_folder_of_the_project(project: Path) -> None:
    """An interpreter nearer to the working folder goes first, and is looked at from the root down."""
    make_python(project / "src/venv/bin/python")
    assert interpreter.choose(None, {}, project / "src").path == str(project / "src/venv/bin/python")
    (project / "src").chmod(0o777)
    with pytest.raises(UsageError, match="src' can be written by everybody"):
        interpreter.choose(None, {}, project / "src")


@pytest.mark.parametrize("mark", [None, "pyproject.toml", ".git"])
def test_without_a_project(mark: str | None, project: Path) -> None:
    """Without a project's root only the working folder is looked at, and not what lies above it."""
    (project / "pyproject.toml").unlink()
    if mark is not None:
        (project / mark).touch()
    ours, theirs = (sys.executable, None), str(project / PYTHON)
    found = interpreter.choose(None, {}, project / "src")
    assert (found == ours, found.path == theirs) == (mark is None, mark is not None)
    assert interpreter.choose(None, {}, project).path == theirs
    (project / PYTHON).chmod(0o777)
    with pytest.raises(UsageError, match="can be written by everybody"):
        interpreter.choose(None, {}, project)


@pytest.mark.parametrize("name", ["python", "python3"])
def test_on_path(name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an environment it is what the user's own shell would start; not through a relative entry, nor before the project's."""
    elsewhere = project.parent / "tools" / name
    make_python(elsewhere)
    path = {"PATH": str(elsewhere.parent)}
    assert interpreter.choose(None, path, project).path == str(project / PYTHON)
    (project / PYTHON).unlink()
    assert interpreter.choose(None, path, project).path == str(elsewhere)
    monkeypatch.chdir(elsewhere.parent)
    assert interpreter.choose(None, {"PATH": "."}, project) == (sys.executable, None)
    monkeypatch.setattr(interpreter, "find_spec", lambda name: "there is torch")
    assert interpreter.choose(None, path, project) == (sys.executable, None)


def test_what_the_user_names_is_taken(project: Path) -> None:
    """--python and the active environment are the user's choice: no owner and no mode is asked for."""
    for path in (project, project / ".venv", project / ".venv/bin", project / PYTHON):
        path.chmod(0o777)
    python = str(project / PYTHON)
    assert interpreter.choose(python, {}, project) == (python, None)
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        assert interpreter.choose(None, {variable: str(project / ".venv")}, project).path == python


def test_windows(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where modes do not say who may write, only the project's root bounds the search."""
    (project / PYTHON).chmod(0o777)
    monkeypatch.setattr(sys, "platform", "win32")
    assert interpreter.choose(None, {}, project / "src").path == str(project / PYTHON)
    (project / "pyproject.toml").unlink()
    assert interpreter.choose(None, {}, project / "src").path == sys.executable


def test_refused(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with 2 before anything runs."""
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(variable, raising=False)
    (project / "train.py").write_text("open('ran', 'w')", encoding="utf-8")
    (project / ".venv").chmod(0o777)
    monkeypatch.chdir(project)
    for command in (["twice"], ["record", "--out", "a.tape"]):
        assert main([*command, "--", "train.py"]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith("seedblock: the project's interpreter ")
        assert not (project / "ran").exists()
