"""The runs of one check: two, and two more if hash order may be the cause."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock import signals
from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.compare.result import Result
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.remarks import HASHES_DIFFER
from seedblock.twice.explain.remedies import REMEDIES
from seedblock.twice.run import follow, fresh, work_folder
from seedblock.twice.run.call import Call, elsewhere
from seedblock.twice.run.data import Display, Options, RunEnd, RunError
from seedblock.twice.run.failure import failure
from seedblock.twice.run.process import Run
from seedblock.twice.run.standard_input import Input
from seedblock.twice.tape import gate
from seedblock.twice.tape.reader import tape_files
from seedblock.twice.verdict import HASH, Difference, Files, Verdict

HASH_SEED = "PYTHONHASHSEED"


class Where(NamedTuple):
    """The folder of each run: the working folder; if `fresh`, a copy of it; if `other_folder`, an empty one after run 1."""

    here: Path
    scratch: Path
    fresh: bool = False
    other_folder: bool = False

    def of(self, number: int) -> Path:
        if self.fresh:
            return fresh.copy(self.here, self.scratch, number)
        if self.other_folder and number > 1:
            (folder := self.scratch / f"folder{number}").mkdir()
            return folder
        return self.here


class Checked(NamedTuple):
    """The verdict, what it rests on, and the two runs with their ends."""

    verdict: Verdict
    result: Result
    runs: tuple[Run, Run]
    ends: tuple[RunEnd, RunEnd]


class _Setup(NamedTuple):
    """What all runs of a check share."""

    options: Options
    where: Where
    stdin: Input

    def run(self, call: Call, hash_seed: str | None, number: int) -> Run:
        (tape := self.where.scratch / str(number)).mkdir()
        seed = {} if hash_seed is None else {HASH_SEED: hash_seed}
        return Run(call.command, {**call.variables, **seed}, self.where.of(number), tape)

    def follow(self, run: Run, number: int, like: RunEnd | None = None, comparison: Comparison | None = None) -> RunEnd:
        """Follow a run. Raises Stopped if it was asked to stop: there is nothing to say of it then."""
        mark = b"" if number == 1 else f"{number}| ".encode()
        display = Display(f"run {number}", mark, follow.streams(self.options.quiet, both_to_error=True), like)
        given = self.stdin.each(self.where.scratch / "stdin", again=number > 1)
        end = follow.follow(run, self.options, display, given, comparison)
        if end.asked:
            raise signals.Stopped(end.asked[0])
        return end


def run_and_compare(calls: Sequence[Call], options: Options, where: Where) -> Checked:
    """Run both calls and compare them. Raises RunError if run 1 fails, as there is then nothing to compare."""
    setup = _Setup(options, where, Input.ours())
    if where.fresh:
        fresh.announce(where.here, where.scratch)
    varied = HASH_SEED in os.environ or any(HASH_SEED in call.variables for call in calls)
    seeds = (None, None) if varied else ("1", "2")
    second = elsewhere(calls[1], where.here) if where.other_folder else calls[1]
    one, two = setup.run(calls[0], seeds[0], 1), setup.run(second, seeds[1], 2)
    before = work_folder.contents(one.folder)
    first = setup.follow(one, 1)
    if first.code != 0:
        raise RunError(failure(one, "run 1", first, seen=not options.quiet))
    after = work_folder.contents(one.folder)
    result, end = _compare(setup, (one, two), first, 2)
    written = tuple(name for name in after if after[name] != before.get(name))
    verdict = explain(result, (0, end.code), Files(written, fresh=one.folder != two.folder), (False, end.code is None))
    if verdict.difference is not None and not varied and end.code in (0, None):
        verdict = _by_hashes(verdict, verdict.difference, setup, (one, two), first)
    return Checked(verdict, result, (one, two), (first, end))


def _compare(setup: _Setup, runs: tuple[Run, Run], first: RunEnd, number: int) -> tuple[Result, RunEnd]:
    """Start the second of `runs` as run `number` and compare it with the first one, which is over."""
    one, two = runs
    comparison = Comparison(tape_files(one.tape))
    end = setup.follow(two, number, first, comparison)
    # A run that was stopped at a difference has not printed everything.
    if end.code is None:
        return comparison.finish(), end
    with gate.opened_output(one.output) as left, gate.opened_output(two.output) as right:
        return comparison.finish((left, right)), end


def _by_hashes(
    verdict: Verdict, difference: Difference, setup: _Setup, runs: tuple[Run, Run], first: RunEnd
) -> Verdict:
    """Test whether hashes made the difference: with run 1's seed it must vanish, with run 2's it must come back."""
    verdict = verdict._replace(remarks=tuple(remark for remark in verdict.remarks if remark != HASHES_DIFFER))
    setup = setup._replace(options=setup.options._replace(keep_going=False))
    for number, (like, differs) in enumerate(((runs[0], False), (runs[1], True)), start=3):
        call = Call(runs[1].command, runs[1].variables, None)
        again = setup.run(call, like.variables[HASH_SEED], number)
        result, end = _compare(setup, (runs[0], again), first, number)
        found = explain(result, (0, end.code)).difference
        if (found is not None) != differs or (found is not None and found.layer != difference.layer):
            return verdict
    what = f"only if {HASH_SEED} differs; {difference.layer}: {difference.what}"
    sure = "a third run with the hashes of run 1 agreed with it, a fourth with those of run 2 did not"
    return verdict._replace(
        difference=Difference(HASH, difference.process, difference.place, what, REMEDIES[HASH], sure)
    )
