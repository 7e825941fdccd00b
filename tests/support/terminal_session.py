"""A terminal with a small shell in it that runs one command in the foreground, as an interactive shell does."""

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.support.alone import Job
from tests.support.processes import environment
from tests.support.watched import MARK, WAIT_S, until

SHELL = """
import fcntl, os, signal, sys, termios, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
for name in ("SIGINT", "SIGQUIT", "SIGTSTP"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    open("started", "w").write("x")
    os.execvp(sys.argv[1], sys.argv[1:])
while os.WIFSTOPPED(status := os.waitpid(child, os.WUNTRACED)[1]):
    os.tcsetpgrp(0, os.getpgrp())
    open("stopped", "w").write("x")
    while not os.path.exists("fg"):
        time.sleep(0.02)
    os.tcsetpgrp(0, child)
    os.killpg(child, signal.SIGCONT)
open("status", "w").write(str(os.waitstatus_to_exitcode(status)))
"""


class Session:
    """A running command, and the terminal that it has."""

    def __init__(self, job: Job, terminal: int) -> None:
        self.job, self._terminal, self._shown = job, terminal, b""

    def type(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def shown(self, until_shown: bytes) -> bytes:
        """Read until this is shown; return all that has been."""
        end = time.monotonic() + WAIT_S
        while until_shown not in self._shown:
            assert time.monotonic() < end, self._shown
            if select.select([self._terminal], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):  # every program has closed it
                    self._shown += os.read(self._terminal, 65536)
            assert self.job.process.poll() is None or until_shown in self._shown, self._shown
        return self._shown

    def code(self) -> int:
        """Wait for the command's end; return its exit code, or a signal as a negative number."""
        end = time.monotonic() + WAIT_S
        while self.job.process.poll() is None:
            assert time.monotonic() < end, self._shown
            with contextlib.suppress(OSError):
                if select.select([self._terminal], [], [], 0.05)[0]:
                    self._shown += os.read(self._terminal, 65536)
        with contextlib.suppress(OSError):
            while data := os.read(self._terminal, 65536):
                self._shown += data
        return int(until(lambda: (self.job.folder / "status").read_text()))

    @property
    def all_shown(self) -> bytes:
        return self._shown

    def resize(self, rows: int, columns: int) -> None:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@contextlib.contextmanager
def session(folder: Path, words: Sequence[str]) -> Iterator[Session]:
    """Start a command in the foreground of a terminal of 24 rows and 80 columns. What is left of it is killed at the end."""
    import pty
    import uuid

    terminal, inner = pty.openpty()
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", SHELL, *words],
        cwd=folder,
        env=environment(**{MARK: mark, "TMPDIR": str(folder.parent), "PYTHONDONTWRITEBYTECODE": "1", "TERM": "xterm"}),
        stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
    )  # fmt: skip
    os.close(inner)
    found = Session(Job(folder, process, mark), terminal)
    found.resize(24, 80)
    try:
        yield found
    finally:
        found.job.kill()
        os.close(terminal)
