"""The first difference between two runs' tapes, layer by layer; what is said of it, and of what was not seen."""

from collections.abc import Iterable
from io import BytesIO

import pytest

from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.compare.event_words import differing
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.parts import Known
from seedblock.twice.verdict import Verdict
from tests.support.tapes import (
    DRAWN,
    END,
    ENTRY,
    FINAL,
    INITIAL,
    LAST,
    OPTIMIZER,
    SAVED,
    SETTINGS,
    Line,
    batch,
    header,
    part,
    step,
)

Run = dict[str, list[Line]]


CLOCK = Known(clock=True)  # what differs in print is then no clock's


def verdict(
    one: Run, two: Run, limit: int = 100, stopped: tuple[bool, bool] = (False, False), **more: object
) -> Verdict:
    comparison = begun(one)
    for name, lines in two.items():
        for start in range(0, len(lines), limit):
            comparison.feed([(name, part(lines[start : start + limit], start + 1))])
    return explain(comparison.finish(), known=CLOCK._replace(stopped=stopped), **more)  # type: ignore[arg-type]


def begun(one: Run) -> Comparison:
    return Comparison({name: [part(lines)] for name, lines in one.items()})


def tape(*lines: Line, **process: object) -> Run:
    return {"7.0": [header(**process), *lines]}


SAME: tuple[Line, ...] = (batch(0), INITIAL, OPTIMIZER, step(0), batch(1), step(1), SAVED, FINAL, END)
OTHER = [{**ENTRY, "digests": "i9:00010009"}]


def changed(place: int, line: Line) -> tuple[Line, ...]:
    return (*SAME[:place], line, *SAME[place + 1 :])


DIFFERENCES = {
    "initial": (changed(1, {**INITIAL, "initial": OTHER}), "initial weights", "at the first step", "second differs"),
    "contents": (changed(0, batch(0, "d9", "0000009900000098")), "batch contents", "at batch 0", "the batches differ"),
    "order": (changed(0, batch(0, "d9", "0000000200000001")), "data order", "at batch 0", "the batches differ"),
    "loss": (changed(3, step(0, loss="l9")), "loss", "at step 0", "[1.0] and [1.0]"),
    "gradients": (changed(3, step(0, gradients="g9:00090004")), "gradients", "at step 0", "first differs"),
    "all gradients": (changed(3, step(0, gradients="g9:00090009")), "gradients", "at step 0", "second differs, and 1 more"),
    "digits that agree": (changed(3, step(0, gradients="g9:00030004")), "gradients", "at step 0", "one of the parameters"),
    "weights before the loss": (changed(5, step(1, weights="w9:00010009", loss="l9")), "weights", "at step 1", "second differs"),
    "flow": ((*SAME[:3], batch(1)), "control flow", "at step 0", "a step is taken in one run, a batch is loaded"),
    "the end": (SAME[:4], "control flow", "at batch 1", "a batch is loaded in one run, the process ends in the other"),
    "other parameters": (changed(2, {**OPTIMIZER, "shapes": "x"}), "control flow", "at the first step", "parameters do not match"),
    "an option": (
        changed(5, {**step(1), "options": {"lr": "0.1", "momentum": "0.9"}}), "hyperparameters", "at step 1",
        "lr as before and 0.1, momentum as before and 0.9",
    ),
    "a state": (changed(5, {**step(1), "state": "s:00010002"}), "optimizer state", "at step 1", "what the optimizer keeps"),
    "saved": (changed(6, {**SAVED, "parts": {"net": "n9", "time": "t9"}}), "saved files", "when a.pt is saved", "a.pt: net"),
    "at the end": (changed(7, {"final": OTHER}), "weights at the end", "at the end", "second differs"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "names", "found"),
    [
        ("a:00010002", "b:00010003", ["first", "second"], ["second"]),
        ("a:00010002", "b:00010002", ["first", "second"], []),
        ("a:0001", "b:0001", ["alone"], ["alone"]),
    ],
)
def test_which_part_differs(one: str, two: str, names: list[str], found: list[str]) -> None:
    """A part is named by its own digits; where these agree by chance, none is, but for the only one."""
    assert differing(one, two, names) == found


@pytest.mark.parametrize("limit", [1, 100])
@pytest.mark.parametrize("name", DIFFERENCES)
def test_first_difference(name: str, limit: int) -> None:
    """The layer, the place and what differs are those of the first difference, however the lines come."""
    lines, layer, place, what = DIFFERENCES[name]
    found = verdict(tape(*SAME), tape(*lines), limit).difference
    assert found is not None
    assert (found.layer, found.place) == (layer, place)
    assert what in found.what
    assert found.remedy


STEPS = [{"lone": 0, "loss": [2.0, 1.5], "loss_bits": ["a", "b"], "weights": "", "streams": {}}, step(0), batch(1)]
FREQUENT = {
    **{name: (SAME, lines) for name, (lines, *_) in DIFFERENCES.items()},
    "equal": (SAME, SAME),
    "a run that goes on": (SAME[:4], (*SAME, *STEPS * 3)),
    "a run that is over": ((*SAME, *STEPS * 3), SAME[:4]),
    "streams": ((*SAME[:4], batch(1, torch="t1"), *STEPS), (*SAME[:4], batch(1, torch="t2"), *STEPS)),
    "a loss that is no number": ((*SAME[:3], *[{**step(0), "loss": [loss]} for loss in ("1j", float("nan"), 1e300)]),) * 2,
    "many turns": ((batch(0), {**OPTIMIZER, "steps_for_all": 3}, *map(step, range(5))),) * 2,
    "options and states": ((*SAME[:3], *[{**step(n), "options": {"lr of group 1": "0.1"}, "state": "s:0001"} for n in range(3)]),) * 2,
    "an option": ((*SAME[:4], {**step(1), "options": {"lr": "0.1"}}), (*SAME[:4], {**step(1), "options": {"lr": "0.2"}})),
    "missed": ((batch(0), {"missed": "batches", "why": "no"}, batch(1), OPTIMIZER, step(0)),) * 2,
    "not looked into": (({**batch(0), "unseen": ["Foo"]}, OPTIMIZER, step(0), batch(1), step(1, loss="l1")), SAME),
}  # fmt: skip


@pytest.mark.parametrize("name", FREQUENT)
def test_lines_that_are_not_parsed(name: str) -> None:
    """Lines of the same bytes are counted as they would be if each of them were parsed: spaces ask for that."""
    runs = [tape(*lines, rank="1", main=False)["7.0"] for lines in FREQUENT[name]]
    found = []
    for spaces in ("", " "):
        one, two = (part(lines, spaces=spaces) for lines in runs)
        comparison = Comparison({"7.0": [one]})
        comparison.feed([("7.0", two)])
        ended = comparison.finish()
        found.append(repr((explain(ended), ended.curves, ended.timeline, ended.epochs.ranks.steps)))
    assert found[0] == found[1]


def test_equal_tapes_do_not_differ() -> None:
    """Equal tapes are equal, with what was compared in numbers; one that is still being written is, as far as it goes."""
    found = verdict(tape(*SAME), tape(*SAME))
    assert found.difference is None
    assert str(found.coverage) == "2 batches, 2 steps, 2 losses, 2 parameters at the end, 1 saved file"
    for count in range(len(SAME)):
        comparison = begun(tape(*SAME))
        comparison.feed([("7.0", part(tape(*SAME[:count])["7.0"]))])
        assert comparison.first is None


def test_a_record_without_its_end_is_said() -> None:
    """Where a tape ends before its run did, what came after was not compared: that is said, and nothing where it is whole."""
    end = "what the script did at its end was not recorded"
    assert not [remark for remark in verdict(tape(*SAME), tape(*SAME)).remarks if end in remark]
    for one, two in ((SAME[:-1], SAME), (SAME, SAME[:-1])):
        assert [remark for remark in verdict(tape(*one), tape(*two)).remarks if end in remark]


def test_a_run_that_was_stopped() -> None:
    """That a run was stopped is not told as a full disk or a killed script, neither beside a difference nor without one."""
    said = []
    for stopped in ((False, True), (False, False)):
        cut = verdict(tape(*SAME), tape(*SAME[:4]), stopped=stopped).difference
        assert cut is not None
        said.append((cut.remedy, *verdict(tape(*SAME), tape(*SAME[:-1]), stopped=stopped).remarks))
    assert [any("disk was full" in text for text in texts) for texts in said] == [False, True]
    assert said[0][0].startswith("run 2 was not recorded to its end")


def test_where_a_run_was_stopped_is_no_difference() -> None:
    """A run that is stopped at a difference in one process has not finished the others: the difference remains the first."""
    main, rank = ([header(), *SAME], [header(rank="1", main=False), *SAME])
    differs = [header(rank="1", main=False), *changed(3, step(0, loss="l9"))]
    found = verdict({"1.0": main, "2.0": rank}, {"1.0": main[:3], "2.0": differs}).difference
    assert found is not None
    assert (found.layer, found.process) == ("loss", "rank 1")


@pytest.mark.parametrize(("processes", "differs"), [(1, True), (2, False)])
def test_order_of_printed_lines(processes: int, differs: bool) -> None:
    """Several processes may print their lines in any order, and one may not."""
    run = {f"{n}.0": [header(rank=f"{n}", main=False), *SAME] for n in range(processes)}
    comparison = begun(run)
    comparison.feed([(name, part(lines)) for name, lines in run.items()])
    found = explain(comparison.finish((BytesIO(b"a\nb\n"), BytesIO(b"b\na\n"))), known=CLOCK)
    assert (found.difference is not None) == differs
    assert any("came in a different order" in remark for remark in found.remarks) != differs


def test_what_the_tapes_know_of_a_process() -> None:
    """In what is printed, each run's own process ids and addresses are equal; the memory of all processes counts."""
    for memory, same in (
        ([[0x1000, 0x2000], [0x1800, 0x3000]], True),
        ([[0x1000, 0x1001]], False),
        ([[0x1000], []], False),
    ):
        runs = [
            {
                f"{n}.0": [header(rank=f"{n}", main=False, pid=pid), *SAME, {"memory": [one]}]
                for n, one in enumerate(memory)
            }
            for pid in (41, 52)
        ]
        comparison = begun(runs[0])
        comparison.feed([(name, part(lines)) for name, lines in runs[1].items()])
        result = comparison.finish((BytesIO(b"41 at 0x2fff\n"), BytesIO(b"52 at 0x1000\n")))
        assert result.printed is not None
        assert (result.printed.first is None) == same


def test_a_stream_that_differed_before_is_the_cause() -> None:
    """Where results differ, the stream that differed by then is named, with the line of its first draw and what followed."""
    one, two = (
        tape(DRAWN, SETTINGS, batch(0), INITIAL, OPTIMIZER, step(0, torch=state, numpy="n0", loss=loss), END)
        for state, loss in (("t0", "l0"), ("t9", "l9"))
    )
    found = verdict(one, two).difference
    assert found is not None
    assert (found.layer, found.place, found.sure) == ("random streams", "at step 0", "")
    assert found.what == "the streams of torch differ; then loss: [1.0] and [1.0], at step 0"
    assert found.remedy.startswith("torch is never seeded: it is first drawn from at train.py:3")


def test_a_stream_that_nothing_depends_on_is_a_remark() -> None:
    """A stream may differ where the results do not."""
    one, two = (tape(*SAME[:-1], {**LAST, "streams": {"random": state}}, END) for state in ("r0", "r9"))
    found = verdict(one, two)
    assert found.difference is None
    assert found.remarks == ("the streams of random differ at the end, and nothing that was compared depends on them",)


def test_missed_parts_are_not_compared() -> None:
    """What one run could not record is no difference, and is said."""
    one = tape({"missed": "losses", "why": "TypeError: no"}, *changed(3, step(0, loss="l9")))
    found = verdict(one, tape(*SAME))
    assert found.difference is None
    assert found.coverage.missed == ("losses (TypeError: no)",)
    assert "not recorded to the end: losses (TypeError: no)" in found.remarks


def test_processes_are_told_by_what_they_are() -> None:
    """Ranks, children and threads are matched by rank, name and arguments, and else by content; not by who wrote first."""
    parts: list[tuple[dict[str, object], str]] = [
        ({"rank": "0"}, "a"), ({"rank": "1"}, "b"), ({"main": False, "name": "SpawnProcess-1"}, "c"),
        ({"thread": "train-0"}, "d"), ({"main": False, "argv": ["eval.py"]}, "e"), ({"main": False, "argv": ["eval.py"]}, "f"),
    ]  # fmt: skip

    def run(order: Iterable[int]) -> Run:
        return {f"{place}": [header(**parts[n][0]), batch(0, parts[n][1]), END] for place, n in enumerate(order)}

    found = verdict(run(range(6)), run([5, 3, 1, 4, 0, 2]))
    assert found.difference is None
    assert found.coverage.processes == 6
    lone = verdict(run(range(6)), run(range(4))).difference
    assert lone is not None
    assert (lone.layer, lone.what) == ("processes", "recorded only in run 1: process eval.py")


def test_a_failed_run_comes_first() -> None:
    """Where the exit codes differ, that is said first, and what differed before it."""
    found = verdict(tape(*SAME), tape(*SAME[:4]), exits=(0, 1)).difference
    assert found is not None
    assert found.layer == "a run that failed"
    assert found.what.startswith("run 1 ended with exit code 0, run 2 with 1; before that they differed: control flow")


def test_the_environment_of_a_run_that_was_stopped_early() -> None:
    """Versions and settings that differ are named; settings that one run never came to are not."""
    one = tape({"settings": {"torch": "2.13", "threads": 1}}, *SAME)
    two = tape({"settings": {"torch": "2.13", "threads": 2}}, *SAME)
    assert verdict(one, two).environment == ("threads: 1 and 2",)
    assert verdict(one, tape(batch(0, "d9"))).environment == ()


def begins(at: str, sampler: str, workers: int = 0) -> dict[str, object]:
    return {"loader": 0, "sampler": sampler, "workers": workers, "at": at}


TEN = "".join(f"{n:08x}" for n in range(10))


@pytest.mark.parametrize(
    ("lines", "warned"),
    [
        ([batch(n, "d0", TEN, begins("a.py:1", "RandomSampler")) for n in range(3)], "3 shuffled epochs"),
        ([batch(n, "d0", TEN, begins("a.py:1", "SequentialSampler")) for n in range(3)], ""),
        ([batch(n, f"d{n}", TEN, begins("a.py:1", "RandomSampler")) for n in range(3)], ""),
        ([batch(n, "d0", "00000001" * 10, begins("a.py:1", "RandomSampler")) for n in range(3)], ""),
        ([batch(0, "d0", TEN, begins("a.py:1", "RandomSampler", 2)), batch(1, "d0", TEN)], "the first batch of each of the 2"),
        ([batch(0, "d0", TEN, begins("a.py:1", "RandomSampler", 0)), batch(1, "d0", TEN)], ""),
        ([{**LAST, "mirrored": True}], "NumPy and torch draw the same numbers"),
    ],
    ids=["epochs", "not shuffled", "other epochs", "equal rows", "workers", "no workers", "mirrored"],
)  # fmt: skip
def test_warnings(lines: list[Line], warned: str) -> None:
    """What repeats and is wrong is warned of where it is sure, and only there."""
    said = [remark for remark in verdict(tape(*lines), tape(*lines)).remarks if remark.startswith("warning")]
    assert len(said) == (warned != "")
    assert all(warned in remark for remark in said)


@pytest.mark.parametrize(("noise", "warned"), [(("t0", "t1", "t2"), True), (("t0", "t0", "t0"), False)])
def test_equal_ranks(noise: tuple[str, ...], warned: bool) -> None:
    """Ranks that draw the same numbers at each step are warned of; ranks that draw none are not."""
    run = {
        f"{rank}": [
            header(main=False, rank=f"{rank}"),
            OPTIMIZER,
            *(step(n, torch=state) for n, state in enumerate(noise)),
        ]
        for rank in (0, 1)
    }
    assert any("all ranks draw the same numbers" in remark for remark in verdict(run, run).remarks) == warned


def test_for_the_page() -> None:
    """Both loss curves go on to the end, and the timeline tells equal from different steps in each layer."""
    lines = [batch(0), INITIAL, OPTIMIZER, *(step(n) for n in range(5)), batch(1)]
    others = [*lines[:6], step(3, loss="l9"), step(4, loss="l9", gradients="g9:00090009"), batch(1, "d9")]
    comparison = begun(tape(*lines))
    comparison.feed([("7.0", part(tape(*others)["7.0"]))])
    result = comparison.finish()
    assert [len(curve) for curve in result.curves] == [5, 5]
    assert result.timeline["loss"] == [(0, 2, "equal"), (3, 4, "differs")]
    assert result.timeline["gradients"] == [(0, 3, "equal"), (4, 4, "differs")]
    assert result.timeline["data order"] == [(0, 0, "equal"), (5, 5, "not compared")]
    assert result.timeline["batch contents"] == [(0, 0, "equal"), (5, 5, "differs")]
