"""Signals: those that reach this process, and which of those that reach seedblock have to be passed on.

The run, its supervisor and seedblock are in one process group, so that a terminal reaches all of them by itself, and so does
whoever signals the group or each process of a job. What reaches seedblock alone has to be passed on. The supervisor tells the
two cases apart by whether it was signalled too.
"""

import ctypes
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from seedblock.signals import PASSED

WAIT_S = 0.05  # for our own signal, after seedblock had one: a scheduler signals the processes of a job one by one
KEPT_S = 1.0  # how long our own signal waits for seedblock to tell of its one
_RECORD_BYTES, _SENDER_AT = 128, 12  # of struct signalfd_siginfo in linux/signalfd.h
_CLOSE_ON_EXEC_AND_NONBLOCK = os.O_CLOEXEC | os.O_NONBLOCK if hasattr(os, "O_CLOEXEC") else 0


class Arrival(NamedTuple):
    """A signal that has reached this process, and the process that sent it: 0 for the system or where that is not known."""

    number: int
    sender: int


class Arrivals:
    """Receives PASSED and SIGCHLD. `file` is readable when there are some."""

    def __init__(self) -> None:
        numbers = {*PASSED, int(signal.SIGCHLD)}
        self.file = -1
        if sys.platform == "linux":
            signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
            self.file = _signal_file(numbers)
        self._has_senders = self.file >= 0
        if not self._has_senders:
            self._ends = socket.socketpair()
            for end in self._ends:
                end.setblocking(False)
            self.file = self._ends[0].fileno()
            signal.set_wakeup_fd(self._ends[1].fileno(), warn_on_full_buffer=False)
            for number in numbers:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    signal.signal(number, lambda *_: None)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)

    def read(self) -> list[Arrival]:
        found = []
        try:
            while data := os.read(self.file, _RECORD_BYTES * 16 if self._has_senders else 512):
                if not self._has_senders:
                    found += [Arrival(number, 0) for number in data]
                    continue
                for start in range(0, len(data), _RECORD_BYTES):
                    (number,) = struct.unpack_from("=I", data, start)
                    (sender,) = struct.unpack_from("=I", data, start + _SENDER_AT)
                    found.append(Arrival(number, sender))
        except BlockingIOError:
            pass
        return found


def _signal_file(numbers: set[int]) -> int:
    """Open a signalfd: the only way to learn who has sent a signal. -1 if there is none."""
    mask = sum(1 << (number - 1) for number in numbers)
    words = (ctypes.c_ulong * (1024 // (8 * ctypes.sizeof(ctypes.c_ulong))))(
        mask
    )  # sigset_t of glibc and musl is no larger
    try:
        return int(ctypes.CDLL(None).signalfd(-1, words, _CLOSE_ON_EXEC_AND_NONBLOCK))
    except AttributeError:
        return -1


class Passing:
    """Decides which signals are passed on. Pure but for the clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ours: list[tuple[float, int, bool]] = []  # until when, number, from the run itself
        self._told: list[tuple[float, int]] = []

    def arrived(self, number: int, from_run: bool) -> None:
        """Note a signal that has reached this process."""
        kept_s = WAIT_S if from_run else KEPT_S  # another one from outside may follow
        self._ours.append((self._clock() + kept_s, number, from_run))

    def told(self, number: int) -> None:
        """Note a signal that has reached seedblock."""
        self._told.append((self._clock() + WAIT_S, number))

    def undecided(self) -> list[int]:
        """Return the signals that have reached us from outside of the run, though seedblock has not told of them yet."""
        return [number for _, number, from_run in self._ours if not from_run]

    @property
    def due_s(self) -> float | None:
        """In how many seconds a signal is to be passed on, at the latest."""
        return max(0.0, min(until for until, _ in self._told) - self._clock()) if self._told else None

    def decide(self) -> tuple[list[int], list[int], list[int]]:
        """Return the signals that the run has got by itself, those to pass on, and those that it has sent itself."""
        now = self._clock()
        self._ours = [entry for entry in self._ours if entry[0] > now]
        had: list[int] = []
        due: list[int] = []
        own: list[int] = []
        waiting = []
        for until, number in self._told:
            mine = next((entry for entry in self._ours if entry[1] == number), None)
            if mine is not None:
                self._ours.remove(mine)
                (own if mine[2] else had).append(number)
            elif until <= now:
                due.append(number)
            else:
                waiting.append((until, number))
        self._told = waiting
        return had, due, own
