"""What a script prints is shown while it runs, unchanged. Messages about it escape control characters."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.watched import WAIT_S, Place, place

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs the pseudo-terminals and signals of POSIX")

# Prints, then waits until a reader has seen it; not for ever, or a failure would hang the tests.
LIVE = """
import os, sys, time
print("seen", os.isatty(1), os.isatty(2))
sys.stdout.flush()
end = time.monotonic() + 120
while not os.path.exists("seen") and time.monotonic() < end:
    time.sleep(0.02)
print("over")
"""


def on_terminal(
    at: Place, *command: str, shown: bytes = b"seen", variables: Mapping[str, str] | None = None, **streams: object
) -> tuple[int, bytes, bytes]:
    """Run a command with standard error, and each of `streams` that is None, on a terminal.

    Once `shown` has appeared on it, the file "seen" lets the script go on. Returns the exit code, what came through a pipe on
    standard output, and what the terminal got.
    """
    import pty

    master, slave = pty.openpty()
    streams = {name: slave if stream is None else stream for name, stream in streams.items()}
    with at.begun(*command, variables=variables, stderr=slave, **streams) as process:
        os.close(slave)
        text = b""
        with contextlib.suppress(OSError):  # the terminal ends with the last process that has it open
            while data := os.read(master, 65536):
                text += data
                if shown in text:
                    (at.folder / "seen").touch()
        os.close(master)
        out = process.communicate(timeout=WAIT_S)[0]
        return process.returncode, out or b"", text


@POSIX
def test_the_disk_is_full(tmp_path: Path) -> None:
    """What cannot be kept waits until all before it has been shown. Then it is written there, and so is all that follows."""
    code = """
import os, resource, sys
from seedblock.twice.run.supervisor.outputs import Outputs
outputs = Outputs("output", True)
(outer,), inner = outputs.open, outputs.ends[0]
def printed(data):
    os.write(inner, data)
    try:
        return outputs.read(outer)
    except OSError as error:
        return os.strerror(error.errno)
def says(*words):
    print(*words, file=sys.stderr)
says(printed(b"kept."), printed(b"kept too."))
resource.setrlimit(resource.RLIMIT_FSIZE, (14, -1))
says(printed(b"lost."), outputs.is_full)
outputs.show_directly()
while outputs.shown_next is not None:
    outputs.show_some()
says(outputs.is_full, printed(b"shown."))
outputs.show_some()
"""
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.stderr.splitlines() == [
        "Kept(stream=0, size=5) Kept(stream=0, size=9)", "File too large True", "False None",
    ]  # fmt: skip
    assert (result.stdout, (tmp_path / "output").read_text()) == ("lost.shown.", "kept.kept too.")


@POSIX
def test_twice_on_a_terminal(tmp_path: Path) -> None:
    """The script has a terminal. Run 1 is shown unchanged, run 2 with a mark, and only the verdict is on standard output."""
    at = place(tmp_path)
    at.write(LIVE)
    code, out, shown = on_terminal(at, "twice", "--", "train.py")
    assert (code, out) == (
        0,
        b"identical: 2 printed lines, 1 file, no training was seen (training not seen, printed output identical, files identical)\n",
    )
    assert b"seen True True\r\n" in shown
    assert b"2| seen True True\r\n" in shown
    assert shown.count(b"over") == 2
    assert b"run 1: 0 steps" in shown
    assert b"run 2: 0 steps" in shown
    assert shown.endswith(b"\r")  # the progress line is gone


@POSIX
def test_quiet_on_a_terminal(tmp_path: Path) -> None:
    """With --quiet only the progress line and the verdict are shown."""
    at = place(tmp_path)
    at.write("print('seen')")
    code, out, shown = on_terminal(at, "twice", "--quiet", "--", "train.py")
    assert (code, out) == (
        0,
        b"identical: 1 printed line, no training was seen (training not seen, printed output identical, files not seen)\n",
    )
    assert b"seen" not in shown
    assert b"run 1: 0 steps" in shown


@POSIX
def test_record_on_a_terminal(tmp_path: Path) -> None:
    """`record` shows at once what the script prints, even if both streams are the terminal."""
    at = place(tmp_path)
    at.write(LIVE)
    code, out, shown = on_terminal(at, "record", "--out", "a.tape", "--", "train.py", stdout=None)
    assert (code, out) == (0, b"")
    assert b"seen True True\r\n" in shown
    assert b"over\r\n" in shown.partition(b"seen True True")[2]
    assert (at.folder / "a.tape/output").read_bytes() == b"seen True True\nover\n"


def test_record_prints_as_the_script_does(tmp_path: Path) -> None:
    """On each stream `record` prints the bytes that the script alone prints, text or not; the tape holds all of them."""
    at = place(tmp_path)
    at.write(
        "import sys\nfor n in range(3):\n    sys.stdout.buffer.write(bytes(range(256)))\n    print('e', end='', file=sys.stderr)"
    )
    plain, watched = (
        subprocess.run([sys.executable, *words], cwd=at.folder, env=at.variables(), capture_output=True, check=True)
        for words in (["train.py"], ["-m", "seedblock", "record", "--out", "a.tape", "--", "train.py"])
    )
    assert watched.stdout == plain.stdout
    assert watched.stderr == plain.stderr + b"a.tape: 0 batches, 0 steps\n"
    assert sorted((at.folder / "a.tape/output").read_bytes()) == sorted(plain.stdout + plain.stderr)


@POSIX
@pytest.mark.parametrize(
    ("printed", "colour", "variables"),
    [
        pytest.param("'same'", b"\x1b[32m", {"TERM": "xterm"}, id="green"),
        pytest.param("os.urandom(9)", b"\x1b[31m", {"TERM": "xterm"}, id="red", marks=pytest.mark.slow),
        pytest.param("'same'", b"\x1b[32m", {"TERM": "xterm", "NO_COLOR": "1"}, id="NO_COLOR"),
    ],
)
def test_colour_of_the_verdict(printed: str, colour: bytes, variables: dict[str, str], tmp_path: Path) -> None:
    """The verdict is green or red on a terminal without NO_COLOR, and plain elsewhere."""
    at = place(tmp_path)
    at.write(f"import os; print({printed})")
    _, _, text = on_terminal(at, "twice", "--quiet", "--", "train.py", stdout=None, variables=variables)
    assert (colour in text) == ("NO_COLOR" not in variables)
    assert b"\x1b" not in at.run("twice", "--quiet", "--", "train.py", **variables).stdout.encode()


def test_no_name_or_value_gives_orders(tmp_path: Path) -> None:
    """Control characters in arguments, in printed text and in a script's name are escaped in every message."""
    at = place(tmp_path)
    name = os.fsdecode("a\x1b[31m\u202e.py".encode())  # these bytes in any locale
    at.write("import os; print('\\x1b]0;title\\x07', os.urandom(8).hex(), '\\x1b[2J')", name)
    for command in (("twice", "--quiet"), ("twice", "--quiet", "--json"), ("twice", "--every", "\x1b[31m")):
        result = at.run(*command, "--", name)
        assert result.returncode in (1, 2)
        assert "\x1b" not in result.stdout + result.stderr
        assert "\u202e" not in result.stdout + result.stderr
    result = at.run("twice", "--no\x1b[31m", "--", name)
    assert "\x1b" not in result.stderr


def test_json(tmp_path: Path) -> None:
    """--json prints one object: the verdict, or the problems if there is none. The exit code is as without it."""
    at = place(tmp_path)
    codes = {"print(1)": 0, "import random; print(random.random())": 1, "1 / 0": 2}
    for code, expected in codes.items():
        at.write(code)
        result = at.run("twice", "--json", "--", "train.py")
        told = json.loads(result.stdout)
        assert (result.returncode, told["exit"]) == (expected, expected)
        assert told["verdict"] == {0: "identical", 1: "differs", 2: None}[expected]
        assert (told.get("problems", [""])[0].partition(" after")[0] == "run 1 ended with exit code 1") == (
            expected == 2
        )
    assert "ZeroDivisionError" in result.stderr


@POSIX
def test_standard_input(tmp_path: Path) -> None:
    """Both runs read a file from where it stood, and all that comes through a pipe. `record` passes on what it is given."""
    at = place(tmp_path)
    at.write("print(input())")
    (at.folder / "answers").write_text("first\nsecond\n", encoding="utf-8")
    with (at.folder / "answers").open("rb") as file:
        os.lseek(file.fileno(), 6, os.SEEK_SET)
        with at.begun("twice", "--", "train.py", stdin=file) as process:
            err = process.communicate(timeout=WAIT_S)[1]
            assert process.returncode == 0, err
            assert err.splitlines() == [b"second", b"2| second"]
    assert at.run("record", "--out", "a.tape", "--", "train.py", text="piped\n").stdout == "piped\n"
    result = at.run("twice", "--", "train.py", text="piped\n")
    assert (result.returncode, result.stderr) == (0, "piped\n2| piped\n")
