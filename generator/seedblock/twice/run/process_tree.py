"""The processes that a run has started: finds them in the system's process tree, asks them to end, and kills the rest."""

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterable

import psutil

GRACE_S = 5.0  # from the signal to SIGKILL, so that a checkpoint can be completed
_POLL_S = 0.05
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER in linux/prctl.h


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none is lost. Does nothing except on Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def children() -> frozenset[psutil.Process]:
    """The children of this process. Those it has before a run starts do not belong to the run."""
    return frozenset(psutil.Process().children())


class Tree:
    """The processes of one run: `main` and its descendants, but not `others`, which were there before."""

    def __init__(self, main: int, others: Iterable[psutil.Process]) -> None:
        self._main = psutil.Process(main)
        self._others = frozenset(others)
        self._left: set[psutil.Process] = set()

    def alive(self) -> list[psutil.Process]:
        """List the run's processes that have not ended, including orphans."""
        found = [child for child in psutil.Process().children(recursive=True) if child not in self._others]
        if sys.platform != "linux":  # orphans are not our descendants there, but most are still in the run's group
            found += [process for process in _group(self._main.pid) if process not in found]
        return [process for process in found if _is_alive(process)]

    def detached(self) -> set[psutil.Process]:
        """Find the processes in another session whose parent has ended.

        They are services, meant to outlive the script. A torchrun rank is in another session too, but has a parent.
        """
        return {
            process
            for process in self.alive()
            if process != self._main and _parent(process) in (os.getpid(), 1) and _session(process) != self._main.pid
        }

    def spare(self, services: Iterable[psutil.Process]) -> None:
        """Leave these and their descendants running at the end."""
        self._left.update(services)

    def services(self) -> list[psutil.Process]:
        """List the processes that have left the run, and their descendants, if they have not ended."""
        mine = {child for process in self._left for child in (process, *_children(process))}
        return sorted((process for process in mine if _is_alive(process)), key=lambda process: process.pid)

    def end(self, number: int, grace_s: float = GRACE_S) -> None:
        """End all processes except services: by the signal `number`, and after `grace_s` seconds by SIGKILL."""
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
        """Reap finished orphans. The main process is left to its Popen object."""
        for child in psutil.Process().children():
            if child != self._main and child not in self._others and sys.platform != "win32":
                with contextlib.suppress(psutil.Error, OSError):
                    if child.status() == psutil.STATUS_ZOMBIE:
                        os.waitpid(child.pid, os.WNOHANG)


def _send(process: psutil.Process, number: int) -> None:
    """Send the signal. A stopped process is resumed, or it would never get the signal."""
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
