"""The verdict is told before the page is written, and whatever becomes of the page."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedblock.cli import main
from seedblock.twice import commands
from seedblock.writing import disk
from tests.support.processes import environment
from tests.support.watched import place

HEADLINE = "differs: printed output, first in line 1 "


@pytest.fixture(scope="module")
def tapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tapes `a` and `b`, which differ."""
    at = place(tmp_path_factory.mktemp("tapes"))
    at.write("import sys; print(sys.argv[1])")
    for name in ("a", "b"):
        assert at.run("record", "--clock", "--out", name, "--", "train.py", name).returncode == 0
    return at.folder


@pytest.fixture
def here(tapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a", "b"):
        shutil.copytree(tapes / name, tmp_path / name)
    (tmp_path / "pages").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def failing(error: Exception) -> Callable[..., object]:
    def fail(*_: object) -> object:
        raise error

    return fail


FAULTS = {
    "the disk is full": (disk, "put", OSError(errno.ENOSPC, "No space left on device"), "could not be written: No space"),
    "it may not be written": (disk, "put", PermissionError(errno.EACCES, "Permission denied"), "could not be written: Permission"),
    "a bug of ours": (commands, "_page", KeyError("layer"), "please report it: KeyError: 'layer' (test_telling.py, line"),
    "too deep": (commands, "_page", RecursionError("too deep"), "please report it: RecursionError"),
    "no memory": (commands, "_page", MemoryError(), "please report it: MemoryError"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "JSON"])
def test_a_page_that_fails_is_a_remark(
    form: list[str], fault: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without its page a verdict is printed all the same, with its own exit code; a line on standard error says why."""
    module, name, error, said = FAULTS[fault]
    monkeypatch.setattr(module, name, failing(error))
    assert main(["compare", "--report", "pages/page.html", *form, "a", "b"]) == 1
    out, err = capsys.readouterr()
    if form:
        told = json.loads(out)
        assert (told["verdict"], told["exit"], told["report"]) == ("differs", 1, str(here / "pages/page.html"))
    else:
        assert out.startswith(HEADLINE)
    assert err.count("\n") == 1
    assert f"the page {str(here / 'pages/page.html')!r} " in err
    assert said in err
    assert list((here / "pages").iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows removes no working folder")
def test_a_folder_that_vanishes(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A working folder that is removed while tapes are compared takes the page with it, and not the verdict."""
    make = commands._page

    def remove_and_make(*values: object) -> str:
        shutil.rmtree(here)
        here.touch()  # or the folder would be made anew
        return make(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(commands, "_page", remove_and_make)
    assert main(["compare", "--report", "pages/page.html", "a", "b"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(HEADLINE)
    assert "could not be written: " in err
    os.chdir("/")


CALL = "import sys; from seedblock.cli import run; run()"
KILLED = "import os; from seedblock.twice.report import page_file; page_file.keep_page = lambda *_: os._exit(9); "


def called(
    folder: Path, code: str, *arguments: str, above: str = "", **streams: object
) -> subprocess.CompletedProcess[str]:
    command = [*(("sh", "-c", f'{above}; exec "$@"', "sh") if above else ()), sys.executable, "-c", code]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [*command, "compare", "--report", "page.html", *arguments, "a", "b"],
        cwd=folder, env=environment(), encoding="utf-8", check=False, **pipes,
    )  # fmt: skip


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "JSON"])
def test_the_verdict_is_out_before_the_page(form: list[str], here: Path) -> None:
    """If seedblock is killed while it writes the page, the whole verdict has left it."""
    result = called(here, KILLED + CALL, *form)
    assert result.returncode == 9, result
    assert result.stdout == called(here, CALL, *form).stdout
    assert result.stdout


@pytest.mark.skipif(os.name != "posix", reason="such limits are POSIX's")
def test_no_room_for_a_page(here: Path) -> None:
    """Where the system lets no file grow as large as a page, verdict and exit code are those without a page."""
    result = called(here, CALL, above="ulimit -f 1")
    assert (result.returncode, result.stdout.startswith(HEADLINE)) == (1, True), result
    assert result.stderr == f"the page {str(here / 'page.html')!r} could not be written: {os.strerror(errno.EFBIG)}\n"
    assert sorted(path.name for path in here.iterdir()) == ["a", "b", "pages"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_page_where_the_verdict_cannot_be_printed(here: Path) -> None:
    """If standard output takes nothing, that is an error, and the page still tells the verdict."""
    with Path("/dev/full").open("w") as full:
        result = called(here, CALL, stdout=full)
    assert result.returncode == 2
    assert "cannot read or write standard output: No space left" in result.stderr
    assert "Differs: " in (here / "page.html").read_text(encoding="utf-8")
