"""The page shows the user's own lines only from the working folder, and only as they were when they were run."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import html

from seedblock.twice.report.user_lines import read_user_lines
from seedblock.twice.verdict import STREAMS, Coverage, Difference, Verdict
from tests.support.standing import link
from tests.support.watched import place

CODE = b"one\ntwo\nthree\n"
DIGEST = hashlib.sha256(CODE).hexdigest()
SECRET = b"secret = 1\nsecret = 2\n"


def _plain(folder: Path) -> None:
    (folder / "train.py").write_bytes(CODE)


def _inside(folder: Path) -> None:
    (folder / "real.py").write_bytes(CODE)
    link(folder / "train.py", Path("real.py"))


def _outside(folder: Path) -> None:
    (folder.parent / "real.py").write_bytes(CODE)
    link(folder / "train.py", folder.parent / "real.py")


def _through_a_folder(folder: Path) -> None:
    (folder.parent / "other").mkdir()
    (folder.parent / "other/train.py").write_bytes(CODE)
    link(folder / "inner", folder.parent / "other")


def _secret(folder: Path) -> None:
    (folder.parent / "secret").mkdir()
    (folder.parent / "secret/config.py").write_bytes(CODE)


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "train.py")


def _changed(folder: Path) -> None:
    (folder / "train.py").write_bytes(CODE + b"four\n")


# The files, the place that a tape names, the digests on the tapes by name ("here": the absolute path), and whether lines are shown.
Files = Callable[[Path], None]
CASES: dict[str, tuple[Files, str, dict[str, set[str]], bool]] = {
    "as it was run": (_plain, "train.py:2", {"train.py": {DIGEST}}, True),
    "named with its folder, from another one": (_plain, "work/train.py:2", {"work/train.py": {DIGEST}}, True),
    "a link inside the folder": (_inside, "train.py:2", {"train.py": {DIGEST}}, True),
    "a line that it does not have": (_plain, "train.py:9", {"train.py": {DIGEST}}, False),
    "changed since": (_changed, "train.py:2", {"train.py": {DIGEST}}, False),
    "changed between the runs": (_plain, "train.py:2", {"train.py": {DIGEST, "0" * 64}}, False),
    "not on the tapes": (_plain, "train.py:2", {"other.py": {DIGEST}}, False),
    "outside": (_secret, "../secret/config.py:2", {"../secret/config.py": {DIGEST}}, False),
    "outside, without dots": (_secret, "secret/config.py:2", {"secret/config.py": {DIGEST}}, False),
    "inside, by way of the outside": (_plain, "../work/train.py:2", {"../work/train.py": {DIGEST}}, False),
    "an absolute path": (_plain, "{folder}/train.py:2", {"{folder}/train.py": {DIGEST}}, False),
    "a link to the outside": (_outside, "train.py:2", {"train.py": {DIGEST}}, False),
    "behind a linked folder": (_through_a_folder, "inner/train.py:2", {"inner/train.py": {DIGEST}}, False),
    "a pipe": (_pipe, "train.py:2", {"train.py": {DIGEST}}, False),
    "nothing": (lambda folder: None, "train.py:2", {"train.py": {DIGEST}}, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_which_lines_are_shown(name: str, tmp_path: Path) -> None:
    """Lines are shown if the file lies in the working folder and has the one digest that is on the tapes."""
    files, at, digests, expected = CASES[name]
    if files is _pipe and not hasattr(os, "mkfifo"):
        pytest.skip("Windows has no such pipes")
    (folder := tmp_path / "work").mkdir()
    files(folder)
    known = {name.format(folder=folder): found for name, found in digests.items()}
    remedy = f"random is never seeded: it is first drawn from at {at.format(folder=folder)}"
    found = read_user_lines(Verdict(Difference(STREAMS, "", "at step 0", "", remedy), Coverage()), folder, known)
    assert [lines.lines for lines in found] == [("one", "two", "three")] * expected


def test_lines_are_python_s(tmp_path: Path) -> None:
    """A line has the number that Python gives it: characters that other programs take for its end are none."""
    code = "'\u2028\x85'\n\x0c\r\nthree\rfour\n".encode()
    (tmp_path / "train.py").write_bytes(code)
    found = Verdict(Difference(STREAMS, "", "", "", "at train.py:3"), Coverage())
    (lines,) = read_user_lines(found, tmp_path, {"train.py": {hashlib.sha256(code).hexdigest()}})
    assert lines.lines == ("'\u2028\x85'", "\x0c", "three", "four")


def test_a_word_without_an_end(tmp_path: Path) -> None:
    """A place is found behind a word of 200,000 letters, and more places than are shown are no fault."""
    (tmp_path / "train.py").write_bytes(CODE)
    text = "x" * 200_000 + " " + " ".join(f"train.py:{number}" for number in (1, 2, 3, 1, 2, 3))
    found = Verdict(Difference(STREAMS, "", "", text, ""), Coverage())
    assert [lines.number for lines in read_user_lines(found, tmp_path, {"train.py": {DIGEST}})] == [1, 2, 3]


def test_from_a_run_to_the_page(tmp_path: Path) -> None:
    """A page of two recorded runs shows the script's line as long as the script is what was recorded, and no line afterwards."""
    at = place(tmp_path)
    at.write("import random\n\nprint(random.random())\n")
    for name in ("a.tape", "b.tape"):
        assert at.run("record", "--clock", "--quiet", "--out", name, "--", "train.py").returncode == 0

    def marked() -> object:
        result = at.run("compare", "--report", "page.html", "a.tape", "b.tape")
        assert (result.returncode, "train.py:3" in result.stdout) == (1, True), result
        return html.parse(str(at.folder / "page.html")).getroot().xpath("//pre[not(@class)]/mark/text()")

    assert marked() == ["    3  print(random.random())\n"]
    at.write("password = 'secret'\n\nprint(password)\n")
    assert marked() == []
