"""One process in both runs: run 1's lines beside those of run 2 as they come. Pure."""

from collections import deque
from functools import partial

from seedblock.twice.compare.epochs import Epochs
from seedblock.twice.compare.event_words import place_of
from seedblock.twice.compare.findings import Findings
from seedblock.twice.compare.optimizer_order import (
    Group,
    Member,
    Numbers,
    are_independent,
    arrange,
    may_be_in_any_order,
)
from seedblock.twice.compare.processes import RecordedLines, name_of, rank_of
from seedblock.twice.compare.result import Found
from seedblock.twice.tape.fast_lines import PlainLosses, read_plain
from seedblock.twice.tape.line_kinds import Event, Gone, Header, Line, Optimizer, State, Step
from seedblock.twice.tape.lines import Part, read_line
from seedblock.twice.verdict import FLOW

ANOTHER_ORDER = "independent optimizers stepped in another order"
OTHER_STEPS = "between two losses, each optimizer does not step as often in both runs"
DEPENDENT = (
    "optimizers stepped in another order, and the weights that they found differ: they may have parameters in common"
)


class ProcessPair:
    """Finds the events that belong together; what they show is in `findings`."""

    def __init__(self, first: RecordedLines, header: Header, epochs: Epochs) -> None:
        """`first` has the lines of run 1 after its header, `header` is that of run 2."""
        self._first = first
        self._numbers: Numbers = {}
        self._renumbered = False
        self._stepped: set[int] = set()  # run 1's optimizers, since the last loss
        self._ones: list[Member] = []  # of run 1, that wait for run 2's group to be whole
        self._twos: Group | None = None
        self._later: list[Line] = []  # run 2's lines about optimizers of that group
        self._back: deque[Event] = deque()  # of run 1, not compared yet
        self.findings = Findings(name_of(header), rank_of(first.header), epochs, first.lines)
        self.findings.note(0, first.header)

    def feed(self, part: Part) -> None:
        """Take the next lines of run 2."""
        for number, text in enumerate(part.texts, part.first):
            if not (self._equal(text) or self._lone(1, text)):
                self._take(read_line(text, part.name, number))

    def finish(self) -> None:
        """Run 2 is over: an event that run 1 still has is a difference."""
        self._settle()
        if self._back and not self.findings.diverged:
            self.findings.diverge(self._back[0], None)
        while (text := self._first.peek()) is not None:
            if self._lone(0, text):
                self._first.skip()
            elif (event := self._read()) is not None and not self.findings.diverged:
                self.findings.diverge(event, None)
        self.findings.end()

    def _equal(self, text: bytes) -> bool:
        """Count a plain event that run 1 has too, byte for byte. False: the line needs a closer look."""
        waits = self._renumbered or self._twos is not None or self._back
        if waits or text != self._first.peek() or not self.findings.counts_plain:
            return False
        event = read_plain(text)
        if event is None:
            return False
        self._first.skip()
        self.findings.equal(event, partial(read_line, text, "", 2))
        if isinstance(event, PlainLosses) and event.step is not None:
            self._note_step(event.optimizer, event.losses > 0)
        else:
            self._stepped.clear()
        return True

    def _note_step(self, optimizer: int, has_loss: bool) -> None:
        if has_loss or optimizer in self._stepped:
            self._stepped.clear()
        self._stepped.add(optimizer)

    def _lone(self, run: int, text: bytes) -> bool:
        """Count a plain event without a counterpart, since the runs have diverged."""
        event = read_plain(text) if self.findings.diverged else None
        if event is None:
            return False
        self.findings.note_plain(run, event, partial(read_line, text, "", 2))
        return True

    def _take(self, line: Line) -> None:
        if self._twos is not None and isinstance(line, (Gone, State)):
            self._later.append(line)
            return
        self.findings.note(1, _with_number(line, self._numbers))
        if not self.findings.is_compared(line):
            return
        while self._twos is not None:
            if self._twos.take(line):
                return
            self._settle()
        self._match(line)

    def _match(self, two: Event, in_any_order: bool = True) -> None:
        """Compare an event of run 2 with the next one of run 1, or begin a group."""
        one = self._next()
        if self.findings.diverged:
            return
        if one is None:
            self.findings.diverge(None, two)
        elif in_any_order and may_be_in_any_order(one, two, self._numbers):
            group, self._twos = (
                Group(self._stepped),
                Group(two for two, one in self._numbers.items() if one in self._stepped),
            )
            self._twos.take(two)
            following: Event | None = one
            while following is not None and group.take(following):
                following = self._next()
            if following is not None:
                self._back.appendleft(following)
            self._back.extendleft(reversed(group.cut()))
            self._ones = group.members
        else:
            self._compare(one, two)

    def _compare(self, one: Event, two: Event) -> None:
        if isinstance(one, Optimizer) and isinstance(two, Optimizer):
            self._numbers[two.optimizer] = one.optimizer
        if isinstance(two, (Step, Optimizer)):
            self._renumbered = self._renumbered or self._numbers.get(two.optimizer, two.optimizer) != two.optimizer
            two = two._replace(optimizer=self._numbers.get(two.optimizer, two.optimizer))
        self._compare_as_numbered(one, two)

    def _compare_as_numbered(self, one: Event, two: Event) -> None:
        self.findings.compare(one, two)
        if isinstance(one, Step):
            self._note_step(one.optimizer, bool(one.loss_bits))
        elif not isinstance(one, Optimizer):
            self._stepped.clear()

    def _settle(self) -> None:
        """Both runs' groups are whole: compare them as sets or, if they do not match, event by event."""
        if self._twos is None:
            return
        ones, twos, self._ones, self._twos = self._ones, self._twos, [], None
        rest = twos.cut()
        arranged = arrange(ones, twos.members, self._numbers)
        if arranged is None:
            self._back.extendleft(reversed(ones))
            if len({member.optimizer for member in (*ones, *twos.members)}) > 1:
                self.findings.report(Found(FLOW, OTHER_STEPS), place_of(ones[0]), twos.members[0])
        else:
            self._renumbered = self._renumbered or any(one != two for two, one in self._numbers.items())
            if arranged.reordered and are_independent(ones, arranged.members):
                self.findings.remark(ANOTHER_ORDER)
            elif arranged.reordered:
                self.findings.report(Found(FLOW, DEPENDENT), place_of(ones[0]), twos.members[0])
            for one, two in zip(ones, arranged.members, strict=True):
                self._compare_as_numbered(one, two)
        later, self._later = self._later, []
        for line in later:
            self.findings.note(1, _with_number(line, self._numbers))
        for two in rest if arranged else (*twos.members, *rest):
            self._match(two, in_any_order=arranged is not None)

    def _next(self) -> Event | None:
        """Return run 1's next event that is compared."""
        return self._back.popleft() if self._back else self._read()

    def _read(self) -> Event | None:
        """Read run 1's lines up to its next event that is compared."""
        while (line := self._first.take()) is not None:
            self.findings.note(0, line)
            if self.findings.is_compared(line):
                return line
        return None


def _with_number(line: Line, numbers: Numbers) -> Line:
    """A line of run 2; what it says of an optimizer at its end, with the number that it has in run 1."""
    if isinstance(line, Gone):
        return line._replace(gone=numbers.get(line.gone, line.gone))
    return line._replace(of=numbers.get(line.of, line.of)) if isinstance(line, State) else line
