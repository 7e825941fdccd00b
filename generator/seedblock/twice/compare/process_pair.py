"""One process in both runs: run 1's lines beside those of run 2 as they come. Pure."""

from functools import partial

from seedblock.twice.compare.epochs import Epochs
from seedblock.twice.compare.findings import Findings
from seedblock.twice.compare.processes import RecordedLines, name_of, rank_of
from seedblock.twice.tape.fast_lines import read_plain
from seedblock.twice.tape.line_kinds import Event, Header, Line
from seedblock.twice.tape.lines import Part, read_line


class ProcessPair:
    """Finds the events that belong together; what they show is in `findings`."""

    def __init__(self, first: RecordedLines, header: Header, epochs: Epochs) -> None:
        """`first` has the lines of run 1 after its header, `header` is that of run 2."""
        self._first = first
        self.findings = Findings(name_of(header), rank_of(first.header), epochs, first.lines)
        self.findings.note(0, first.header)

    def feed(self, part: Part) -> None:
        """Take the next lines of run 2."""
        for number, text in enumerate(part.texts, part.first):
            if not (self._equal(text) or self._lone(1, text)):
                self._take(read_line(text, part.name, number))

    def finish(self) -> None:
        """Run 2 is over: an event that run 1 still has is a difference."""
        while (text := self._first.peek()) is not None:
            if self._lone(0, text):
                self._first.skip()
            elif (event := self._next()) is not None and not self.findings.diverged:
                self.findings.diverge(event, None)
        self.findings.end()

    def _equal(self, text: bytes) -> bool:
        """Count a plain event that run 1 has too, byte for byte. False: the line needs a closer look."""
        if text != self._first.peek() or not self.findings.counts_plain:
            return False
        event = read_plain(text)
        if event is None:
            return False
        self._first.skip()
        self.findings.equal(event, partial(read_line, text, "", 2))
        return True

    def _lone(self, run: int, text: bytes) -> bool:
        """Count a plain event without a counterpart, since the runs have diverged."""
        event = read_plain(text) if self.findings.diverged else None
        if event is None:
            return False
        self.findings.note_plain(run, event, partial(read_line, text, "", 2))
        return True

    def _take(self, line: Line) -> None:
        self.findings.note(1, line)
        if not self.findings.is_compared(line):
            return
        other = self._next()
        if self.findings.diverged:
            return
        if other is None:
            self.findings.diverge(None, line)
        else:
            self.findings.compare(other, line)

    def _next(self) -> Event | None:
        """Take run 1's lines up to its next event that is compared."""
        while (line := self._first.take()) is not None:
            self.findings.note(0, line)
            if self.findings.is_compared(line):
                return line
        return None
