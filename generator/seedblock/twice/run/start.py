"""Starts a run: under a supervisor of its own, or in the plain form where there are no signals and descendants to speak of."""

import os
from contextlib import AbstractContextManager
from typing import Protocol

from seedblock.twice.run.captured_output import Streams
from seedblock.twice.run.process import Run
from seedblock.twice.run.standard_input import Given
from seedblock.twice.run.supervisor.protocol import Message


class Running(Protocol):
    """A run that has been started."""

    @property
    def is_over(self) -> bool: ...

    @property
    def is_paused(self) -> bool:
        """Whether a signal has told the run to stop for a while."""

    def ask(self, order: int) -> None:
        """Send an order of `protocol`."""

    def seconds(self) -> float: ...

    def forgotten(self) -> list[int]:
        """Return the signals that have reached us, but not the run: it was over by then."""

    def messages(self, wait_s: float) -> list[Message]:
        """Return what there is to say of the run, as soon as there is something or after `wait_s` seconds."""


def start(run: Run, every: int, given: Given, streams: Streams) -> AbstractContextManager[Running]:
    """Start a run. If it is not over at the end of the block, it is ended. Raises OSError."""
    if os.name == "posix":
        from seedblock.twice.run.supervised import supervised

        return supervised(run, every, given, streams)
    from seedblock.twice.run.plain import plain

    return plain(run, every, given, streams)
