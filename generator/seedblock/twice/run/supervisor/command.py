"""Starts the command of a run, with descriptors, signals and limits as seedblock got them."""

import contextlib
import os
import resource
import signal
from typing import NamedTuple, NoReturn

from seedblock.signals import PASSED


class Order(NamedTuple):
    """What to run. The working folder, the environment and where each stream is shown are inherited.

    command: the words. output: the file for what is printed. as_one: whether both streams lead to the same place. spool: the file
    for standard input from a pipe, empty if the run inherits ours. closed: the standard descriptors that the run is not to have. mine:
    the folder of our own files. mask: the signals that the run is to have blocked.
    """

    command: list[bytes]
    output: bytes
    as_one: bool
    spool: bytes
    closed: list[int]
    mine: bytes
    mask: list[int]


def start_command(order: Order, ends: tuple[int, int, int]) -> tuple[int, int]:
    """Start the command with the standard descriptors `ends`. Return its process id, and the errno if it does not start, else 0."""
    ignores_children = signal.signal(signal.SIGCHLD, signal.SIG_DFL) is signal.SIG_IGN
    limits = _raise_limits()
    told, tells = os.pipe()
    number = os.fork()
    if number == 0:
        _become_command(order, ends, (ignores_children, limits), tells)
    os.close(tells)
    error = os.read(told, 16)
    os.close(told)
    return number, int(error or 0)


def _raise_limits() -> dict[int, tuple[int, int]]:
    """Limits on the size of files and on processor time are for the command's own: lift them here. Return what they were."""
    found = {}
    for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CPU):
        with contextlib.suppress(OSError, ValueError):
            found[kind] = limit = resource.getrlimit(kind)
            resource.setrlimit(kind, (limit[1], limit[1]))
    return found


def _become_command(
    order: Order,
    ends: tuple[int, int, int],
    before: tuple[bool, dict[int, tuple[int, int]]],
    tells: int,
) -> NoReturn:
    """Run the command in this new process, with descriptors, signals and limits as seedblock got them. Never returns."""
    ignores_children, limits = before
    try:
        for number, end in enumerate(ends):
            os.dup2(end, number) if end != number else os.set_inheritable(number, True)
        for number in order.closed:
            os.close(number)
        for kind, limit in limits.items():
            resource.setrlimit(kind, limit)
        for name in ("SIGPIPE", "SIGXFSZ", "SIGXFZ"):  # Python ignores these
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_DFL)
        for passed in PASSED:
            if signal.getsignal(passed) is not signal.SIG_IGN:
                signal.signal(passed, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN if ignores_children else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, order.mask)
        os.execvp(order.command[0], order.command)
    except OSError as error:
        os.write(tells, str(error.errno or 1).encode())
    finally:
        os._exit(127)
