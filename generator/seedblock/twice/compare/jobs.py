"""The jobs of a pool, which go to whichever worker is free: matched by what each did, whoever did it and when. Pure."""

import hashlib
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from seedblock.twice.compare.epochs import Epochs
from seedblock.twice.compare.event_words import parts_of
from seedblock.twice.compare.facts import A_POOL, not_compared
from seedblock.twice.compare.findings import Findings
from seedblock.twice.compare.job import Job
from seedblock.twice.compare.processes import RecordedLines, name_of, read_lines
from seedblock.twice.compare.result import DifferingStreams, Found
from seedblock.twice.tape.line_kinds import EVENTS, Gone, Header, Line
from seedblock.twice.tape.line_kinds import Job as JobLine
from seedblock.twice.tape.lines import Part
from seedblock.twice.verdict import FINAL

MAX_KEPT = 5  # jobs of run 2 that run 1 lacks
OTHER_WORKERS = "the jobs of a pool were done by other workers, or in another order"


def pool_of(header: Header) -> Hashable | None:
    """Identify the pool that a worker belongs to: all of its kind are one. None for a process or thread that is no worker."""
    process = header.process
    if process.get("pool") is not True:
        return None
    return tuple(_without_number(process.get(name)) for name in ("main", "rank", "how", "name", "thread"))


def _without_number(value: Any) -> Any:
    return (
        re.sub(r"[-_:\d]*\d(?= |$)", "", value)
        if isinstance(value, str)
        else value
        if isinstance(value, bool)
        else None
    )


class Jobs:
    """The workers of one kind. Run 1's jobs are known before those of run 2 come."""

    def __init__(self, header: Header, epochs: Epochs, recorded: Iterable[RecordedLines]) -> None:
        """`header` is that of any worker, `recorded` has the lines of all workers of run 1."""
        self._recorded, self._are_processes = list(recorded), header.process.get("thread") is None
        self.findings = Findings(f"a job of {_named(header)}", None, epochs, self._lines)
        self._left: defaultdict[bytes, deque[dict[str, str]]] = defaultdict(deque)  # streams of the jobs only run 1 has
        self._orders: tuple[list[bytes], list[bytes]] = [], []  # of each worker's jobs
        self._gone: tuple[Counter[str], Counter[str]] = Counter(), Counter()
        self._innocent: set[str] = set()  # streams that differ in jobs that agree
        self._only_two: list[Job] = []
        self._lacking = 0
        self._open: dict[str, tuple[Job, Any]] = {}
        for lines in self._recorded:
            self._read(0, lines.lines(), self._note_first)

    def _lines(self) -> Iterator[Line]:
        for lines in self._recorded:
            yield from lines.lines()

    def _read(self, run: int, lines: Iterable[Line], take: Callable[[Job], None]) -> None:
        """Read one worker's jobs to their end."""
        job, order = Job(), hashlib.sha256()
        for line in lines:
            if isinstance(line, JobLine):
                job = self._closed(run, job, order, take)
            else:
                self._add(run, job, line)
        self._closed(run, job, order, take)
        self._orders[run].append(order.digest())

    def _closed(self, run: int, job: Job, order: Any, take: Callable[[Job], None]) -> Job:
        """End a job, and return the next one."""
        if job.count:
            self.findings.counts.has_events[run] = True
            order.update(job.key)
            take(job)
        return Job()

    def _add(self, run: int, job: Job, line: Line) -> None:
        if isinstance(line, EVENTS):
            job.add(line)
        else:
            self.findings.facts[run].add(line)
            if isinstance(line, Gone) and self._are_processes:  # another thread may be the one that frees an optimizer
                self._gone[run][line.weights] += 1

    def _note_first(self, job: Job) -> None:
        self._left[job.key].append(job.streams)

    # --- run 2 ------------------------------------------------------------------------------------------------------

    def feed(self, worker: str, part: Part) -> None:
        """Take the next lines of a worker of run 2."""
        job, order = self._open.get(worker) or (Job(), hashlib.sha256())
        for line in read_lines(part):
            if isinstance(line, JobLine):
                job = self._closed(1, job, order, self._note_second)
            else:
                self._add(1, job, line)
        self._open[worker] = job, order

    def _note_second(self, job: Job) -> None:
        if left := self._left.get(job.key):
            streams = left.popleft()
            self._innocent |= differing_keys(streams, job.streams)
            self.findings.counts.equal_job(job.batches, job.steps, job.losses, job.saved)
        else:
            self._lacking += 1
            if len(self._only_two) < MAX_KEPT:
                self._only_two.append(job)

    def finish(self) -> None:
        """Run 2 is over: report the first job that only one run has."""
        for job, order in self._open.values():
            self._closed(1, job, order, self._note_second)
            self._orders[1].append(order.digest())
        self._open = {}
        for facts in self.findings.facts:
            facts.ended = True  # a pool ends its workers when their jobs are done
        left = sum(len(streams) for streams in self._left.values())
        if not left and not self._lacking:
            self._compare_gone()
            if sorted(self._orders[0]) != sorted(self._orders[1]):
                self.findings.remark(OTHER_WORKERS)
        elif not not_compared(self.findings.facts):
            self._report(self._only_one())

    def _only_one(self) -> list[Job]:
        """Read run 1's jobs that run 2 lacks once more."""
        found: list[Job] = []

        def keep(job: Job) -> None:
            if len(found) < MAX_KEPT and self._left.get(job.key):
                found.append(job)

        job = Job()
        for lines in self._recorded:
            for line in lines.lines():
                if isinstance(line, JobLine):
                    keep(job)
                    job = Job()
                elif isinstance(line, EVENTS):
                    job.add(line)
            keep(job)
            job = Job()
        return found

    def _report(self, ones: list[Job]) -> None:
        twos = self._only_two
        if not ones or not twos:
            self.findings.diverge(*((ones[0].events[0], None) if ones else (None, twos[0].events[0])))
            return
        two = twos[0]
        one = max(ones, key=lambda job: job.alike(two))
        names = sorted(name for name in differing_keys(one.streams, two.streams) if name not in self._innocent)
        if names:
            self.findings.streams = DifferingStreams(names, "when the job begins")
            for facts in self.findings.facts:
                facts.has.add(A_POOL)
        self.findings.compare_alone(one.without(self._innocent), two.without(self._innocent))

    def _compare_gone(self) -> None:
        one, two = self._gone
        if one == two:
            self.findings.counts.parameters += sum(len(parts_of(weights)) * count for weights, count in one.items())
        elif one.total() == two.total():  # else one run has freed more of them by its end
            self.findings.report(Found(FINAL, "the weights that a job has made"), "after its last step")


def differing_keys(one: dict[str, str], two: dict[str, str]) -> set[str]:
    return {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)}


def _named(header: Header) -> str:
    process = {**header.process}
    process.update({name: _without_number(process.get(name)) for name in ("name", "thread")})
    return name_of(header._replace(process=process)) or "a pool"
