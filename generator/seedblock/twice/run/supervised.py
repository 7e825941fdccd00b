"""Starts the supervisor of a run, talks to it, and sees that it ends."""

import contextlib
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from seedblock import signals
from seedblock.errors import SeedblockError
from seedblock.terminal import was_closed
from seedblock.twice.run.captured_output import Streams, as_one
from seedblock.twice.run.process import Run, environment
from seedblock.twice.run.standard_input import Given
from seedblock.twice.run.supervisor import protocol
from seedblock.twice.run.supervisor.protocol import LAST_S, Message

REAPED_S = 0.5  # to end after a run, unless it passes on what a service prints


class Supervised:
    """A run that has been started."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._rest = b""
        self.began = time.monotonic()
        self.is_over = False
        self.main = self.supervisor = 0  # process ids, once they have started
        self.is_paused = False  # by SIGTSTP
        self._got: list[int] = []  # signals that the supervisor has not yet said anything of

    def ask(self, order: int) -> None:
        """Send an order of `protocol`."""
        with contextlib.suppress(OSError):
            self._control.send(bytes([order]))
            self.wake()

    def wake(self) -> None:
        """Let the supervisor go on, if somebody has stopped it."""
        if self.supervisor:
            with contextlib.suppress(OSError):
                os.kill(self.supervisor, signal.SIGCONT)

    def got(self, number: int) -> None:
        """Note a signal that has reached us. The supervisor has it too."""
        self._got.append(number)
        self.is_paused = number == signal.SIGTSTP or (self.is_paused and number != signal.SIGCONT)
        if number != signal.SIGTSTP:  # SIGCONT would take one that the supervisor has not seen yet away from it
            self.wake()

    def forgotten(self) -> list[int]:
        """Return the signals that the supervisor has not dealt with: the run was over by then."""
        return self._got

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def messages(self, wait_s: float) -> list[Message]:
        """Return what the supervisor says, as soon as there is something or after `wait_s` seconds. Raises SeedblockError if it is gone."""
        if self.is_over or not select.select([self._control], [], [], max(0.0, wait_s))[0]:
            return []
        data = b""
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            data = self._control.recv(1 << 16)
        if not data:
            raise SeedblockError("the process that watches over the run was killed, so the run was ended")
        *lines, self._rest = (self._rest + data).split(b"\n")
        words = [line.decode("ascii").split() for line in lines]
        found = [Message(name, tuple(map(int, numbers))) for name, *numbers in words]
        for message in found:
            if message.name == protocol.STARTED:
                (self.main,) = message.numbers
            if message.name in (protocol.SIGNAL, protocol.OWN) and message.numbers[0] in self._got:
                self._got.remove(message.numbers[0])
            self.is_over = self.is_over or message.name in (protocol.OVER, protocol.FAILED)
        return found


@contextmanager
def supervised(run: Run, every: int, given: Given, streams: Streams) -> Iterator[Supervised]:
    """Start a run. Signals reach it as if it ran alone during the block; if it is not over at the end of the block, it is ended."""
    ours, theirs = socket.socketpair()
    with ours, theirs, contextlib.ExitStack() as stack:
        running = Supervised(ours)
        with signals.blocked() as mask:  # the supervisor begins with them blocked, so that none ends it at its start
            supervisor = _start(run, every, given, streams, theirs)
            theirs.close()
            ours.sendall(_order(run, given, streams, mask))
            ours.setblocking(False)
            running.supervisor = supervisor.pid
            stack.enter_context(signals.passed_on(ours.fileno(), running.got))
        try:
            yield running
        finally:
            _see_the_end(running)
            stack.close()  # from here on, signals are ours
            _reap(supervisor)


def _start(run: Run, every: int, given: Given, streams: Streams, control: socket.socket) -> "subprocess.Popen[bytes]":
    """Start the supervisor, which inherits what the run is to inherit."""
    number = os.dup(control.fileno())
    try:
        os.set_inheritable(number, True)
        # Without -I and -S, the user's PYTHONPATH and our own recorder would be loaded.
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", protocol.STARTING.format(path=sys.path), str(number)],
            cwd=run.folder,
            env=environment(run, every),
            stdin=given.number,
            stdout=subprocess.DEVNULL if streams[0] is None else streams[0].fileno(),
            stderr=subprocess.DEVNULL if streams[1] is None else streams[1].fileno(),
            close_fds=False,  # the run gets the descriptors that we were given
        )
    except OSError as error:
        raise SeedblockError(f"the run cannot be started: {error.strerror}") from error
    finally:
        os.close(number)


def _order(run: Run, given: Given, streams: Streams, mask: Collection[int]) -> bytes:
    """What the supervisor is to do, in the order of its class Order."""
    closed = [0] * given.closed + [2] * was_closed(2)
    fields = (
        list(map(os.fsencode, run.command)), os.fsencode(run.output), as_one(streams), os.fsencode(given.spool or ""),
        closed, os.fsencode(run.tape), list(map(int, mask)),
    )  # fmt: skip
    data = marshal.dumps(fields)
    return len(data).to_bytes(4, "little") + data


def _see_the_end(running: Supervised) -> None:
    """End the run if it is not over. Never waits for ever."""
    try:
        if not running.is_over:
            running.ask(protocol.STOP)
        until = time.monotonic() + LAST_S
        while not running.is_over and time.monotonic() < until:
            for message in running.messages(until - time.monotonic()):
                if message.name == protocol.LOST:
                    running.ask(protocol.SHOWN)
    except SeedblockError:  # the supervisor is gone, and with it the way to find what has left the run
        from seedblock.twice.run.supervisor import by_psutil

        by_psutil.kill(running.main)


def _reap(supervisor: "subprocess.Popen[bytes]") -> None:
    try:
        supervisor.wait(REAPED_S)
    except subprocess.TimeoutExpired:  # it shows what services print
        supervisor.returncode = 0  # or Python would warn of it
