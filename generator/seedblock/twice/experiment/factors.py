"""Finds the cause of a difference by further runs, each with one factor as in run 1: the hashes, or the order of folders."""

from typing import NamedTuple

from seedblock.twice.compare.facts import never_seeded
from seedblock.twice.compare.result import Result
from seedblock.twice.experiment.setup import HASH_SEED, Factors, Ran, Setup
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.remarks import HASHES_DIFFER
from seedblock.twice.explain.remedies import REMEDIES
from seedblock.twice.run.data import RunError
from seedblock.twice.verdict import HASH, LISTING, STREAMS, Difference, Verdict

MAX_LINES = 3  # that are named
SURE = "run {0}, with {1} of run 1, agreed with it; run {2}, with that of run 2, did not"


def by_factors(verdict: Verdict, difference: Difference, result: Result, setup: Setup, first: Ran) -> Verdict:
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


def _again(setup: Setup, first: Ran, factors: Factors) -> Difference | None:
    """Run the second call once more. Return its first difference from `first`."""
    ran, result = setup.against(first, factors)
    return explain(result, (0, ran.end.code), None, setup.known(ran)).difference
