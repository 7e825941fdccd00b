"""Stopping on Ctrl-C, SIGTERM or SIGHUP.

A command stops at once. Inside `held()` it first finishes what it must not leave half done.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNAL_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
DISPLAY_NAMES = {"SIGINT": "Ctrl-C"}


class Stopped(BaseException):
    """Raised to end the command. `number` is the signal number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def name(self) -> str:
        name = signal.Signals(self.number).name
        return DISPLAY_NAMES.get(name, name)


_hold_depth = 0
_received: int | None = None


def listen() -> None:
    """Turn the signals into Stopped. An ignored one stays ignored, as under nohup or in the background of a script."""
    for name in SIGNAL_NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, _: FrameType | None) -> None:
    global _received
    if _received is not None:
        return  # already stopping
    _received = number
    if not _hold_depth:
        raise Stopped(number)


@contextmanager
def held() -> Iterator[None]:
    """Keep a signal waiting until `check` is called or the block ends."""
    global _hold_depth
    _hold_depth += 1
    try:
        yield
    finally:
        _hold_depth -= 1
    if not _hold_depth:
        check()


def check() -> None:
    """Raise Stopped if a signal has arrived."""
    if _received is not None:
        raise Stopped(_received)
