"""The tape of this process, one file for each of its threads; and the guard that keeps the recorder's errors from the script."""

from __future__ import annotations

import _thread
import atexit
import os
import sys

from seedblock_format import FORMAT

from seedblock_record.frames import NEW_SOURCES, current_cell, user_file
from seedblock_record.imports import import_unseen
from seedblock_record.process import describe, environment, thread_name
from seedblock_record.sources import source_digest
from seedblock_record.written import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

try:
    resource: Any = import_unseen("resource")
except ImportError:  # Windows
    resource = None

MAX_WAITING_FACTS = 100  # lines that wait for the first batch, loss or step
MAX_TAPES_FOR_CAUSES = 100  # of a run; children that come later get none for what they draw alone


class ThreadTape(_thread._local):
    """The tape of the current thread: its file, and how much has been written to it."""

    def __init__(self) -> None:
        self.path: bytes | None = None
        self.batches = self.steps = self.lone_losses = self.optimizers = 0
        self.jobs = 0  # that it has taken, as a worker of a pool
        self.in_hook = self.begins_job = False
        self.losses: list[Any] = []  # that wait for a step
        self.leaves: list[Any] = []  # what a loss was computed from, until an optimizer is seen
        self.backwards = self.seen = 0  # losses, and optimizers, in a job or in all
        self.ending: ThreadEnd | None = None


class ThreadEnd:
    """Freed with the thread whose tape holds it: then that tape is whole, unless losses still wait for a step."""

    def __init__(self, tape: Tape, thread: ThreadTape) -> None:
        self.tape, self.path, self.losses, self.process = tape, thread.path, thread.losses, os.getpid()

    def __del__(self) -> None:
        try:
            tape = self.tape
            if not (tape.over or tape.broken or self.losses) and self.process == os.getpid():
                tape.append({"end": True}, path=self.path)
        except Exception:  # noqa: BLE001, S110
            pass


class Tape:
    """Writes lines, and calls the hooks that make them. `missed` names the parts that are no longer recorded."""

    def __init__(self, folder: str, process: dict[str, Any]) -> None:
        self.folder, self.process = folder, process
        self.every = _number(os.environ.get("SEEDBLOCK_EVERY"))
        self.thread = ThreadTape()
        self.path: bytes | None = None  # the first tape of this process
        self.missed: set[str] = set()
        self.facts: list[dict[str, Any]] = []
        self.over = self.broken = False
        self.at_job: list[Callable[[], object]] = []
        self.at_end: list[Callable[[], object]] = []
        self.after_fork: list[Callable[[], object]] = []
        self.has_exit_hook = self.exec_noted = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    # --- the guard ------------------------------------------------------------------------------------------------

    def guard(self, part: str, hook: Callable[..., object], *arguments: Any) -> None:
        """Call a hook. If it fails, that is recorded once, and this part is no longer recorded.

        A hook that is called while another one runs in the same thread does nothing.
        """
        thread = self.thread
        if part in self.missed or self.over or self.broken or thread.in_hook:
            return
        thread.in_hook = True
        try:
            self.within(part, hook, *arguments)
        finally:
            thread.in_hook = False

    def within(self, part: str, hook: Callable[..., object], *arguments: Any) -> None:
        """Call a part of a hook that is running. If it fails, the rest of that hook still runs."""
        if part in self.missed:
            return
        try:
            hook(*arguments)
        except Exception as error:
            if _from_signal_handler(error):
                raise
            self._miss(part, error)

    def _miss(self, part: str, error: BaseException) -> None:
        self.missed.add(part)
        why = type(error).__name__
        try:
            why = f"{why}: {error}"[:300]
            self.fact(missed=part, why=why)
        except Exception:  # noqa: BLE001
            self.broken = True

    # --- writing --------------------------------------------------------------------------------------------------

    def write(self, beginning: str = "{", **line: Any) -> None:
        """Write a line. The first one opens the tape. beginning: of its JSON, if a part is encoded already."""
        if self.thread.path is None:
            self.open()
        if "SEEDBLOCK_CELL" in os.environ:
            line["cell"] = current_cell()
        if self.thread.begins_job:
            self.thread.begins_job = False
            self.append({"job": self.thread.jobs})
        self.append(line, beginning)

    def fact(self, **line: Any) -> None:
        """Write a line about the process. It opens no tape: without one, it waits for the first `write`."""
        if self.thread.path or self.path:
            self.append(line, path=self.thread.path or self.path)
        elif len(self.facts) < MAX_WAITING_FACTS:
            self.facts.append(line)

    def cause(self, **line: Any) -> None:
        """Write a line about what may make other processes differ: for it a child gets a tape, unless there are many."""
        if not self.path and not self.process["main"] and len(os.listdir(self.folder)) < MAX_TAPES_FOR_CAUSES:
            self.open()
        self.fact(**line)

    def end_job(self) -> None:
        """Write what still waits, as this thread has done a job."""
        for function in self.at_job if self.thread.jobs else ():
            self.guard("losses", function)

    def begin_job(self) -> None:
        """Note that this thread begins its next job. It is written once the job has something to write."""
        self.thread.jobs += 1
        self.thread.begins_job = True

    def open(self) -> None:
        number = 0
        while True:
            path = os.path.join(self.folder, f"{os.getpid()}.{number}.jsonl")
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600))
                break
            except FileExistsError:
                number += 1
        self.thread.path = os.fsencode(path)
        self.path = self.path or self.thread.path
        process = dict(describe(self.process), thread=thread_name(), pool=self.thread.jobs > 0)
        self.append({"tape": FORMAT, "process": process, "environment": environment()})
        waiting, self.facts = self.facts, []
        for line in waiting:
            self.append(line)
        if process["thread"] is not None:
            self.thread.ending = ThreadEnd(self, self.thread)
        if not self.has_exit_hook:
            self.has_exit_hook = True
            self._register_end()

    def append(self, line: dict[str, Any], beginning: str = "{", path: bytes | None = None) -> None:
        """Write a line to the tape at `path`, by default the current thread's.

        The file is opened by its name for each line: the script may have closed our descriptor and reused its number.
        """
        data = f"{beginning}{to_json(line)[1:]}\n".encode()
        try:
            file = os.open(path or self.thread.path or b"", os.O_WRONLY | os.O_APPEND | _FLAGS)
            try:
                if not _fits(file, len(data)):
                    raise OSError("the tape has reached the largest size of a file")
                if os.write(file, data) != len(data):
                    raise OSError("the disk is full")
            finally:
                os.close(file)
        except OSError:
            self.broken = True  # a tape with a gap would show a difference where there is none
            raise
        while NEW_SOURCES:
            self._append_source()

    def _append_source(self) -> None:
        try:
            filename = NEW_SOURCES.pop()
            digest = source_digest(filename)
        except Exception as error:
            if _from_signal_handler(error):
                raise
            return  # the report then shows no lines of it
        if digest is not None:
            self.append({"source": user_file(filename), "sha256": digest})

    # --- the end, and forks ---------------------------------------------------------------------------------------

    def _register_end(self) -> None:
        util = sys.modules.get("multiprocessing.util")
        process = sys.modules.get("multiprocessing.process")
        if util is not None and process is not None and process.parent_process() is not None:
            util.Finalize(None, self.end, exitpriority=0)  # a child of multiprocessing does not run atexit
        else:
            atexit.register(self.end)

    def note_exec(self) -> None:
        """Write down, once, that this process is about to become another program. It goes on if that fails."""
        if not self.exec_noted:
            self.exec_noted = True
            self.fact(replaced=True)

    def end(self) -> None:
        if self.over or not self.has_exit_hook:
            return
        for function in self.at_end:
            self.guard("the end", function)
        self.guard("the end", lambda: self.write(end=True))
        self.over = True

    def _forked(self) -> None:
        """A fork is another process: it gets its own tape once it has something to write."""
        try:
            self.thread, self.path = ThreadTape(), None
            self.facts, self.missed = [], set(self.missed)
            self.over = self.has_exit_hook = self.exec_noted = False
            self.process = dict(self.process, main=False, how="fork")
            atexit.unregister(self.end)
            for function in self.after_fork:
                self.guard("random streams", function)
        except Exception:  # noqa: BLE001
            self.broken = True


_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def _fits(file: int, size: int) -> bool:
    """Tell whether RLIMIT_FSIZE lets a file grow by `size`: a write beyond it sends a signal that ends the process."""
    if resource is None:
        return True
    limit: int = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return limit == int(resource.RLIM_INFINITY) or os.lseek(file, 0, os.SEEK_END) + size <= limit


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0


def _from_signal_handler(error: BaseException) -> bool:
    """Tell whether one of the script's signal handlers raised this during a hook: if so, the script gets it."""
    import _signal  # type: ignore[import-not-found]  # built in: the script may have a signal.py of its own

    handlers = {getattr(_signal.getsignal(number), "__code__", None) for number in _signal.valid_signals()}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False
