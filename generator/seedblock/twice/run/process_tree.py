"""All that a run has started: found in the system's tree of processes, asked to end, and ended."""

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterable

import psutil

GRACE_S = 5.0  # between being asked and being ended: a checkpoint can be written to its end
_POLL_S = 0.05
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER in linux/prctl.h


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none is lost. Linux only."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def children() -> frozenset[psutil.Process]:
    """Those that this process has now. Taken before a run, they are none of the run's."""
    return frozenset(psutil.Process().children())


class Tree:
    """The processes of one run: `main`, and all that descend from it, but not `others`, which were there before."""

    def __init__(self, main: int, others: Iterable[psutil.Process]) -> None:
        self._main = psutil.Process(main)
        self._others = frozenset(others)
        self._left: set[psutil.Process] = set()

    def alive(self) -> list[psutil.Process]:
        """List the run's processes that go on, orphans among them."""
        found = [child for child in psutil.Process().children(recursive=True) if child not in self._others]
        if (
            sys.platform != "linux"
        ):  # there an orphan is nobody's descendant: it is found while it is in the run's group
            found += [process for process in _group(self._main.pid) if process not in found]
        return [process for process in found if _is_alive(process)]

    def look(self) -> None:
        """Note who has left the run by now: in a session of its own, with nobody left of those who started it.

        That is a service, started to outlive the script. A rank of torchrun has a session of its own too, and a starter.
        """
        self._left.update(
            process
            for process in self.alive()
            if process != self._main and _parent(process) in (os.getpid(), 1) and _session(process) != self._main.pid
        )

    def services(self) -> list[psutil.Process]:
        """List who has left, and what they have started, as far as they go on."""
        mine = {child for process in self._left for child in (process, *_children(process))}
        return sorted((process for process in mine if _is_alive(process)), key=lambda process: process.pid)

    def end(self, number: int, grace_s: float = GRACE_S) -> None:
        """End all but services: the signal first, SIGKILL for those that still go on after `grace_s` seconds."""
        asked: set[psutil.Process] = set()
        until = time.monotonic() + grace_s
        while (waiting := self._rest()) and time.monotonic() < until:
            for process in set(waiting) - asked:
                _send(process, number)
            asked.update(waiting)
            time.sleep(_POLL_S)
        while waiting := self._rest():
            for process in waiting:
                _kill(process)
            time.sleep(_POLL_S)
        self._reap()

    def _rest(self) -> list[psutil.Process]:
        services = self.services()
        return [process for process in self.alive() if process not in services]

    def _reap(self) -> None:
        """Take leave of the orphans that have ended; the main process is left to who started it."""
        for child in psutil.Process().children():
            if child != self._main and child not in self._others and sys.platform != "win32":
                with contextlib.suppress(psutil.Error, OSError):
                    if child.status() == psutil.STATUS_ZOMBIE:
                        os.waitpid(child.pid, os.WNOHANG)


def _send(process: psutil.Process, number: int) -> None:
    """Send the signal; one that is stopped goes on first, or it would never hear of it."""
    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            process.terminate()
        else:
            process.send_signal(number)
            if process.status() == psutil.STATUS_STOPPED:
                process.resume()


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error, OSError):
        process.kill()


def _is_alive(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return process.children(recursive=True)
    return []


def _parent(process: psutil.Process) -> int | None:
    with contextlib.suppress(psutil.Error):
        return process.ppid()
    return None


def _session(process: psutil.Process) -> int | None:
    with contextlib.suppress(OSError, AttributeError):
        return os.getsid(process.pid)
    return None


def _group(number: int) -> list[psutil.Process]:
    if sys.platform == "win32":
        return []
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if os.getpgid(process.pid) == number:
                found.append(process)
    return found
