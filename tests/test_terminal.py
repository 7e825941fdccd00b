"""The terminal: our messages are escaped, and the output of a script passes through unchanged."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from seedblock import terminal
from tests.support.processes import environment


def test_no_character_is_an_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters and changes of writing direction are escaped; tabs and line ends stay."""
    text = "\x1b]0;title\x07 \x9b31m \r\x7f \u202e\u2066 é\t日本\n"
    terminal.say(text)
    terminal.complain(text)
    terminal.remark(text)
    said = "\\x1b]0;title\\x07 \\x9b31m \\x0d\\x7f \\u202e\\u2066 é\t日本\n"
    assert capsys.readouterr() == (said, f"seedblock: {said}\n{said}\n")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colour_is_for_terminals(variables: dict[str, str], coloured: bool, tmp_path: Path) -> None:
    """Results and errors are coloured on a terminal with colours, unless NO_COLOR is set."""
    import pty

    (tmp_path / "seedblock-snippets.zip").touch()
    main_end, terminal_end = pty.openpty()
    command = [sys.executable, "-m", "seedblock", "bundle", "--out", str(tmp_path)]
    environ = environment(**{"TERM": "xterm", **variables})
    process = subprocess.Popen(command, stdout=terminal_end, stderr=terminal_end, env=environ, cwd=tmp_path)
    os.close(terminal_end)
    said = b""
    try:
        while part := os.read(main_end, 65536):
            said += part
    except OSError:  # how Linux reports the end of a terminal
        pass
    os.close(main_end)
    assert process.wait() == 1
    plain = re.sub(rb"\x1b\[[0-9;]*m", b"", said)
    assert b"new: " in plain
    assert b"seedblock: '" in plain
    assert (plain != said) == coloured


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"one\ntwo\n", b"2| one\n2| two\n"),
        (b"\n\none", b"\n\n2| one"),
        (b"10%\r20%\r\nover\n", b"2| 10%\r2| 20%\r\n2| over\n"),
        (b"", b""),
    ],
)
def test_marked_lines(printed: bytes, shown: bytes, chunk: int) -> None:
    """Each line that is not empty has the mark once, however the output is split into chunks."""

    class Stream(io.BytesIO):
        def fileno(self) -> int:
            return 1

    stream, progress = Stream(), terminal.Progress("run 2", None, shown=False)
    for place in range(0, len(printed), chunk):
        progress.echo(printed[place : place + chunk], stream, b"2| ")
    assert stream.getvalue() == shown


@pytest.mark.skipif(os.name != "posix", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(
    ("total", "unit", "shown"), [(8, None, "2 of 8 steps, new"), (8, "MB", "2 of 8 MB, new"), (None, "MB", "2 MB, new")]
)
def test_progress_has_a_unit(total: int | None, unit: str | None, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, progress is told in steps or in another unit, and is wiped out at its end."""
    import pty

    main_end, terminal_end = pty.openpty()
    with os.fdopen(terminal_end, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        progress = terminal.Progress("copying", total, **({"unit": unit} if unit else {}))  # type: ignore[arg-type]
        progress.show(2, "new")
        progress.close()
        stream.flush()
        said = b""
        while not said.endswith(b" \r"):
            said += os.read(main_end, 65536)
    os.close(main_end)
    assert shown in said.decode()
