"""The runs of one check: two, and two more if hash order may be the cause."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.compare.result import Result
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.remarks import HASHES_DIFFER
from seedblock.twice.explain.remedies import REMEDIES
from seedblock.twice.run import follow, process, work_folder
from seedblock.twice.run.call import Call, elsewhere
from seedblock.twice.run.failure import failure
from seedblock.twice.run.follow import Display, Options, RunEnd, RunError
from seedblock.twice.run.process import Run
from seedblock.twice.run.standard_input import Input
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
            return work_folder.copy(self.here, self.scratch / f"copy{number}")
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

    def display(self, number: int, steps: int | None) -> Display:
        mark = b"" if number == 1 else f"{number}| ".encode()
        return Display(f"run {number}", mark, follow.streams(self.options.quiet, both_to_error=True), steps)


def run_and_compare(calls: Sequence[Call], options: Options, where: Where) -> Checked:
    """Run both calls and compare them. Raises RunError if run 1 fails, as there is then nothing to compare."""
    setup = _Setup(options, where, Input.ours())
    varied = HASH_SEED in os.environ or any(HASH_SEED in call.variables for call in calls)
    seeds = (None, None) if varied else ("1", "2")
    second = elsewhere(calls[1], where.here) if where.other_folder else calls[1]
    one, two = setup.run(calls[0], seeds[0], 1), setup.run(second, seeds[1], 2)
    before = work_folder.contents(one.folder)
    first = follow.follow(one, options, setup.display(1, None), setup.stdin.give(alone=False))
    if first.code != 0:
        raise RunError(failure(one, "run 1", first, seen=not options.quiet))
    after = work_folder.contents(one.folder)
    result, end = _compare(setup, one, two, first.steps, 2)
    written = tuple(name for name in after if after[name] != before.get(name))
    verdict = explain(result, (0, end.code), Files(written, fresh=one.folder != two.folder))
    if verdict.difference is not None and not varied and end.code in (0, None):
        verdict = _by_hashes(verdict, verdict.difference, setup, (one, two), first.steps)
    return Checked(verdict, result, (one, two), (first, end))


def _compare(setup: _Setup, one: Run, two: Run, steps: int, number: int) -> tuple[Result, RunEnd]:
    """Start `two` as run `number` and compare it with `one`, which is over."""
    comparison = Comparison(tape_files(one.tape))
    stdin = setup.stdin.give(alone=False, again=True)
    end = follow.follow(two, setup.options, setup.display(number, steps), stdin, comparison)
    # A run that was stopped at a difference has not printed everything.
    printed = None if end.code is None else (process.printed(one), process.printed(two))
    return comparison.finish(printed), end


def _by_hashes(verdict: Verdict, difference: Difference, setup: _Setup, runs: tuple[Run, Run], steps: int) -> Verdict:
    """Test whether hashes made the difference: with run 1's seed it must vanish, with run 2's it must come back."""
    verdict = verdict._replace(remarks=tuple(remark for remark in verdict.remarks if remark != HASHES_DIFFER))
    setup = setup._replace(options=setup.options._replace(keep_going=False))
    for number, (like, differs) in enumerate(((runs[0], False), (runs[1], True)), start=3):
        call = Call(runs[1].command, runs[1].variables, None)
        again = setup.run(call, like.variables[HASH_SEED], number)
        result, end = _compare(setup, runs[0], again, steps, number)
        found = explain(result, (0, end.code)).difference
        if (found is not None) != differs or (found is not None and found.layer != difference.layer):
            return verdict
    what = f"only if {HASH_SEED} differs; {difference.layer}: {difference.what}"
    sure = "a third run with the hashes of run 1 agreed with it, a fourth with those of run 2 did not"
    return verdict._replace(
        difference=Difference(HASH, difference.process, difference.place, what, REMEDIES[HASH], sure)
    )
