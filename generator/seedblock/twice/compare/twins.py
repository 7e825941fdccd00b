"""Match a process of run 2 with one of run 1: by what identifies it and, if need be, by its first event. Pure."""

import re
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from seedblock.twice.compare.processes import RecordedLines
from seedblock.twice.tape.line_kinds import Event, Header


class Twins:
    """Run 1's processes without a twin in run 2. To find all twins takes as many steps as there are processes."""

    def __init__(self, recorded: Iterable[RecordedLines]) -> None:
        self.left = dict.fromkeys(recorded)
        self._fitting: defaultdict[Hashable, deque[RecordedLines]] = defaultdict(deque)  # taken ones may still be in it
        self._known_by_event: set[Hashable] = set()
        for lines in self.left:
            for key in enumerate(keys_of(lines.header)):
                self._fitting[key].append(lines)

    def take(self, header: Header, event: Event | None) -> RecordedLines | None:
        """Take the twin in run 1 of run 2's process with this header and first event."""
        for key in enumerate(keys_of(header)):
            if twin := self._first_with(event, key) or self._first(key):
                del self.left[twin]
                return twin
        return None

    def _first_with(self, event: Event | None, key: Hashable) -> RecordedLines | None:
        fitting = self._fitting.get(key, ())
        if event is None or len(fitting) < 2:
            return None
        if key not in self._known_by_event:
            self._known_by_event.add(key)
            for lines in fitting:
                self._fitting[key, repr(lines.first_event())].append(lines)
        return self._first((key, repr(event)))

    def _first(self, key: Hashable) -> RecordedLines | None:
        fitting = self._fitting.get(key, deque())
        while fitting and fitting[0] not in self.left:
            fitting.popleft()
        return fitting[0] if fitting else None


def keys_of(header: Header) -> list[tuple[Any, ...]]:
    """What identifies a process, the narrowest key first: its arguments may be varied on purpose."""
    process: Mapping[str, Any] = header.process
    main, rank, how, thread = (_stable(process.get(name)) for name in ("main", "rank", "how", "thread"))
    arguments, name = process.get("argv"), _stable(process.get("name"))
    words = [_stable(word) for word in arguments] if isinstance(arguments, list) else []
    return [
        (main, rank, how, thread, name, tuple(words)),
        (main, rank, how, thread, name, tuple(words[:1])),
        (main, rank, how, thread, name),
        (main, rank, how, thread),
        (main, rank, how),
    ]


def _stable(value: Any) -> Any:
    """Return a part of a key without what changes from run to run: temporary folders and process ids."""
    if not isinstance(value, str):
        return value if isinstance(value, bool) else None
    return re.sub(r"(?:tmp|temp)[^/\\]*|\d{3,}", "~", value, flags=re.IGNORECASE)
