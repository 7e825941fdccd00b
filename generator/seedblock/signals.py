"""Stopping on Ctrl-C, SIGTERM, SIGHUP and other signals that would end the process.

A command stops at once. Inside `held()` it first finishes what it must not leave half done. During a run of the user's command,
signals are the run's.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

# Windows has only the first two.
SIGNAL_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGXCPU")
# Not passed on: what cannot be caught, what is about the process itself, and the faults of its own code.
_OWN = ["KILL", "STOP", "CHLD", "TTIN", "TTOU", "PIPE", "XFSZ", "SEGV", "BUS", "FPE", "ILL", "SYS", "TRAP"]
PASSED = frozenset(map(int, signal.valid_signals())) - {
    int(getattr(signal, f"SIG{name}")) for name in _OWN if hasattr(signal, f"SIG{name}")
}
DISPLAY_NAMES = {"SIGINT": "Ctrl-C"}


class Stopped(BaseException):
    """Raised to end the command. `number` is the signal number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def name(self) -> str:
        return name_of(self.number)


def name_of(number: int) -> str:
    """Name a signal as it is shown to users."""
    try:
        name = signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
    return DISPLAY_NAMES.get(name, name)


_hold_depth = 0
_received: int | None = None


def listen() -> None:
    """Turn the signals into Stopped. An ignored one stays ignored, as under nohup or in the background of a script."""
    for name in SIGNAL_NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def ignore() -> None:
    """Take no more notice of the signals: the command is over."""
    for name in SIGNAL_NAMES:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def end_by(number: int) -> NoReturn:
    """End by this signal, as the run did, so that a shell sees the same end. No second core dump is written."""
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    os._exit(128 + number)


def _stop(number: int, _: FrameType | None) -> None:
    global _received
    if _received is not None:
        return  # already stopping
    _received = number
    if not _hold_depth:
        raise Stopped(number)


@contextmanager
def held() -> Iterator[None]:
    """Keep a signal waiting until `check` is called or the block ends. One that has already raised Stopped is not told again."""
    global _hold_depth
    before = _received
    _hold_depth += 1
    try:
        yield
    finally:
        _hold_depth -= 1
    if not _hold_depth and before is None:
        check()


def check() -> None:
    """Raise Stopped if a signal has arrived."""
    if _received is not None:
        raise Stopped(_received)


@contextmanager
def blocked() -> Iterator[set[int]]:
    """Let signals wait during the block, also in processes that are started in it; give the mask of before."""
    if not hasattr(signal, "pthread_sigmask"):
        yield set()
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PASSED)
    try:
        yield set(map(int, before))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def passed_on(file: int, got: Callable[[int], object]) -> Iterator[None]:
    """Write the number of each signal as a byte to `file` while the block runs, and call `got` with it, later.

    Python's own C handler writes it, so it is written at once, whatever is being computed. An ignored signal stays ignored.
    """
    before = {}
    wakeup = -1
    try:
        with contextlib.suppress(ValueError):  # not in the main thread: nothing can be passed on
            wakeup = signal.set_wakeup_fd(file, warn_on_full_buffer=False)
            for number in PASSED:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    before[number] = signal.signal(number, lambda number, _: got(number))
        yield
    finally:
        if before:
            signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
