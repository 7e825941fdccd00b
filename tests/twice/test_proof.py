"""`twice` on small scripts that repeat or do not. Runs without the recorder show which."""

import os

import pytest

from tests.support.forked import run_all
from tests.support.recorded import Job, Outcome, outcomes
from tests.support.reproducers import CASES as FIRST_CASES
from tests.support.reproducers_alive import ALIVE
from tests.support.reproducers_causes import CAUSES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the scripts run in forks of one process")

CASES = {**FIRST_CASES, **ALIVE, **CAUSES}

# One script of each kind in an ordinary test run; the others are slow.
QUICK = (
    "seeded",
    "weights by hand",
    "threads that train",
    "a training in a function",
    "a time is printed",
    "a draw that nothing depends on",
    "a batch is an object",
    "an optimizer that cannot be compared",
    "every file is closed",
    "seeded in each epoch",
    "nothing is seeded",
    "seeded too late",
    "files in the order of the disk",
    "the forward pass varies",
    "the backward pass varies",
    "weights after the last step of a function",
    "what is saved",
    "a metric on an unseeded split",
    "a frozen part",
    "a checkpoint of run 1",
    "a batch is a dataclass, and varies",
    "without a seed: RandomState(seed), and the seed is None",
    "without a seed: a torch.Generator in an attribute",
    "without a seed: a child, from random",
    "with a seed: copies of generators",
    "first draw: NumPy's generators draw first",
    "resumed from an npz",
    "another number of workers",
    "torch.func",
    "optimizers in the order of a set",
    "jobs of processes",
    "evolution without a seed",
    "a learning rate varies later",
    "what an optimizer keeps varies as it is freed",
    "jobs of an executor's threads vary",
)


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> dict[str, tuple[Outcome, Outcome]]:
    """Each selected script, run twice without the recorder and twice with it."""
    names = [item.callspec.params["name"] for item in request.session.items if item.path == request.path]
    jobs = [job for name in names for job in (Job(CASES[name].code, recorded=False), Job(CASES[name].code))]
    half = len(names) // 2 * 2
    runs = [outcome for part in run_all(outcomes, [jobs[:half], jobs[half:]]) for outcome in part]
    return dict(zip(names, zip(runs[::2], runs[1::2], strict=True), strict=True))


def said(outcome: Outcome) -> str:
    assert outcome.verdict is not None
    verdict = outcome.verdict
    told = f"identical: {verdict.coverage}" if verdict.difference is None else f"differs: {verdict.difference}"
    return "\n".join([told, *verdict.remarks, *verdict.environment, *(text.decode() for text in outcome.printed)])


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in CASES]
)
def test_verdict(name: str, found: dict[str, tuple[Outcome, Outcome]]) -> None:
    """The verdict is right: layer, line and remedy. The script ends in the same way as without the recorder."""
    case, (plain, recorded) = CASES[name], found[name]
    text = said(recorded)
    assert ((plain.truths[0] == plain.truths[1]) and plain.exits[0] == plain.exits[1]) == case.repeats
    assert plain.exits == recorded.exits, text
    if case.repeats:
        assert plain.truths == recorded.truths, "being recorded changes the result"
        assert plain.printed[0].count(b"\n") == recorded.printed[0].count(b"\n"), text
    assert recorded.verdict is not None
    difference = recorded.verdict.difference
    assert ("" if difference is None else difference.layer) == case.layer, text
    assert recorded.verdict.coverage.enough
    for part in case.says:
        assert part in text
    for part in case.never:
        assert part not in text
