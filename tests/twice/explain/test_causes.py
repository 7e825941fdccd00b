"""The cause that is named and the snippet that is offered, from tapes made by hand."""

import pytest

from seedblock.rendering.catalog import CATALOG
from seedblock.twice.explain.snippets import SNIPPETS, snippet_for
from seedblock.twice.verdict import Difference, Files
from tests.support.tapes import END, FINAL, INITIAL, OPTIMIZER, Line, batch, header, step
from tests.twice.compare.test_comparison import Run, verdict

UNSEEDED: Line = {"unseeded": "a NumPy generator is made without a seed at train.py:3"}
DETERMINISTIC: Line = {"settings": {"deterministic algorithms": True}}
OTHER_ROWS = {"data": "d9", "samples": "0000009900000098"}
OTHER_ORDER = {"data": "d9", "samples": "0000000200000001"}


def run(
    *before: Line, workers: int = 0, sampler: str = "RandomSampler", streams: str = "t0", loss: str = "l0", gradients: str = "g0:00030004",
    initial: str = "i0:00010002", **data: str,
) -> Run:  # fmt: skip
    begins = {"loader": 0, "sampler": sampler, "workers": workers, "at": "train.py:9"}
    first = {**INITIAL, "initial": [{"module": "Net", "names": ["first", "second"], "digests": initial}]}
    lines = (batch(0, begins=begins, torch=streams, **data), first, OPTIMIZER, step(0, loss=loss, gradients=gradients))
    return {"7.0": [header(), *before, *lines, FINAL, END]}


def seeded(value: str, **more: object) -> Line:
    return {"stream": "torch", "seeded": "train.py:2", "value": value, "late": False, **more}


DRAWN: Line = {"stream": "torch", "drawn": "train.py:3", "likely": None}
OURS = {"sampler": "_SeededSampler"}
# Both runs, what the remedy says, what it does not, and the snippet that is offered.
CASES = {
    "never seeded": (run(DRAWN), run(DRAWN, streams="t9", loss="l9"), "torch is never seeded", "seedscope", "seedall"),
    "a seed from the clock": (run(seeded("1")), run(seeded("2"), streams="t9", loss="l9"), "a fixed number", "", "seedall"),
    "one drew more often": (run(seeded("1")), run(seeded("1"), streams="t9", loss="l9"), "`seedscope`", "seedloader", "seedscope"),
    "another number of workers": (
        run(seeded("1")), run(seeded("1"), workers=2, streams="t9", **OTHER_ROWS), "0 workers in one run and 2 in the other", "seedscope",
        "seedloader",
    ),
    "another number of workers, and the streams agree": (
        run(), run(workers=2, **OTHER_ROWS), "0 workers in one run and 2 in the other", "seedscope", "seedloader",
    ),
    "another number of workers, and our loader": (
        run(**OURS), run(workers=2, **OURS, **OTHER_ROWS), "0 workers in one run and 2 in the other: samples depend on", "`seedloader`",
        "seedcheck",
    ),
    "our loader": (run(**OURS), run(**OURS, **OTHER_ROWS), "a cache, a buffer", "`seedloader`", "seedcheck"),
    "our loader, another order": (run(**OURS), run(**OURS, **OTHER_ORDER), "a cache, a buffer", "`seedloader`", "seedcheck"),
    "batch contents": (run(), run(**OTHER_ROWS), "a generator inside the dataset", "workers in one run", "seedloader"),
    "data order": (run(), run(**OTHER_ORDER), "sort file lists", "", "seedloader"),
    "a generator in the dataset": (
        run(UNSEEDED), run(UNSEEDED, **OTHER_ROWS), "train.py:3: give it a seed; if that is not it:", "", "seedloader",
    ),
    "a generator of one run only": (run(UNSEEDED), run(**OTHER_ROWS), "a generator inside", "train.py:3", "seedloader"),
    "initial weights, and the streams agree": (run(), run(initial="i9:00090002"), "the streams agree", "`", None),
    "a generator, and the loss": (run(UNSEEDED), run(UNSEEDED, loss="l9"), "train.py:3: give it a seed", "", None),
    "a generator, and the gradients": (
        run(UNSEEDED), run(UNSEEDED, gradients="g9:00090004"), "train.py:3: give it a seed; if that is not it: an operation of the backward",
        "", None,
    ),
    "the loss": (run(), run(loss="l9"), "same weights, same batch", "", "seedall"),
    "the loss, under deterministic algorithms": (run(DETERMINISTIC), run(DETERMINISTIC, loss="l9"), "already on", "`", None),
    "a torch.Generator with other seeds": (
        run({"generator": "the torch.Generator `g` has another seed in each run", "seed": "1"}),
        run({"generator": "the torch.Generator `g` has another seed in each run", "seed": "2"}, loss="l9"),
        "`g` has another seed in each run: give it a seed", "", None,
    ),
    "a torch.Generator with the same seed": (
        run({"generator": "the torch.Generator `g` has another seed in each run", "seed": "1"}),
        run({"generator": "the torch.Generator `g` has another seed in each run", "seed": "1"}, loss="l9"),
        "same weights, same batch", "Generator", "seedall",
    ),
    "a torch.Generator whose seed is not known": (
        run({"generator": "the torch.Generator `g` is seeded without a number at train.py:4", "seed": None}),
        run({"generator": "the torch.Generator `g` is seeded without a number at train.py:4", "seed": None}, loss="l9"),
        "`g` is seeded without a number at train.py:4: give it a seed", "", None,
    ),
}  # fmt: skip


def difference(one: Run, two: Run, **known: object) -> Difference:
    found = verdict(one, two, **known).difference
    assert found is not None
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_remedy_and_its_snippet(name: str) -> None:
    """The remedy fits the layer and what the tapes say, and the snippet that is offered is one that it names; or none is."""
    one, two, says, never, snippet = CASES[name]
    remedy = difference(one, two).remedy
    assert says in remedy
    assert not never or never not in remedy
    assert snippet_for(remedy) == snippet


def test_snippets_that_are_offered() -> None:
    """Each of them is in the catalogue."""
    assert set(SNIPPETS) <= {entry.abbreviation for entry in CATALOG}


def child(*lines: Line, **process: object) -> list[Line]:
    return [header(main=False, how="fork", name="helper", **process), *lines, END]


RANDOM: Line = {"stream": "random", "drawn": "train.py:5", "likely": None}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((RANDOM,), "Python seeds random anew in each fork: it is first drawn from at train.py:5, in process helper: give it a seed;"),
        ((DRAWN,), "torch is never seeded: it is first drawn from at train.py:3, in process helper: give it a seed;"),
        ((UNSEEDED,), "a NumPy generator is made without a seed at train.py:3, in process helper: give it a seed;"),
        ((seeded("1"),), "same weights"),
        ((), "same weights"),
    ],
)  # fmt: skip
def test_a_child_is_named(lines: tuple[Line, ...], says: str) -> None:
    """What a child drew without a seed is named first, if the streams of the main process agree; a seeded one is not."""
    one, two = ({**found, "8.0": child(*lines), "9.0": child(*lines, pid=9)} for found in (run(), run(loss="l9")))
    found = difference(one, two)
    assert found.remedy.startswith(says)
    assert found.sure == ("" if says == "same weights" else "probably")


@pytest.mark.parametrize(
    ("one", "two", "written", "blamed"),
    [
        ((), ("out/last.npz",), ("out/last.npz",), True),
        ((), ("out/last.npz",), ("out\\last.npz",), True),
        ((), ("last.npz",), ("out/last.npz",), False),
        (("last.npz",), ("last.npz",), ("last.npz",), False),
        ((), ("train.csv",), ("last.npz",), False),
    ],
)
def test_files_of_run_1(one: tuple[str, ...], two: tuple[str, ...], written: tuple[str, ...], blamed: bool) -> None:
    """A file is blamed if run 1 wrote it and only run 2 read it before writing it; files are told apart by their folders."""
    runs = [
        run(*({"read": name} for name in names), **more)
        for names, more in ((one, {}), (two, {"initial": "i9:00090002"}))
    ]
    found = difference(*runs, files=Files(written))
    assert (found.layer == "files of run 1") == blamed
    assert not blamed or two[0] in found.what
