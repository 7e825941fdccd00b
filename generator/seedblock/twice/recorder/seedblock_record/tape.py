"""The tape of this process: one file for each of its threads. And the guard: nothing that fails here reaches the script."""

from __future__ import annotations

import _thread
import atexit
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from seedblock_format import FORMAT

from seedblock_record.frames import current_cell
from seedblock_record.process import describe, environment, thread_name

FACTS = 100  # lines that wait until there is something to compare


class Sequence(_thread._local):
    """What the thread at work has written: its file, and how far it came."""

    def __init__(self) -> None:
        self.path: str | None = None
        self.batches = self.steps = self.lone_losses = self.optimizers = 0
        self.inside = False
        self.losses: list[Any] = []


class Tape:
    """Writes lines, and guards what is called to make them. `missed` has what is no longer recorded."""

    def __init__(self, folder: str, process: dict[str, Any]) -> None:
        self.folder, self.process = folder, process
        self.every = _number(os.environ.get("SEEDBLOCK_EVERY"))
        self.sequence = Sequence()
        self.missed: set[str] = set()
        self.facts: list[dict[str, Any]] = []
        self.over = self.broken = False
        self.ends: list[Callable[[], object]] = []
        self.forks: list[Callable[[], object]] = []
        self.registered = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    # --- the guard ------------------------------------------------------------------------------------------------

    def guard(self, part: str, function: Callable[..., object], *arguments: Any) -> None:
        """Call a hook. Where it fails, that is noted once, and this part is no longer recorded."""
        sequence = self.sequence
        if part in self.missed or self.over or self.broken or sequence.inside:
            return
        sequence.inside = True
        try:
            function(*arguments)
        except Exception as error:
            if _of_a_signal_handler(error):
                raise
            self.miss(part, error)
        finally:
            sequence.inside = False

    def miss(self, part: str, error: BaseException) -> None:
        self.missed.add(part)
        why = type(error).__name__
        try:
            why = f"{why}: {error}"[:300]
            self.fact(missed=part, why=why)
        except Exception:  # noqa: BLE001
            self.broken = True

    # --- writing --------------------------------------------------------------------------------------------------

    def write(self, **line: Any) -> None:
        """Write a line, and before it what was waiting for the first one."""
        if self.sequence.path is None:
            self.open()
        if "SEEDBLOCK_CELL" in os.environ:
            line["cell"] = current_cell()
        self._write(line)

    def fact(self, **line: Any) -> None:
        """Write a line that says something of the process, as soon as the process has a tape."""
        if self.sequence.path is not None:
            self._write(line)
        elif len(self.facts) < FACTS:
            self.facts.append(line)

    def open(self) -> None:
        number = 0
        while True:
            path = os.path.join(self.folder, f"{os.getpid()}.{number}.jsonl")
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600))
                break
            except FileExistsError:
                number += 1
        self.sequence.path = path
        process = dict(describe(self.process), thread=thread_name())
        self._write({"tape": FORMAT, "process": process, "environment": environment()})
        waiting, self.facts = self.facts, []
        for line in waiting:
            self._write(line)
        if not self.registered:
            self.registered = True
            self._at_exit()

    def _write(self, line: dict[str, Any]) -> None:
        """Append to the file by its name: a number of an open file may have become another file's."""
        data = _ENCODE(line).encode() + b"\n"
        try:
            file = os.open(str(self.sequence.path), os.O_WRONLY | os.O_APPEND | _FLAGS)
            try:
                if os.write(file, data) != len(data):
                    raise OSError("the disk is full")
            finally:
                os.close(file)
        except OSError:
            self.broken = True  # a tape with a gap would tell of a difference that is none
            raise

    # --- the end, and forks ---------------------------------------------------------------------------------------

    def at_end(self, function: Callable[[], object]) -> None:
        self.ends.append(function)

    def after_fork(self, function: Callable[[], object]) -> None:
        self.forks.append(function)

    def _at_exit(self) -> None:
        util = sys.modules.get("multiprocessing.util")
        process = sys.modules.get("multiprocessing.process")
        if util is not None and process is not None and process.parent_process() is not None:
            util.Finalize(None, self.end, exitpriority=0)  # a child of multiprocessing's runs no atexit
        else:
            atexit.register(self.end)

    def end(self) -> None:
        if self.over or not self.registered:
            return
        for function in self.ends:
            self.guard("the end", function)
        self.guard("the end", lambda: self.write(end=True))
        self.over = True

    def _forked(self) -> None:
        """A fork is another process: it has a tape of its own once it has something to write."""
        try:
            self.sequence = Sequence()
            self.facts, self.missed = [], set(self.missed)
            self.over = self.registered = False
            self.process = dict(self.process, main=False, how="fork")
            atexit.unregister(self.end)
            for function in self.forks:
                self.guard("random streams", function)
        except Exception:  # noqa: BLE001
            self.broken = True


_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0


def _of_a_signal_handler(error: BaseException) -> bool:
    """Tell whether a signal handler of the script's own raised this while a hook was at work: then it is the script's."""
    import signal

    handlers = {getattr(signal.getsignal(number), "__code__", None) for number in signal.valid_signals()}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False
