"""The processes of both runs before they are compared: run 1's lines, run 2's first ones, and their names. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seedblock.twice.tape.line_kinds import EVENTS, Event, Header, Line
from seedblock.twice.tape.lines import Part, read_line

NO_HEADER = Header(0, {}, {})  # of a tape that is empty


class RecordedLines:
    """The lines of one process or thread of run 1, read as they are needed."""

    def __init__(self, tape: Iterable[Part]) -> None:
        self._tape = tape  # starts anew whenever it is iterated
        self._parts = iter(tape)
        self._part, self._place = Part("", 1, []), 0
        self._first_event: Event | None = None
        self.header = header_of(self.take())

    def peek(self) -> bytes | None:
        """Return the next line without taking it; None after the last one."""
        while self._place == len(self._part.texts):
            following = next(self._parts, None)
            if following is None:
                return None
            self._part, self._place = following, 0
        return self._part.texts[self._place]

    def skip(self) -> None:
        """Take the line that `peek` returned, without parsing it."""
        self._place += 1

    def take(self) -> Line | None:
        """Parse the next line; None after the last one."""
        text = self.peek()
        if text is None:
            return None
        line = read_line(text, self._part.name, self._part.first + self._place)
        self._place += 1
        return line

    def lines(self) -> Iterator[Line]:
        """Parse all lines, from the first one on."""
        for part in self._tape:
            yield from read_lines(part)

    def first_event(self) -> Event | None:
        if self._first_event is None:
            self._first_event = next((line for line in self.lines() if isinstance(line, EVENTS)), None)
        return self._first_event


class Unmatched:
    """A process or thread of run 2 whose twin in run 1 is not known yet. `lines` counts those that wait in `parts`."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.first_event: Event | None = None
        self.parts: list[Part] = []
        self.lines = 0

    def add(self, part: Part) -> None:
        self.parts.append(part)
        self.lines += len(part.texts)
        for line in read_lines(part):
            self.header = self.header or header_of(line)
            if isinstance(line, EVENTS):
                self.first_event = line
                return


def read_lines(part: Part) -> Iterator[Line]:
    return (read_line(text, part.name, number) for number, text in enumerate(part.texts, part.first))


def header_of(line: Line | None) -> Header:
    return line if isinstance(line, Header) else NO_HEADER


def name_of(header: Header) -> str:
    """Name a process for the reader; "" for the one that the command started."""
    process: Mapping[str, Any] = header.process
    rank, name, thread, arguments = (process.get(key) for key in ("rank", "name", "thread", "argv"))
    parts = []
    if isinstance(rank, str):
        parts.append(f"rank {rank[:20]}")
    if isinstance(name, str) and name != "MainProcess":
        parts.append(f"process {name[:60]}")
    elif not process.get("main") and not parts:
        words = " ".join(word for word in arguments if isinstance(word, str)) if isinstance(arguments, list) else ""
        parts.append(f"process {words[:60] or 'without a name'}")
    if isinstance(thread, str):
        parts.append(f"thread {thread[:60]}")
    return ", ".join(parts)


def rank_of(header: Header) -> str | None:
    """Return the rank of a process that torchrun or the like has started; None for any other."""
    rank = header.process.get("rank")
    return rank if isinstance(rank, str) and not header.process.get("main") else None
