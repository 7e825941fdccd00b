"""The supervisor of one run: its parent, and the one that adopts the run's orphans, so that its descendants are the run's alone.

It keeps what the run prints, passes signals on, reaps at once, and ends what is left. If seedblock ends first, so does the run.
"""

import contextlib
import errno
import marshal
import os
import select
import signal
import socket
import time

from seedblock.twice.run.supervisor import family, protocol
from seedblock.twice.run.supervisor.arrivals import Arrivals, Passing
from seedblock.twice.run.supervisor.command import Order, start_command
from seedblock.twice.run.supervisor.ending import Ending
from seedblock.twice.run.supervisor.feed import Feed
from seedblock.twice.run.supervisor.outputs import Outputs

DRAINS = 20  # reads at the end of a command: more than a full pipe or terminal takes
COLLECTS_S = 0.005  # after it has read from a pipe, so that a script that prints much is read in few parts
LOOKS_S = 1.0  # between two looks for services
TURN_S = 0.05  # the longest pause while something is waited for that no file tells
STOPPING = {getattr(signal, f"SIG{name}") for name in ("INT", "TERM", "HUP", "QUIT") if hasattr(signal, f"SIG{name}")}


def main(descriptor: int) -> None:
    os.set_inheritable(descriptor, False)
    control = socket.socket(fileno=descriptor)
    size = int.from_bytes(_receive(control, 4), "little")
    order = Order(*marshal.loads(_receive(control, size)))
    try:
        supervisor = Supervisor(control, order)
        has_started = supervisor.start()
    except OSError as error:
        control.setblocking(True)
        control.sendall(f"{protocol.FAILED} {error.errno or errno.EIO}\n".encode())
        os._exit(0)
    if has_started:
        supervisor.follow()
    os._exit(0)


def _receive(control: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = control.recv(size - len(data))
        if not part:
            os._exit(1)
        data += part
    return data


class Supervisor:
    """Runs one command. All that happens to it happens in `follow`, in turns."""

    def __init__(self, control: socket.socket, order: Order) -> None:
        self._control, self._order = control, order
        self._control.setblocking(False)
        self._unsent = bytearray()
        self._arrivals, self._passing = Arrivals(), Passing()
        self._outputs = Outputs(order.output, order.as_one)
        self._feed = Feed(order.spool) if order.spool else None
        self._main, self._code = 0, -int(signal.SIGKILL)  # which it has got, if it is not known to have ended
        self._ended = self._is_over = False
        self._is_watched = True  # seedblock lives
        self._collects_until = 0.0
        self._gone: set[int] = set()  # orphans that have been reaped
        self._seedblock = os.getppid()
        self._stop_signals = 0
        self._ending: Ending | None = None
        self._services: set[int] = set()
        self._next_look = time.monotonic() + LOOKS_S

    def start(self) -> bool:
        """Start the command. Tell seedblock its process id, or why it does not start."""
        family.adopt_orphans()
        ends = (0 if self._feed is None else self._feed.inner, *self._outputs.ends)
        self._main, error = start_command(self._order, ends)
        self._outputs.begin()
        if self._feed is not None:
            self._feed.begin()
        self._tell(protocol.FAILED if error else protocol.STARTED, error or self._main)
        if error:
            self._send_all()
            return False
        mine = {self._control.fileno(), self._arrivals.file, *self._outputs.files}
        if self._feed is None:
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)  # the run has its own
        else:
            mine |= self._feed.files
        family.close_others(mine)
        return True

    # --- turns ----------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        while not self._is_over:
            due_s = self._passing.due_s
            self._turn(TURN_S if self._ending is not None else LOOKS_S if due_s is None else due_s)
            if time.monotonic() > self._next_look and self._ending is None:
                self._look_for_services()
        self._send_all()
        self._control.close()
        self._pass_on_rest()

    def _turn(self, pause_s: float) -> None:
        ready = self._wait(pause_s)
        self._note_arrivals()
        if self._is_watched and self._control.fileno() in ready:
            self._listen()
        self._reap()
        if (shown := self._outputs.shown_next) is not None and shown + 1 in ready:
            self._outputs.show_some()
        for outer in list(self._outputs.open):
            if outer in ready and self._outputs.is_readable:
                self._keep(outer)
        if self._feed is not None:
            self._feed_run(self._feed, ready)
        self._pass_signals()
        self._go_on_ending()
        self._reap()
        self._send()
        if self._ended if self._ending is None else self._ending.is_over:
            self._finish()

    def _wait(self, pause_s: float) -> set[int]:
        poll = select.poll()
        poll.register(self._arrivals.file, select.POLLIN)
        if self._is_watched:
            poll.register(self._control.fileno(), select.POLLIN | (select.POLLOUT if self._unsent else 0))
        collects_s = self._collects_until - time.monotonic()
        if collects_s > 0:
            pause_s = min(pause_s, collects_s)
        elif self._outputs.is_readable:
            for outer in self._outputs.open:
                poll.register(outer, select.POLLIN)
        if (shown := self._outputs.shown_next) is not None:
            poll.register(shown + 1, select.POLLOUT)
        feed = self._feed
        if feed is not None and feed.wants_output:
            poll.register(feed.outer, select.POLLOUT)
        elif feed is not None and feed.wants_input:
            if feed.has_earlier:
                pause_s = 0
            else:
                poll.register(0, select.POLLIN)
        return {file for file, _ in poll.poll(pause_s * 1000)}

    def _listen(self) -> None:
        try:
            orders = self._control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            orders = b""
        if not orders:
            self._is_watched = False
            self._outputs.discard()
            self._begin_ending(signal.SIGTERM)
            return
        for order in orders:
            if order < 65:
                self._passing.told(order)
            elif order == protocol.STOP:
                self._begin_ending(signal.SIGTERM)
            elif order == protocol.FINISH_WRITING:
                self._begin_ending(signal.SIGTERM, waits_for_files=True)
            elif order == protocol.SHOWN:
                self._outputs.show_directly()
            elif order in protocol.NOBODY_READS:
                self._outputs.close_stream(protocol.NOBODY_READS.index(order))

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED))[0]:
                number, status = found
                if os.WIFSTOPPED(status):
                    if number == self._main:
                        self._tell(protocol.STOPPED)
                elif os.WIFCONTINUED(status):
                    if number == self._main:
                        self._wake_seedblock()
                elif number == self._main:
                    self._ended, self._code = True, os.waitstatus_to_exitcode(status)
                else:
                    self._gone.add(number)

    def _wake_seedblock(self) -> None:
        """It has stopped with the command, which goes on."""
        seen = family.table().get(self._seedblock)
        if self._is_watched and seen is not None and seen.state == "T":
            self._passing.arrived(signal.SIGCONT, from_run=True)
            os.kill(self._seedblock, signal.SIGCONT)

    def _keep(self, outer: int) -> bool:
        """Keep what has been printed. Tell whether there was any."""
        try:
            kept = self._outputs.read(outer)
        except OSError as error:
            self._tell(protocol.LOST, error.errno or 0)
            return True
        if kept is None:
            return False
        self._tell(protocol.OUT, *kept)
        if not self._outputs.has_terminal:
            self._collects_until = time.monotonic() + COLLECTS_S
        return True

    def _feed_run(self, feed: Feed, ready: set[int]) -> None:
        if feed.wants_input and (feed.has_earlier or 0 in ready):
            try:
                feed.read()
            except OSError as error:  # the next run would not get the same
                feed.end()
                self._tell(protocol.LOST, error.errno or 0)
        elif feed.wants_output and feed.outer in ready:
            feed.write()

    # --- signals and the end --------------------------------------------------------------------------------------

    def _note_arrivals(self) -> None:
        for arrival in self._arrivals.read():
            if arrival.number != signal.SIGCHLD and (arrival.sender != self._seedblock or not arrival.sender):
                self._passing.arrived(arrival.number, self._is_ours(arrival.sender))

    def _is_ours(self, sender: int) -> bool:
        """Tell whether the run has sent a signal. So has a process that is gone: a shell that signals a group from outside lives on."""
        if sender == 0:
            return False
        seen = family.table()
        return (
            sender in self._gone or sender not in seen or sender in family.descendants([os.getpid()], seen, ended=True)
        )

    def _pass_signals(self) -> None:
        had, due, own = self._passing.decide()
        for number in own:
            self._tell(protocol.OWN, number)
        for number in had + due:
            if number == getattr(signal, "SIGWINCH", None) and self._outputs.resize():
                self._tell_size()
            elif number in due:
                if number in STOPPING:
                    self._asked_to_stop()
                self._send_signal(number)
            elif number in STOPPING:
                self._asked_to_stop()
            self._tell(protocol.SIGNAL, number)

    def _tell_size(self) -> None:
        """Tell the processes that the terminal of the run has a new size: they may have looked before it had."""
        seen = family.table()
        run = family.descendants([os.getpid()], seen)
        family.send({number for number in run if seen[number].group == os.getpgrp()}, signal.SIGWINCH, {})

    def _send_signal(self, number: int) -> None:
        if not self._ended:
            with contextlib.suppress(OSError):
                os.kill(self._main, number)

    def _asked_to_stop(self) -> None:
        """The command may take its time after the first such signal, as it may alone. The second limits it, the third ends it."""
        self._stop_signals += 1
        if self._stop_signals == 1:
            self._ending = self._ending or self._new_ending()
        elif self._stop_signals == 2:
            self._begin_ending(None)
        else:
            self._begin_ending(signal.SIGKILL)

    def _new_ending(self) -> Ending:
        self._look_for_services()
        return Ending(self._services, os.fsdecode(self._order.mine))

    def _look_for_services(self) -> None:
        """Find the processes that have left the run. Once the command has ended, those whose parent it was look like services too."""
        self._next_look = time.monotonic() + LOOKS_S
        seen = family.table()
        if self._main in seen and seen[self._main].state not in "ZX":
            self._services = family.services(family.descendants([os.getpid()], seen), self._main, seen)

    def _begin_ending(self, number: int | None, waits_for_files: bool = False) -> None:
        if self._outputs.is_full:  # nobody waits for it any more
            self._outputs.discard()
        self._ending = self._ending or self._new_ending()
        self._ending.begin(number, waits_for_files)

    def _go_on_ending(self) -> None:
        if self._ending is not None and self._ended and self._code >= 0 and not self._ending.has_begun:
            self._ending = None  # it has handled the signal to stop, and ended by itself: what it leaves stays
        if self._ending is not None:
            if self._ended:
                self._ending.begin(signal.SIGTERM)
            self._ending.go_on()

    def _finish(self) -> None:
        """Tell how the run has ended, once all that it has printed is kept."""
        for outer in list(self._outputs.open):
            for _ in range(DRAINS):  # what there was when the command ended; others may go on printing
                if self._outputs.direct or self._outputs.is_full or not self._keep(outer):
                    break
        if self._outputs.is_full:
            return
        self._note_arrivals()
        for number in self._passing.undecided():  # the command may have ended by it before seedblock could tell
            self._tell(protocol.SIGNAL, number)
        seen = family.table()
        left = family.descendants([os.getpid()], seen)
        if left:
            unended = left - self._ending.services if self._ending is not None else set()
            self._tell(protocol.UNENDED, *sorted(unended))
            self._tell(protocol.LEFT, *sorted(left - unended))
        self._tell(protocol.OVER, self._code)
        self._is_over = True

    def _pass_on_rest(self) -> None:
        """Show what those print who are still running, as long as there are any: alone they would print there, too."""
        with contextlib.suppress(OSError):
            os.chdir("/")
        family.adopt_orphans(False)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those whom it has adopted are reaped by the system
        self._reap()
        family.close_others(set(self._outputs.open))
        self._outputs.show_directly()
        while self._outputs.open or self._outputs.shown_next is not None:
            poll = select.poll()
            if (shown := self._outputs.shown_next) is not None:
                poll.register(shown + 1, select.POLLOUT)
            else:
                for outer in self._outputs.open:
                    poll.register(outer, select.POLLIN)
            for ready, _ in poll.poll():
                if shown is not None:
                    self._outputs.show_some()
                else:
                    self._outputs.read(ready)

    # --- messages -------------------------------------------------------------------------------------------------

    def _tell(self, name: str, *numbers: int) -> None:
        self._unsent += " ".join([name, *map(str, numbers)]).encode() + b"\n"

    def _send(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._control.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError:  # seedblock is gone
            self._unsent.clear()

    def _send_all(self) -> None:
        with contextlib.suppress(OSError):
            self._control.setblocking(True)
            self._control.sendall(self._unsent)
