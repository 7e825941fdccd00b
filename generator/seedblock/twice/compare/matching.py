"""Which process of one run is which of the other: told by what it is, and where that is not enough by what it does. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seedblock.twice.tape.lines import EVENTS, Line, Part, kind_of, read_line


class Sequence:
    """The lines of one process or thread of run 1, pulled as they are needed."""

    def __init__(self, tape: Iterable[Part]) -> None:
        self.tape = tape  # from its beginning, whenever it is iterated
        self._parts = iter(tape)
        self._part, self._place = Part("", 1, []), 0
        self._event: Line | None = None
        self.header: Line = self.take() or {}

    def peek(self) -> bytes | None:
        """Look at the next line; None after the last one."""
        while self._place == len(self._part.texts):
            following = next(self._parts, None)
            if following is None:
                return None
            self._part, self._place = following, 0
        return self._part.texts[self._place]

    def skip(self) -> None:
        """Pass over the line that `peek` gave."""
        self._place += 1

    def take(self) -> Line | None:
        """Read the next line."""
        text = self.peek()
        if text is None:
            return None
        line = read_line(text, self._part.name, self._part.first + self._place)
        self._place += 1
        return line

    def lines(self) -> Iterator[Line]:
        """Read all lines from the first one on."""
        for part in self.tape:
            for number, text in enumerate(part.texts, part.first):
                yield read_line(text, part.name, number)

    def first_event(self) -> Line | None:
        if self._event is None:
            self._event = next((line for line in self.lines() if kind_of(line) in EVENTS), None)
        return self._event


class Incoming:
    """A process or thread of run 2, until it is known which one of run 1 it is."""

    def __init__(self) -> None:
        self.header: Line = {}
        self.event: Line | None = None  # the first
        self.parts: list[Part] = []

    def add(self, part: Part) -> None:
        self.parts.append(part)
        lines = (read_line(text, part.name, number) for number, text in enumerate(part.texts, part.first))
        for line in lines:
            self.header = self.header or line
            if kind_of(line) in EVENTS:
                self.event = line
                return


def keys_of(header: Line) -> list[tuple[Any, ...]]:
    """What tells a process from others, the narrowest first: its arguments may be varied on purpose."""
    process: Mapping[str, Any] = header.get("process", {})
    main, rank, how, thread = (_plain(process.get(name)) for name in ("main", "rank", "how", "thread"))
    arguments, name = process.get("argv"), _plain(process.get("name"))
    words = [_plain(word) for word in arguments] if isinstance(arguments, list) else []
    program = words[:1]
    return [
        (main, rank, how, thread, name, tuple(words)),
        (main, rank, how, thread, name, tuple(program)),
        (main, rank, how, thread, name),
        (main, rank, how, thread),
        (main, rank, how),
    ]


def choose(header: Line, event: Line | None, candidates: list[Sequence]) -> Sequence | None:
    """Find the sequence that `header` and `event`, the first that it has, belong to."""
    for level, key in enumerate(keys_of(header)):
        fitting = [sequence for sequence in candidates if keys_of(sequence.header)[level] == key]
        if len(fitting) > 1 and event is not None:
            fitting = [sequence for sequence in fitting if sequence.first_event() == event] or fitting
        if fitting:
            return fitting[0]
    return None


def name_of(header: Line) -> str:
    """Name a process for the reader; "" for the one that the command has started."""
    process: Mapping[str, Any] = header.get("process", {})
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


def _plain(value: Any) -> Any:
    """A part of a key: a path of a scratch folder and numbers of processes are others in each run."""
    if not isinstance(value, str):
        return value if isinstance(value, bool) else None
    return re.sub(r"(?:tmp|temp)[^/\\]*|\d{3,}", "~", value, flags=re.IGNORECASE)
