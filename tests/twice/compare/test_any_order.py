"""What came in another order and is the same: optimizers that share nothing, and jobs that went to other workers of a pool."""

from collections.abc import Sequence
from typing import Any

import pytest

from seedblock.twice.compare.jobs import OTHER_WORKERS
from seedblock.twice.compare.process_pair import ANOTHER_ORDER
from seedblock.twice.verdict import Verdict
from tests.support.tapes import END, FINAL, OPTIMIZER, Line, batch, header, step
from tests.twice.compare.test_comparison import Run, tape, verdict


def new(number: int, whole: str = "", **more: Any) -> Line:
    """A new optimizer over one parameter with this content."""
    known = {"parameters": [f"p{whole}"], "count": 1, "turns": [[0]], "kind": "Adam", "options": {"lr": "0.1"}}
    return {**OPTIMIZER, **known, "optimizer": number, "whole": f"w{whole}:0001", **more}


def took(number: int, what: str, loss: str = "", **more: Any) -> Line:
    """A step; `what` is what it did. The numbers of the steps do not matter here."""
    line = {**step(0, f"w{what}:0001", gradients=f"g{what}:0001"), "optimizer": number, "turn": 0}
    return {**line, "loss": [1.0] if loss else [], "loss_bits": [loss] if loss else [], **more}


def numbered(lines: Sequence[Line]) -> list[Line]:
    """Number the steps as they come."""
    steps = iter(range(len(lines)))
    return [{**line, "step": next(steps)} if "step" in line else line for line in lines]


BEGIN = (batch(0), new(0, "a"), took(0, "a", "l0"), new(1, "b"), took(1, "b"))
SWAPPED = (batch(0), new(0, "b"), took(0, "b", "l0"), new(1, "a"), took(1, "a"))
ONES = (new(0, "a"), new(1, "b"), new(2, "c"))
CYCLE = [*(took(n, "abc"[n]) for n in (0, 1, 2)), *(took(n, "def"[n]) for n in (0, 1, 2))]
CYCLED = [*(took(n, "abc"[n]) for n in (0, 2, 1)), *(took(n, "def"[n]) for n in (2, 1, 0))]

SAME = {
    "new ones": (BEGIN, SWAPPED),
    "new ones, then old ones": (
        (*BEGIN, took(0, "c", "l1"), took(1, "d"), took(0, "e", "l2"), took(1, "f")),
        (*SWAPPED, took(1, "c", "l1"), took(0, "d"), took(0, "f", "l2"), took(1, "e")),
    ),
    "of the same content at first": (
        (new(0), took(0, "a", "l0"), new(1), took(1, "b"), took(0, "c", "l1"), took(1, "d")),
        (new(0), took(0, "b", "l0"), new(1), took(1, "a"), took(0, "d", "l1"), took(1, "c")),
    ),
    "a new one later": (
        (*BEGIN, new(2, "x"), took(2, "x", "l1"), took(0, "c"), took(1, "d")),
        (*SWAPPED, took(0, "d", "l1"), took(1, "c"), new(2, "x"), took(2, "x")),
    ),
    "without losses": ((*ONES, *CYCLE), (*ONES, *CYCLED)),
    "that are freed": (
        (*BEGIN, {"gone": 0, "weights": "va:0001"}, {"gone": 1, "weights": "vb:0001"}),
        (*SWAPPED, {"gone": 0, "weights": "vb:0001"}, {"gone": 1, "weights": "va:0001"}),
    ),
    "whose state is known": (
        (*BEGIN, {"state": "sa:0001", "of": 0}, {"state": "sb:0001", "of": 1}),
        (*SWAPPED, {"state": "sb:0001", "of": 0}, {"state": "sa:0001", "of": 1}),
    ),
    "and a batch": ((*BEGIN, batch(1), took(1, "c"), took(0, "d")), (*SWAPPED, batch(1), took(1, "d"), took(0, "c"))),
}  # fmt: skip
OTHERS = {
    "one step more": (BEGIN, (*SWAPPED, took(0, "c")), "control flow", "a step is taken"),
    "one step less": (BEGIN, SWAPPED[:3], "control flow", "does not step as often"),
    "another gradient": (BEGIN, (*SWAPPED[:4], took(1, "a", gradients="x:0009")), "gradients", "pa differs"),
    "another loss": (BEGIN, (*SWAPPED[:2], took(0, "b", "l9"), *SWAPPED[3:]), "loss", "[1.0] and [1.0]"),
    "another option": (
        BEGIN, (*SWAPPED[:3], new(1, "a", options={"lr": "0.2"}), took(1, "a")), "hyperparameters", "lr 0.1 and 0.2 of Adam",
    ),
    "another class": (BEGIN, (*SWAPPED[:3], new(1, "a", kind="SGD"), took(1, "a")), "control flow", "Adam in one run, SGD"),
    "common parameters": (
        (*ONES[:2], took(0, "a"), took(1, "b")), (*ONES[:2], took(1, "c"), took(0, "d")), "control flow", "in common",
    ),
    "what is kept": (
        (*BEGIN, {"state": "sa:0001", "of": 0}), (*SWAPPED, {"state": "sx:0002", "of": 1}), "optimizer state", "pa differs",
    ),
    "a gone one": (
        (*BEGIN, {"gone": 0, "weights": "va:0001"}), (*SWAPPED, {"gone": 1, "weights": "vx:0002"}), "weights at the end", "pa differs",
    ),
}  # fmt: skip


def compared(one: Sequence[Line], two: Sequence[Line], limit: int) -> Verdict:
    return verdict(tape(*numbered((*one, FINAL, END))), tape(*numbered((*two, FINAL, END))), limit)


@pytest.mark.parametrize("limit", [1, 100])
@pytest.mark.parametrize("name", SAME)
def test_optimizers_in_another_order(name: str, limit: int) -> None:
    """Optimizers that share no parameter may step in any order between two losses: that is a remark."""
    for runs in (SAME[name], SAME[name][::-1]):
        found = compared(*runs, limit)
        assert found.difference is None
        assert found.coverage.steps == sum("step" in line for line in runs[0])
        assert ANOTHER_ORDER in found.remarks


@pytest.mark.parametrize("name", SAME)
def test_optimizers_in_the_same_order(name: str) -> None:
    """The remark is only said of another order."""
    one, _ = SAME[name]
    assert ANOTHER_ORDER not in compared(one, one, 100).remarks


@pytest.mark.parametrize("limit", [1, 100])
@pytest.mark.parametrize("name", OTHERS)
def test_optimizers_that_differ(name: str, limit: int) -> None:
    """What differs is found in another order too, and named by its parameter."""
    one, two, layer, what = OTHERS[name]
    found = compared(one, two, limit).difference
    assert found is not None
    assert found.layer == layer
    assert what in found.what


WORKERS = ("ForkPoolWorker-1", "ForkPoolWorker-2", "ForkPoolWorker-17:3")


def job(what: str, stream: str = "", data: str = "", loss: str = "", step: str = "") -> list[Line]:
    last = took(0, step or what, loss or f"l{what}", streams={"torch": stream})
    return [batch(0, data or f"d{what}", torch=stream), new(0, what), last]


def pool(*workers: Sequence[list[Line]]) -> Run:
    """The tapes of a pool's workers, each with its jobs: what a worker numbers goes on from job to job."""
    tapes = {}
    for name, jobs in zip(WORKERS, workers, strict=False):
        lines: list[Line] = []
        for number, one in enumerate(jobs):
            moved = [{**line, **{key: number for key in ("batch", "optimizer") if key in line}} for line in one]
            lines += [{"job": number + 1}, *moved]
        tapes[name] = [header(main=False, how="fork", name=name, pool=True), *numbered(lines)]
    return tapes


A, B, C = job("a"), job("b"), job("c")


@pytest.mark.parametrize("limit", [1, 100])
@pytest.mark.parametrize(
    ("one", "two", "another"),
    [
        (pool([A, B], [C]), pool([A, B], [C]), False),
        (pool([A, B], [C]), pool([C], [A, B]), False),
        (pool([A, B], [C]), pool([C, A], [B]), True),
        (pool([A, B, C]), pool([A], [C], [B]), True),
        (pool([A], [A], [B]), pool([A, B, A]), True),
        (pool([job("a", "1"), job("b", "2")]), pool([job("b", "1")], [job("a", "3")]), True),
    ],
)
def test_jobs_of_a_pool(one: Run, two: Run, another: bool, limit: int) -> None:
    """Jobs are matched by what they did, whichever worker did them; streams that only their order changes are not blamed."""
    found = verdict(one, two, limit)
    assert found.difference is None
    assert found.coverage.steps == sum("step" in line for lines in one.values() for line in lines)
    assert (OTHER_WORKERS in found.remarks) == another


@pytest.mark.parametrize(
    ("one", "two", "layer", "what"),
    [
        (pool([A, B], [C]), pool([C], [A]), "control flow", "a batch is loaded in one run, the process ends"),
        (pool([A, B]), pool([A, B, A]), "control flow", "the process ends in one run, a batch is loaded"),
        (pool([A, B]), pool([A, job("b", loss="l9")]), "loss", "[1.0] and [1.0]"),
        (pool([A, B]), pool([job("b", data="dx"), A]), "data order", "the batches differ"),
        (pool([A, B]), {}, "control flow", ""),
        (
            pool([job("a", "1"), job("b", "2")]), pool([job("a", "3"), job("b", "4", step="x")]), "initial weights", "pb differs",
        ),
        (pool([job("a", "1")]), pool([job("x", "2")]), "random streams", "the streams of torch differ"),
    ],
)  # fmt: skip
def test_jobs_that_differ(one: Run, two: Run, layer: str, what: str) -> None:
    """A job that only one run has is compared with the one most like it; a stream is blamed only if no equal jobs differ in it."""
    found = verdict(one, two).difference
    assert found is not None
    assert (found.layer, found.process) == (layer, "a job of process ForkPoolWorker")
    assert what in found.what
