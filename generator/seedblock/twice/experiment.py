"""The runs of one check: two; two more if a clock may be the cause; and some with one factor held, to find the cause."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock import signals
from seedblock.errors import SeedblockError
from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.compare.facts import never_seeded
from seedblock.twice.compare.result import Result
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.control import decide, found_files, open_parts
from seedblock.twice.explain.parts import Known
from seedblock.twice.explain.remarks import HASHES_DIFFER
from seedblock.twice.explain.remedies import REMEDIES
from seedblock.twice.files.comparing import compare_files
from seedblock.twice.files.folder import Seen, Watched, ignored, outputs, seen
from seedblock.twice.files.keeping import Kept, keep
from seedblock.twice.run import follow, fresh
from seedblock.twice.run.call import Call
from seedblock.twice.run.data import Display, Options, RunEnd, RunError
from seedblock.twice.run.failure import failure
from seedblock.twice.run.places import Where
from seedblock.twice.run.process import CLOCK, REVERSED, Run
from seedblock.twice.run.standard_input import Input
from seedblock.twice.tape import gate
from seedblock.twice.tape.reader import tape_files
from seedblock.twice.verdict import FILES, HASH, LISTING, STREAMS, WRITTEN, Difference, Files, Verdict

HASH_SEED = "PYTHONHASHSEED"
MAX_LINES = 3  # that are named
SHORT_S = 120.0  # a run that took less is run again without being asked for
LONGER, MORE_S = 10, 60.0  # than run 1, a run with a clock that only counts may take
MORE_RUNS = 2  # if streams differ that nothing seems to depend on
CLOCK_PART = "the clock ("  # of the recorder

SURE = "run {0}, with {1} of run 1, agreed with it; run {2}, with that of run 2, did not"


class Wanted(NamedTuple):
    """What the command line says of the check.

    ignored: parts that do not count; ignored_files: globs. folders: others that are searched for files, and how they are shown.
    without: our own files in them. clock: run the control pair however long it takes. keep_order: both runs get listings in the
    same order.
    """

    ignored: Collection[str] = ()
    ignored_files: Sequence[str] = ()
    folders: tuple[tuple[str, Path], ...] = ()
    without: tuple[Path, ...] = ()
    clock: bool = False
    keep_order: bool = False


class Checked(NamedTuple):
    """The verdict, what it rests on, and the first two runs with their ends."""

    verdict: Verdict
    result: Result
    runs: tuple[Run, Run]
    ends: tuple[RunEnd, RunEnd]


class Factors(NamedTuple):
    """What differs on purpose between two runs: the seed of hashes, None for the user's, and the order of listings."""

    hash_seed: str | None = None
    reversed_listing: bool = False

    def variables(self) -> dict[str, str]:
        hashes = {} if self.hash_seed is None else {HASH_SEED: self.hash_seed}
        return {**hashes, **(REVERSED if self.reversed_listing else {})}


class _Ran(NamedTuple):
    """A run that is over, and what it has written if others are compared with it."""

    run: Run
    end: RunEnd
    kept: Kept | None


class _Setup:
    """What all runs of a check share. `clock`: whether they have one that only counts."""

    def __init__(self, calls: Sequence[Call], options: Options, where: Where, wanted: Wanted) -> None:
        self.calls, self.options, self.where, self.wanted = calls, options, where, wanted
        self.stdin = Input.ours()
        varied = HASH_SEED in os.environ or any(HASH_SEED in call.variables for call in calls)
        one, two = (None, None) if varied else ("1", "2")
        self.factors = Factors(one), Factors(two, not wanted.keep_order)
        self.number = 0
        self.refreshed = False  # whether later runs of a control pair find nothing of its first one

    def first(self) -> _Ran:
        return self._run(self.calls[0], self.factors[0], None)[0]

    def against(self, first: _Ran, factors: Factors) -> tuple[_Ran, Result]:
        """Run the second call and compare it with the first one, which is over."""
        ran, result = self._run(self.calls[1], factors, first)
        assert result is not None
        return ran, result

    def begin_control(self, like: RunEnd) -> None:
        """Give all later runs a clock that only counts. A loop that waits for it may never end."""
        limit = self.options.timeout or LONGER * like.seconds + MORE_S
        self.where, self.options = self.where._replace(control=True), self.options._replace(timeout=limit)

    def known(self, ran: _Ran) -> Known:
        return Known(self.where.control, self.wanted.ignored, (False, ran.end.code is None))

    def _run(self, call: Call, factors: Factors, like: _Ran | None) -> tuple[_Ran, Result | None]:
        self.number += 1
        folder, call = self.where.place(call, self.number, like is None, self.refreshed)
        clock = CLOCK if self.where.control else {}
        (tape := self.where.scratch / str(self.number)).mkdir()
        variables = {**call.variables, **factors.variables(), **clock, **self.where.variables()}
        run = Run(call.command, variables, folder, tape)
        watched = Watched(folder, self._further(folder), (self.where.scratch, *self.wanted.without), outputs())
        before = seen(watched)
        if like is None:
            end = self._follow(run, None, None)
            return _Ran(run, end, self._keep(watched, before)), None
        comparison = Comparison(tape_files(like.run.tape))
        end = self._follow(run, like, comparison)
        if end.code is None:  # a run that was stopped at a difference has not printed and written everything
            return _Ran(run, end, None), comparison.finish().without_saved(ignored(self.wanted.ignored_files))
        with gate.opened_output(like.run.output) as left, gate.opened_output(run.output) as right:
            result = comparison.finish((left, right)).without_saved(ignored(self.wanted.ignored_files))
        if like.kept is None:
            return _Ran(run, end, None), result
        files = compare_files(like.kept, watched, before, result.pids, self.wanted.ignored_files)
        return _Ran(run, end, None), result.with_files(files)

    def _further(self, folder: Path) -> tuple[tuple[str, Path], ...]:
        """The other folders to search; not those that lie in the working folder, of which a run may have a copy."""
        if folder == self.where.here:
            return self.wanted.folders
        return tuple(pair for pair in self.wanted.folders if not pair[1].is_relative_to(self.where.here))

    def _keep(self, watched: Watched, before: Seen) -> Kept | None:
        if WRITTEN in self.wanted.ignored:
            return None
        return keep(watched, before, self.where.scratch, self.wanted.ignored_files)

    def _follow(self, run: Run, like: _Ran | None, comparison: Comparison | None) -> RunEnd:
        """Follow a run. Raises Stopped if it was asked to stop: there is nothing to say of it then."""
        mark = b"" if self.number == 1 else f"{self.number}| ".encode()
        streams = follow.streams(self.options.quiet, both_to_error=True)
        display = Display(f"run {self.number}", mark, streams, None if like is None else like.end)
        given = self.stdin.each(self.where.scratch / "stdin", again=self.number > 1)
        end = follow.follow(run, self.options, display, given, comparison)
        if end.asked:
            raise signals.Stopped(end.asked[0])
        return end


def run_and_compare(calls: Sequence[Call], options: Options, where: Where, wanted: Wanted) -> Checked:
    """Run both calls and compare them. Raises RunError if run 1 fails, as there is then nothing to compare."""
    if where.fresh:
        fresh.announce(where.here, where.scratch)
    setup = _Setup(calls, options, where.noted(), wanted)
    one = setup.first()
    if one.end.code != 0:
        raise RunError(failure(one.run, "run 1", one.end, seen=not options.quiet))
    two, result = setup.against(one, setup.factors[1])
    written = () if one.kept is None else tuple(one.kept.files)
    files = Files(written, fresh=one.run.folder != two.run.folder)
    verdict = explain(result, (0, two.end.code), files, setup.known(two))
    first = one
    if open_parts(verdict):
        verdict, result, first = _by_a_clock(verdict, result, setup, one)
    if verdict.difference is not None and verdict.difference.layer != FILES and two.end.code in (0, None):
        verdict = _by_factors(verdict, verdict.difference, result, setup, first)
    return Checked(verdict, result, (one.run, two.run), (one.end, two.end))


def _by_a_clock(verdict: Verdict, result: Result, setup: _Setup, one: _Ran) -> tuple[Verdict, Result, _Ran]:
    """Decide by a control pair what may be a clock's. From then on, the runs of `setup` have a clock that only counts."""
    why = "" if setup.wanted.clock else _too_costly(setup.where, one.end)
    if not why:
        setup.begin_control(one.end)
        try:
            three = setup.first()
            if three.end.code == 0:
                return (*_decided(verdict, result, setup, one, three), three)
            why = f"with a clock that only counts, the script ended with exit code {three.end.code}"
        except signals.Stopped:
            raise
        except SeedblockError as error:
            why = "; ".join(error.problems)
    return verdict._replace(remarks=(*verdict.remarks, f"no control pair decided: {why}")), result, one


def _too_costly(where: Where, end: RunEnd) -> str:
    if end.seconds >= SHORT_S:
        return f"run 1 took {end.seconds / 60:.0f} minutes; --clock runs it in any case"
    return "" if where.is_small else "the working folder is large; --clock copies it in any case"


def _decided(verdict: Verdict, result: Result, setup: _Setup, one: _Ran, three: _Ran) -> tuple[Verdict, Result]:
    """Run the second of a control pair: as run 2, it finds what the one before it wrote. If they differ, also without that.

    Raises SeedblockError if the clock was not kept from them.
    """
    finds_more = setup.where.finds_more() or (three.kept is not None and three.kept.wrote)
    four, control = setup.against(three, setup.factors[1])
    found, second = explain(control, (0, four.end.code), None, setup.known(four)), setup.number
    if found.difference is not None and finds_more:
        setup.refreshed = True
        five, again = setup.against(three, setup.factors[1])
        apart = explain(again, (0, five.end.code), None, setup.known(five))
        if apart.difference is not None or four.end.code not in (0, None):
            # A run that fails beside this clock alone has met a name with the same time.
            found, control, second = apart, again, setup.number
        elif _differs_again(setup, three):
            found = found_files(found, setup.number - 1, tuple(three.kept.files) if three.kept is not None else ())
        setup.refreshed = True
    if missed := [part for part in control.coverage.missed if part.startswith(CLOCK_PART)]:
        raise SeedblockError(*missed)
    if found.difference is None and _of_streams(result) - _of_streams(control):  # a clock has seeded them
        setup.factors = setup.factors[1], setup.factors[1]
        return explain(result, known=setup.known(four)), result
    if found.difference is None:
        found, control, second = _agrees_again(setup, three, found, control, second)
    if found.difference is None and _wrote_less(one, three):
        raise SeedblockError("run 3 wrote fewer files than run 1: it may have written to a place with a whole path")
    shown = result._replace(saved=control.saved, text=control.text, printed=control.printed, files=control.files)
    return decide(verdict, found, second), shown


def _differs_again(setup: _Setup, three: _Ran) -> bool:
    """Tell whether one more run that finds what the one before it wrote differs from run 3: otherwise it was chance."""
    setup.refreshed = False
    six, result = setup.against(three, setup.factors[1])
    return explain(result, (0, six.end.code), None, setup.known(six)).difference is not None


def _agrees_again(
    setup: _Setup, three: _Ran, found: Verdict, control: Result, second: int
) -> tuple[Verdict, Result, int]:
    """Run the second of the pair up to MORE_RUNS times more while its streams differ: what is coarse may agree by chance."""
    for _ in range(MORE_RUNS if _of_streams(control) else 0):
        ran, result = setup.against(three, setup.factors[1])
        again = explain(result, (0, ran.end.code), None, setup.known(ran))
        if again.difference is not None:
            return again, result, setup.number
    return found, control, second


def _wrote_less(one: _Ran, three: _Ran) -> bool:
    """Tell whether a run of the control pair wrote fewer files than run 1 did: then not all that differed was compared."""
    return one.kept is not None and three.kept is not None and len(three.kept.files) < len(one.kept.files)


def _of_streams(result: Result) -> set[str]:
    return {name for process in result.processes if process.streams is not None for name in process.streams.names}


def _by_factors(verdict: Verdict, difference: Difference, result: Result, setup: _Setup, first: _Ran) -> Verdict:
    """Test what made the difference: with that of run 1 it must vanish, with that of run 2 it must come back."""
    remarks = tuple(remark for remark in verdict.remarks if remark != HASHES_DIFFER)
    verdict = verdict._replace(remarks=remarks)
    setup.options = setup.options._replace(keep_going=False)
    for factor in _held(difference, *setup.factors, result):
        try:
            if _again(setup, first, factor.held) is not None:
                continue
            back = _again(setup, first, setup.factors[1])
        except RunError:  # it took too long
            return verdict
        if back is None or back.layer != difference.layer:
            return verdict
        what = f"only if {factor.name} differs{factor.where}; {difference.layer}: {difference.what}"
        sure = SURE.format(setup.number - 1, factor.name, setup.number)
        blamed = difference._replace(layer=factor.layer, what=what, remedy=REMEDIES[factor.layer], sure=sure)
        return verdict._replace(difference=blamed)
    return verdict


class _Factor(NamedTuple):
    """What may be the cause: its layer, its name, where the script meets it, and run 2's factors with this one as in run 1."""

    layer: str
    name: str
    where: str
    held: Factors


def _held(difference: Difference, one: Factors, two: Factors, result: Result) -> list[_Factor]:
    """List what may be the cause, the likelier first: nothing more if a stream that is never seeded explains the difference."""
    if difference.layer == STREAMS and any(never_seeded(process.facts) for process in result.processes):
        return []
    found = []
    if one.hash_seed != two.hash_seed:
        found.append(_Factor(HASH, HASH_SEED, "", two._replace(hash_seed=one.hash_seed)))
    if one.reversed_listing != two.reversed_listing:
        lines = [line for process in result.processes for facts in process.facts for line in facts.listed]
        where = f" (a folder is listed at {', '.join(dict.fromkeys(lines[:MAX_LINES]))})" if lines else ""
        held = two._replace(reversed_listing=one.reversed_listing)
        found.insert(0 if lines else 1, _Factor(LISTING, "the order of listings", where, held))
    return found


def _again(setup: _Setup, first: _Ran, factors: Factors) -> Difference | None:
    """Run the second call once more. Return its first difference from `first`."""
    ran, result = setup.against(first, factors)
    return explain(result, (0, ran.end.code), None, setup.known(ran)).difference
