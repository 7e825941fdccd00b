"""Ends a run with all that it has started, except services. It always comes to an end: what cannot be ended is left."""

import os
import signal
import time

from seedblock.twice.run.supervisor import family
from seedblock.twice.run.supervisor.protocol import KILL_S, PATIENCE_S

IDLE_S = 1.0  # an open file that has not changed for so long is not being written: a log may be open all the time


class Ending:
    """The end of a run, from the moment that a signal asked for it. `services` are not ended, nor what they have started."""

    def __init__(self, services: set[int], mine: str) -> None:
        """mine: the folder of seedblock's own files."""
        self.services, self._mine = services, mine
        self._sessions = family.sessions(services)
        self.is_over = False
        self._number: int | None = None  # the signal to send to each process
        self._asked: set[int] = set()
        self._writes_until = self._kills_at = self._gives_up_at = float("inf")
        self._changed: dict[str, tuple[tuple[int, int], float]] = {}

    def begin(self, number: int | None, waits_for_files: bool = False) -> None:
        """End the processes by a signal, and after PATIENCE_S by SIGKILL. None sends no signal before that.

        waits_for_files: first wait, as long, until the run is writing no file. May be called again, to end it sooner.
        """
        now = time.monotonic()
        if number == signal.SIGKILL:
            self._kills_at = min(self._kills_at, now)
        elif waits_for_files:
            self._number, self._writes_until = number, now + PATIENCE_S
        elif number is not None and self._number is None:
            self._number, self._writes_until = number, now
        if not waits_for_files:
            self._kills_at = min(self._kills_at, now + PATIENCE_S)
        self._gives_up_at = min(self._gives_up_at, self._kills_at + KILL_S)

    @property
    def has_begun(self) -> bool:
        """Whether the run is to be ended, and not only asked."""
        return self._number is not None or self._kills_at < float("inf")

    def go_on(self) -> None:
        """Do what is due now. Called again and again until `is_over`."""
        now = time.monotonic()
        if self._number is None and now < self._kills_at:
            return
        seen = family.table()
        rest = self._rest(seen)
        if self._writes_until > now and self._is_writing(rest, now):
            return
        if self._kills_at == float("inf"):  # it was waited for files
            self.begin(None)
        if now < self._kills_at:
            if self._number is not None:
                family.send(rest - self._asked, self._number, seen)
                self._asked |= rest
        else:
            self._kill(seen)
            rest = self._rest(family.table())
        self.is_over = not rest or now > self._gives_up_at

    def _kill(self, seen: dict[int, family.Seen]) -> None:
        """Kill all, again and again for a moment: one that forks and ends must be met while it lives."""
        until = time.monotonic() + 0.1
        while (rest := self._rest(seen)) and time.monotonic() < until:
            family.kill(rest, seen)
            for _ in range(100):
                family.send(self._without_services(family.children()), signal.SIGKILL, {})
            seen = family.table()

    def _rest(self, seen: dict[int, family.Seen]) -> set[int]:
        run = family.descendants([os.getpid()], seen) - family.descendants(self.services, seen)
        return self._without_services(run)

    def _without_services(self, numbers: set[int]) -> set[int]:
        """Leave out what belongs to a service, by its session: its orphans are ours."""
        left = numbers - self.services
        return {number for number in left if not family.sessions({number}) & self._sessions} if self._sessions else left

    def _is_writing(self, run: set[int], now: float) -> bool:
        """Tell whether a file is open for writing that has changed lately, or was not seen before."""
        found = family.being_written(run, self._mine)
        self._changed = {
            path: self._changed[path] if path in self._changed and self._changed[path][0] == status else (status, now)
            for path, status in found.items()
        }
        return any(now - since < IDLE_S for _, since in self._changed.values())
