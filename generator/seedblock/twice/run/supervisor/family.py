"""The processes of a run: found as descendants of the supervisor, which adopts those whose own parent has ended."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER in linux/prctl.h
_WRITING = os.O_WRONLY | os.O_RDWR


class Seen(NamedTuple):
    """A process in the system's table."""

    parent: int
    group: int
    session: int
    state: str  # T: stopped, Z: ended, but not yet reaped


def adopt_orphans(adopts: bool = True) -> None:
    """Become the parent of every descendant whose own parent ends, so that none is lost. Does nothing except on Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_SUBREAPER, int(adopts), 0, 0, 0)


def table() -> dict[int, Seen]:
    """Read the system's table of processes."""
    if not os.path.exists("/proc/self/stat"):  # noqa: PTH110 - one module less to import
        from seedblock.twice.run.supervisor import by_psutil

        return {number: Seen(*found) for number, found in by_psutil.table().items()}
    found = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
            state, parent, group, session = file.read().rpartition(b")")[2].split()[:4]
            found[int(name)] = Seen(int(parent), int(group), int(session), state.decode())
    return found


def descendants(of: Collection[int], seen: Mapping[int, Seen], ended: bool = False) -> set[int]:
    """Return the living descendants of the processes `of`, without these themselves; with `ended`, also those not yet reaped."""
    children: dict[int, list[int]] = {}
    for number, process in seen.items():
        children.setdefault(process.parent, []).append(number)
    found: set[int] = set()
    waiting = list(of)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return {number for number in found if ended or seen[number].state not in "ZX"}


def sessions(numbers: Iterable[int]) -> set[int]:
    found = set()
    for number in numbers:
        with contextlib.suppress(OSError):
            found.add(os.getsid(number))
    return found


def children() -> set[int]:
    """Return the children of this process, at once: what forks and ends all the time is gone when a whole table has been read."""
    with contextlib.suppress(OSError), open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:  # noqa: PTH123
        return set(map(int, file.read().split()))
    return set()


def services(run: Iterable[int], main: int, seen: Mapping[int, Seen]) -> set[int]:
    """Return the processes of a run that have left it: they have a session of their own, and their parent has ended.

    They are meant to outlive the script. A rank of torchrun has a session of its own too, but still has its parent.
    """
    ours, adopters = os.getsid(0), {os.getpid(), 1}
    return {
        number for number in run if number != main and seen[number].parent in adopters and seen[number].session != ours
    }


def send(numbers: Iterable[int], signal_number: int, seen: Mapping[int, Seen]) -> None:
    """Send a signal. A stopped process is resumed, or it would never get it."""
    for number in numbers:
        with contextlib.suppress(OSError):
            os.kill(number, signal_number)
            if number in seen and seen[number].state == "T":
                os.kill(number, signal.SIGCONT)


def kill(run: Collection[int], seen: Mapping[int, Seen]) -> None:
    """Kill processes, and at once each group that they alone form: a process that forks and ends cannot outrun that."""
    members: dict[int, set[int]] = {}
    for number, process in seen.items():
        members.setdefault(process.group, set()).add(number)
    for group in {seen[number].group for number in run if number in seen} - {os.getpgrp()}:
        if members[group] <= set(run):
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
    send(run, signal.SIGKILL, {})


def close_others(kept: Collection[int]) -> None:
    """Close all descriptors above 2 but `kept`. What the caller gave to the run is open there, and not to be held open here."""
    for name in os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"):  # noqa: PTH112, PTH208
        if int(name) > 2 and int(name) not in kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def being_written(run: Iterable[int], without: str) -> dict[str, tuple[int, int]]:
    """Map each regular file that a run has open for writing, outside the folder `without`, to its size and time of change.

    Files that the supervisor has open as well are not the run's. Empty where there is no /proc.
    """
    ours = _open_files(os.getpid())
    found = {}
    for path in {path for number in run for path in _open_files(number)} - ours:
        if not path.startswith((without, "/dev/", "/proc/", "/sys/")):
            with contextlib.suppress(OSError):
                status = os.stat(path)  # noqa: PTH116
                found[path] = status.st_size, status.st_mtime_ns
    return found


def _open_files(number: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{number}/fd"):  # noqa: PTH208
            with contextlib.suppress(OSError, ValueError):
                path = os.readlink(f"/proc/{number}/fd/{name}")  # noqa: PTH115
                if path.startswith("/") and _flags(number, name) & _WRITING:
                    found.add(path)
    return found


def _flags(number: int, name: str) -> int:
    with open(f"/proc/{number}/fdinfo/{name}", "rb") as file:  # noqa: PTH123
        return next((int(line.split()[1], 8) for line in file if line.startswith(b"flags:")), 0)
