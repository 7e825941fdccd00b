"""One check: two runs, and what further ones decide."""

from collections.abc import Sequence
from typing import NamedTuple

from seedblock.twice.compare.result import Result
from seedblock.twice.experiment.control_pair import by_a_clock
from seedblock.twice.experiment.factors import by_factors
from seedblock.twice.experiment.setup import Setup, Wanted
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.control import open_parts
from seedblock.twice.run import fresh
from seedblock.twice.run.call import Call
from seedblock.twice.run.data import Options, RunEnd, RunError
from seedblock.twice.run.failure import failure
from seedblock.twice.run.places import Where
from seedblock.twice.run.process import Run
from seedblock.twice.verdict import FILES, Files, Verdict


class Checked(NamedTuple):
    """The verdict, what it rests on, and the first two runs with their ends."""

    verdict: Verdict
    result: Result
    runs: tuple[Run, Run]
    ends: tuple[RunEnd, RunEnd]


def run_and_compare(calls: Sequence[Call], options: Options, where: Where, wanted: Wanted) -> Checked:
    """Run both calls and compare them. Raises RunError if run 1 fails, as there is then nothing to compare."""
    if where.fresh:
        fresh.announce(where.here, where.scratch)
    setup = Setup(calls, options, where.noted(), wanted)
    one = setup.first()
    if one.end.code != 0:
        raise RunError(failure(one.run, "run 1", one.end, seen=not options.quiet))
    two, result = setup.against(one, setup.factors[1])
    written = () if one.kept is None else tuple(one.kept.files)
    files = Files(written, fresh=one.run.folder != two.run.folder)
    verdict = explain(result, (0, two.end.code), files, setup.known(two))
    first = one
    if open_parts(verdict):
        verdict, result, first = by_a_clock(verdict, result, setup, one)
    if verdict.difference is not None and verdict.difference.layer != FILES and two.end.code in (0, None):
        verdict = by_factors(verdict, verdict.difference, result, setup, first)
    return Checked(verdict, result, (one.run, two.run), (one.end, two.end))
