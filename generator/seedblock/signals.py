"""The ground: being told to stop, by Ctrl-C, SIGTERM or SIGHUP.

A command is stopped where it stands, unless it has something to put away first: that one looks at set moments.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
SAID = {"SIGINT": "Ctrl-C"}


class Stopped(BaseException):
    """The command is to end now. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def name(self) -> str:
        name = signal.Signals(self.number).name
        return SAID.get(name, name)


_held = 0
_came: int | None = None


def listen() -> None:
    """Turn the signals into Stopped. One that is ignored stays so: under nohup, in the background of a script."""
    for name in NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, _: FrameType | None) -> None:
    global _came
    if _came is not None:
        return  # it is ending
    _came = number
    if not _held:
        raise Stopped(number)


@contextmanager
def held() -> Iterator[None]:
    """Let a signal wait until `check` is called, or to the end of the block: what was begun is put away first."""
    global _held
    _held += 1
    try:
        yield
    finally:
        _held -= 1
    if not _held:
        check()


def check() -> None:
    """Raise Stopped if a signal has come."""
    if _came is not None:
        raise Stopped(_came)
