"""What psutil knows of processes, for systems without /proc and for messages."""

import contextlib
import os
from collections.abc import Iterable

import psutil


def table() -> dict[int, tuple[int, int, int, str]]:
    """Map each process to its parent, group, session, and a letter for its state as /proc has it: T, Z or R."""
    found = {}
    for process in psutil.process_iter(["ppid", "status"]):
        with contextlib.suppress(OSError):
            group, session = os.getpgid(process.pid), os.getsid(process.pid)
            state = {psutil.STATUS_STOPPED: "T", psutil.STATUS_ZOMBIE: "Z"}.get(process.info["status"], "R")
            found[process.pid] = process.info["ppid"], group, session, state
    return found


def named(numbers: Iterable[int]) -> str:
    """Name processes as messages do."""
    found = []
    for number in numbers:
        try:
            found.append(f"{number} {psutil.Process(number).name()}")
        except psutil.Error:  # it has just ended
            found.append(str(number))
    return ", ".join(found)


def kill(main: int) -> None:
    """Kill a process and its descendants. An orphan among them is not found."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(main)
        for found in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.Error):
                found.kill()
