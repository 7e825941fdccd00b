"""`seedblock add`, run as a user runs it: seeding.py is written, updated, or left to its user; nothing else is left."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from seedblock import __version__
from seedblock.cli import main
from seedblock.writing.locks import lock_folder
from tests.support.processes import ROOT, environment, run_until_killed
from tests.support.standing import STANDING, link, look

SEEDING, SEEDTRAIN = ((ROOT / f"snippets/python/{name}.py").read_bytes() for name in ("seeding", "seedtrain"))
FORCE = "it is left as it is, and --force replaces it and keeps a backup"


def stamped(version: str, text: bytes, name: str = "seeding") -> bytes:
    """A file as another version of seedblock has written it."""
    digest = hashlib.sha256(text).hexdigest()[:16]
    return f"# {name}.py of seedblock {version}, MIT licence, digest {digest}\n".encode() + text


OLDER, NEWER = stamped("0.0.9", b"import os\n"), stamped("99.0.0", b"import os\n")
SAME_VERSION = stamped(__version__, b"import os\n")  # of another checkout
EDITED = SEEDING.replace(b"import os\n", b"import os  # mine\n", 1)
# What a user may have there, and what is said of it.
THEIRS = {
    "edited": (EDITED, "was changed since seedblock wrote it"),
    "an older one, edited": (OLDER + b"mine\n", "was changed since seedblock wrote it"),
    "its first line cut off": (SEEDING.partition(b"\n")[2], "is not seedblock's seeding.py"),
    "another module": (b"import random\n", "is not seedblock's seeding.py"),
    "no text": (b"\xff\x00\r\n" * 9, "is not seedblock's seeding.py"),
    "nothing in it": (b"", "is not seedblock's seeding.py"),
    "the training script": (SEEDTRAIN, "is not seedblock's seeding.py"),
    "a newer one": (NEWER, f"is of seedblock 99.0.0, and this is seedblock {__version__}: update seedblock"),
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_new_then_current(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is the committed one, byte for byte, and alone in its folder. A second run does not touch it."""
    assert main(["add"]) == 0
    assert capsys.readouterr() == (
        "new: seeding.py\nimport from it, for example: from seeding import seeded_loader\n",
        "",
    )
    before = look(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"seeding.py": SEEDING}
    for options in ([], ["--force"], ["--check"], ["--diff"]):
        assert main(["add", *options]) == 0
        assert capsys.readouterr() == ("current: seeding.py\n", "")
        assert look(tmp_path) == before


@pytest.mark.parametrize("content", [OLDER, SAME_VERSION], ids=["older", "same version"])
@pytest.mark.parametrize("options", [[], ["--force"]], ids=["plain", "force"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_what_nobody_changed_is_updated(
    content: bytes, options: list[str], line_end: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file as another version wrote it is replaced, with no backup, since nothing of the user's is in it."""
    path = tmp_path / "seeding.py"
    path.write_bytes(content.replace(b"\n", line_end))
    path.chmod(0o640)
    mode = path.stat().st_mode
    assert main(["add", *options]) == 0
    assert capsys.readouterr() == ("changed: seeding.py\n", "")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"seeding.py": SEEDING}
    assert path.stat().st_mode == mode


@pytest.mark.parametrize("what", THEIRS)
def test_what_is_the_user_s_stays(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, one line that says why and what to do, and the file is not touched.

    Of a file that was edited, the difference is printed. --force keeps it as a backup.
    """
    content, why = THEIRS[what]
    path = tmp_path / "seeding.py"
    path.write_bytes(content)
    before = look(tmp_path)
    assert main(["add"]) == 1
    captured = capsys.readouterr()
    assert captured.err == f"seedblock: 'seeding.py' {why}; {FORCE}\n"
    assert captured.out.startswith("--- seeding.py (on disk)\n" if "edited" in what else "")
    assert bool(captured.out) == ("edited" in what)
    assert look(tmp_path) == before
    assert main(["add", "--force"]) == 0
    assert capsys.readouterr() == ("replaced: seeding.py (the original is kept as seeding.py.bak)\n", "")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "seeding.py": SEEDING,
        "seeding.py.bak": content,
    }


def test_the_difference_is_the_user_s(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of an edited file of this version, the difference has the edited lines and no others."""
    (tmp_path / "seeding.py").write_bytes(EDITED.replace(b"\n", b"\r\n"))
    assert main(["add"]) == 1
    changed = [line for line in capsys.readouterr().out.splitlines() if line[:1] in "+-"]
    assert changed == [
        "--- seeding.py (on disk)",
        "+++ seeding.py (rendered)",
        "-import os  # mine",
        "+import os",
    ]


@pytest.mark.parametrize(
    ("kind", "words"), [("large", "a file larger than any of seedblock's"), ("folder", "a folder")]
)
def test_the_difference_to_what_is_not_read(kind: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A diff says in words what is there, in place of its content; of a missing file it shows nothing."""
    path = Path("seeding.py")
    assert main(["add", "--diff"]) == 1
    assert "\n@@ -0,0 +1," in capsys.readouterr().out
    if kind == "folder":
        path.mkdir()
    else:
        with path.open("wb") as file:
            file.truncate(100_000_000)  # takes no place on the disk
    assert main(["add", "--diff"]) == 1
    out = capsys.readouterr().out
    assert "\n@@ -1 +1," in out
    assert [line for line in out.splitlines() if line.startswith("-")][1:] == [f"-({words})"]


@pytest.mark.parametrize("kind", STANDING)
def test_whatever_stands_there(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else at the path stays, and is named by its kind. With --force it is kept, if it can be renamed."""
    make, can_be_kept = STANDING[kind]
    make(path := Path("seeding.py"))
    before = look(tmp_path)
    what = "not seedblock's" if kind.endswith("file") else kind.removesuffix(" to nowhere")
    for options, code in ((["--check"], 1), (["--diff"], 1), ([], 1), ([], 1)):
        assert main(["add", *options]) == code
        assert f"'seeding.py' is {what}" in (said := capsys.readouterr().err)
        assert ("--force" in said) == (can_be_kept and not options)
        assert look(tmp_path) == before
    assert main(["add", "--force"]) == (0 if can_be_kept else 1)
    backup = {name.replace(path.name, f"{path.name}.bak"): seen for name, seen in before.items()}
    after = look(tmp_path)
    assert after.keys() == (backup.keys() | {"seeding.py"} if can_be_kept else before.keys())
    assert (backup if can_be_kept else before).items() <= after.items()
    assert not can_be_kept or (path.read_bytes() == SEEDING and not path.is_symlink())


RUN = "seedblock: run `seedblock add seeding` to update\n"


@pytest.mark.parametrize(
    ("content", "code", "out", "err"),
    [
        (None, 1, "missing: seeding.py\n", RUN),
        (OLDER, 1, "stale: seeding.py\n", RUN),
        (SEEDING, 0, "current: seeding.py\n", ""),
        (SEEDING.replace(b"\n", b"\r\n"), 0, "current: seeding.py\n", ""),
        *((content, 1, "", f"seedblock: 'seeding.py' {why}\n") for content, why in THEIRS.values()),
    ],
    ids=["missing", "older", "current", "current with CRLF", *THEIRS],
)
def test_check(
    content: bytes | None, code: int, out: str, err: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check says what each file is and --diff shows why; both write nothing, and exit with 1 unless it is current."""
    if content is not None:
        (tmp_path / "seeding.py").write_bytes(content)
    before = look(tmp_path)
    assert main(["add", "--check"]) == code
    assert capsys.readouterr() == (out, err)
    for options in (["--diff"], ["--check", "--diff"], ["--diff", "--force"]):
        assert main(["add", *options]) == code
        captured = capsys.readouterr()
        assert captured.out.startswith(out)
        assert captured.err == err
        assert ("+++ seeding.py (rendered)\n" in captured.out) == (code == 1)
        assert look(tmp_path) == before


def test_a_copy_with_other_line_ends_is_current(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Git on Windows writes CRLF: such a copy is not touched."""
    (tmp_path / "seeding.py").write_bytes(SEEDING.replace(b"\n", b"\r\n"))
    before = look(tmp_path)
    assert main(["add"]) == 0
    assert capsys.readouterr() == ("current: seeding.py\n", "")
    assert look(tmp_path) == before


def test_remedy_is_complete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The suggested command names the files and the folder, and is quoted for a shell; it does what it says."""
    (tmp_path / "my folder").mkdir()
    options = ["seedtrain", "seeding", "--to", "my folder"]
    assert main(["add", *options, "--check"]) == 1
    assert capsys.readouterr().err == "seedblock: run `seedblock add seeding seedtrain --to 'my folder'` to update\n"
    assert main(["add", "seeding", "seedtrain", "--to", "my folder"]) == 0
    assert main(["add", *options, "--check"]) == 0


def test_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The module and the script that imports from it come together; a name that is given twice counts once."""
    (tmp_path / "below").mkdir()
    link(tmp_path / "link", tmp_path / "below")
    assert main(["add", "seedtrain", "seeding", "seedtrain", "--to", "link"]) == 0
    said = (
        "new: link/seeding.py\nimport from it, for example: from seeding import seeded_loader\nnew: link/seedtrain.py\n"
    )
    assert capsys.readouterr() == (said, "")
    found = {path.name: path.read_bytes() for path in (tmp_path / "below").iterdir()}
    assert found == {"seeding.py": SEEDING, "seedtrain.py": SEEDTRAIN}


@pytest.mark.parametrize("theirs", [b"", b"mine\n", EDITED])
def test_one_of_two_is_the_user_s(theirs: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other one is written or updated all the same, and the exit code is 1."""
    (tmp_path / "seeding.py").write_bytes(theirs)
    for before, verb in ((None, "new"), (stamped("0.0.9", b"old\n", "seedtrain"), "changed")):
        if before is not None:
            (tmp_path / "seedtrain.py").write_bytes(before)
        assert main(["add", "seeding", "seedtrain"]) == 1
        captured = capsys.readouterr()
        assert captured.out.endswith(f"{verb}: seedtrain.py\n")
        assert captured.err.startswith("seedblock: 'seeding.py' ")
        found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert found == {"seeding.py": theirs, "seedtrain.py": SEEDTRAIN}


def test_a_file_counts_as_ours_under_its_own_name_only(tmp_path: Path) -> None:
    """A copy of an older seedtrain.py under the name seeding.py is the user's, also beside that older seedtrain.py."""
    older = stamped("0.0.9", b"old\n", "seedtrain")
    for name in ("seeding.py", "seedtrain.py"):
        (tmp_path / name).write_bytes(older)
    assert main(["add", "seeding", "seedtrain"]) == 1
    assert (tmp_path / "seeding.py").read_bytes() == older
    assert (tmp_path / "seedtrain.py").read_bytes() == SEEDTRAIN


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (["seeding.py"], ["unknown file 'seeding.py': did you mean 'seeding'?"]),
        (["seed", "seed", "seeding"], ["unknown file 'seed': known: seeding, seedtrain"]),
        (["--to", "none"], ["--to takes a folder that exists, got 'none'"]),
        (["--to", ""], ["--to takes a folder that exists, got ''"]),
        (["--to", "file"], ["--to takes a folder that exists, got 'file'"]),
        (
            ["x", "y", "--to", "none", "--force"],
            [
                "--to takes a folder that exists, got 'none'",
                "unknown file 'x': known: seeding, seedtrain",
                "unknown file 'y': known: seeding, seedtrain",
            ],
        ),
    ],
)
def test_bad_input(
    arguments: list[str], problems: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything wrong is reported at once with the value in repr; exit code 2; nothing is written."""
    (tmp_path / "file").touch()
    for more in ([], ["--check"]):
        assert main(["add", *arguments, *more]) == 2
        assert capsys.readouterr() == ("", "".join(f"seedblock: {problem}\n" for problem in problems))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that even root cannot write is Linux's")
def test_a_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, the path is named, and there is no traceback."""
    assert main(["add", "--to", "/proc"]) == 2
    assert capsys.readouterr().err.startswith("seedblock: cannot read or write '/proc/seeding.py'")


@pytest.mark.skipif(os.name != "posix", reason="only POSIX limits the size of a process's files")
@pytest.mark.parametrize("options", [[], ["--force"]])
def test_disk_that_is_full(options: list[str], tmp_path: Path) -> None:
    """On a full disk the exit code is 2, the file is named, and both files stay as they were, with nothing beside."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))  # enough for seedtrain.py alone

    for name in ("seeding", "seedtrain"):
        (tmp_path / f"{name}.py").write_bytes(b"mine\n" if options else stamped("0.0.9", b"old\n", name))
    before = look(tmp_path)
    result = subprocess.run(
        [sys.executable, "-m", "seedblock", "add", "seeding", "seedtrain", *options],
        env=environment(PYTHONDONTWRITEBYTECODE="1"),  # or Python would keep cut off modules
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "seedblock: cannot read or write 'seeding.py': File too large\n"
    assert look(tmp_path) == before


@pytest.mark.skipif(os.name != "posix", reason="Windows cannot lock a folder")
@pytest.mark.parametrize(("content", "code"), [(EDITED, 1), (SEEDING, 0), (OLDER, 0)])
def test_what_was_written_while_it_waited(content: bytes, code: int, tmp_path: Path) -> None:
    """Two runs take turns, and the second looks at the file when it is its turn: it replaces nothing of the user's."""
    with lock_folder(tmp_path):
        waiting = subprocess.Popen(
            [sys.executable, "-m", "seedblock", "add"],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == "waiting for another run that writes into '.' to end\n"
        (tmp_path / "seeding.py").write_bytes(content)
    waiting.communicate()
    assert waiting.returncode == code
    assert (tmp_path / "seeding.py").read_bytes() == (EDITED if code else SEEDING)


@pytest.mark.parametrize(
    ("content", "options"),
    [(None, []), (OLDER, []), (EDITED, ["--force"])],
    ids=["new", "changed", "replaced"],
)
def test_killed_at_every_moment(content: bytes | None, options: list[str], tmp_path: Path) -> None:
    """After a kill at any write, the file is the old one or the new one; the next run completes it."""
    for moment in count(1):
        for path in tmp_path.iterdir():
            path.unlink()
        if content is not None:
            (tmp_path / "seeding.py").write_bytes(content)
        done = run_until_killed(moment, "add", *options, cwd=tmp_path)
        found = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".part"}
        assert found.pop("seeding.py", content) in (content, SEEDING)
        assert set(found.values()) <= ({content} if options else set())
        if done:
            break
        assert main(["add", *options]) == 0
        assert (tmp_path / "seeding.py").read_bytes() == SEEDING
        assert not list(tmp_path.glob(".*"))
        assert not options or content in [path.read_bytes() for path in tmp_path.glob("*.bak*")]
    assert moment > 4


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such names")
def test_names_give_no_orders(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder may have any name. It is printed on one line, with control characters escaped."""
    for name in ("a\nb", "\x1b[31mred", os.fsdecode(b"b\xff")):
        (tmp_path / name).mkdir()
        prints: Callable[[], str] = lambda: "".join(capfd.readouterr())
        for options, lines in (([], 2), (["--check"], 1)):
            assert main(["add", "--to", name, *options]) == 0
            said = prints()
            assert said.count("\n") == lines
            assert "\x1b" not in said
        (tmp_path / name / "seeding.py").write_bytes(b"mine\n")
        assert main(["add", "--to", name]) == 1
        said = prints()
        assert said.count("\n") == 1
        assert "\x1b" not in said
