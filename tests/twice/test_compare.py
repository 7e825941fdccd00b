"""The first difference between two tapes, layer by layer."""

from typing import Any

import pytest

from seedblock.twice.compare import environment_differences, first_difference, stream_difference, warnings
from seedblock.twice.report import page
from seedblock.twice.tape import Line, Tape


def batch(number: int, data: str = "d0", samples: str = "00010002", begins: bool = False, **streams: str) -> Line:
    return {"batch": number, "data": data, "samples": samples, "streams": streams, "begins": begins}


def step(number: int, weights: str = "w0:0102", loss: str = "l0", gradients: str = "g0:0304", **streams: str) -> Line:
    return {
        "step": number, "optimizer": 0, "weights": weights, "loss": [1.0], "loss_bits": [loss], "gradients": gradients,
        "streams": streams,
    }  # fmt: skip


OPTIMIZER: Line = {"optimizer": 0, "parameters": ["first", "second"], "every": 1}
END: Line = {"end": True, "streams": {}}
PARTLY: Line = {"optimizer": 0, "parameters": ["a", "b", "c", "d"], "every": 2}


def tape(*lines: Line, **environment: Any) -> Tape:
    return Tape(environment, lines)


SAME = (batch(0), OPTIMIZER, step(0), batch(1), step(1), END)
DIFFERENCES = {
    "initial weights": ((batch(0), OPTIMIZER, step(0, weights="w9:0902")), "initial weights", "at step 0", "first differs"),
    "contents": ((batch(0, data="d9", samples="00990098"), OPTIMIZER), "batch contents", "at batch 0", "the batches differ"),
    "order": ((batch(0, data="d9", samples="00020001"), OPTIMIZER), "data order", "at batch 0", "the batches differ"),
    "loss": ((batch(0), OPTIMIZER, step(0, loss="l9")), "loss", "at step 0", "[1.0] and [1.0]"),
    "gradients": (
        (batch(0), OPTIMIZER, step(0, gradients="g9:0904")), "gradients", "at step 0", "first differs",
    ),
    "all gradients": (
        (batch(0), OPTIMIZER, step(0, gradients="g9:0909")), "gradients", "at step 0", "second differs, and 1 more",
    ),
    "gradients whose two digits agree": (
        (batch(0), OPTIMIZER, step(0, gradients="g9:0304")), "gradients", "at step 0", "one of the parameters differs",
    ),
    "weights": (
        (batch(0), OPTIMIZER, step(0), batch(1), step(1, weights="w9:0109")), "weights", "at step 1", "second differs",
    ),
    "weights come before the loss": (
        (batch(0), OPTIMIZER, step(0), batch(1), step(1, weights="w9:0109", loss="l9", gradients="g9:0909")),
        "weights", "at step 1", "second differs",
    ),
    "flow": ((batch(0), OPTIMIZER, batch(1)), "control flow", "at step 0", "a step is taken in one run, a batch is loaded"),
    "the end": ((*SAME[:3], END), "control flow", "at batch 1", "a batch is loaded in one run, the run is over in the other"),
    "cut": (SAME[:3], "control flow", "at batch 1", "a batch is loaded in one run, the run is over in the other"),
    "other parameters": ((batch(0), {**OPTIMIZER, "parameters": ["x"]}), "control flow", "at the first step", "the optimizers"),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENCES)
def test_first_difference(name: str) -> None:
    """The layer, the place and what differs are those of the first difference in the order of cause."""
    lines, layer, place, what = DIFFERENCES[name]
    found = first_difference(tape(*SAME), tape(*lines))
    assert found is not None
    assert (found.layer, found.place) == (layer, place)
    assert what in found.what
    assert found.remedy


def test_equal_tapes_do_not_differ() -> None:
    """Equal tapes are equal, and so is one that is still being written as far as it goes."""
    assert first_difference(tape(*SAME), tape(*SAME)) is None
    for count in range(len(SAME)):
        assert first_difference(tape(*SAME), tape(*SAME[:count]), whole=False) is None


def test_a_stream_that_differed_before_is_the_cause() -> None:
    """Where results differ, the first stream that differed by then is named, with what followed."""
    one = tape(batch(0), OPTIMIZER, step(0, torch="t0", numpy="n0"))
    two = tape(batch(0), OPTIMIZER, step(0, torch="t9", numpy="n0", loss="l9"))
    found = first_difference(one, two)
    assert found is not None
    assert (found.layer, found.place) == ("random streams", "at step 0")
    assert found.what == "the streams of torch differ; then loss: [1.0] and [1.0], at step 0"


def test_a_stream_that_nothing_depends_on_is_no_difference() -> None:
    """A stream may differ where the results do not; without results it decides."""
    one, two = (tape(batch(0, random=state), END) for state in ("r0", "r9"))
    assert first_difference(one, two) is None
    found = stream_difference(one, two)
    assert found is not None
    assert found.what == "the streams of random differ"
    ends = [tape({"end": True, "streams": {"random": state}}) for state in ("r0", "r9")]
    found = first_difference(*ends)
    assert found is not None
    assert (found.layer, found.place) == ("random streams", "at the end")


def test_parameters_that_are_recorded_in_turn() -> None:
    """With an interval of 2 a step records every second parameter, and the right one is named."""
    one = tape(PARTLY, step(0), step(1))
    two = tape(PARTLY, step(0), step(1, gradients="g9:0309"))
    found = first_difference(one, two)
    assert found is not None
    assert found.what == "d differs"


def test_environment() -> None:
    """Versions, settings and variables that differ are named; the hash seed is varied on purpose."""
    one = tape({"settings": {"threads": 1}}, python="3.11", hash=1, PYTHONHASHSEED="1")
    two = tape({"settings": {"threads": 2}}, python="3.12", hash=2, PYTHONHASHSEED="2")
    assert environment_differences(one, two) == ["python: 3.11 and 3.12", "threads: 1 and 2"]


def test_warnings() -> None:
    """Mirrored streams, copied samples, equal epochs and equal ranks are warned of; an ordinary run is not."""
    copied = tape(batch(0, samples="00010002", begins=True), batch(1, samples="00010002"), batch(2, samples="00010002"))
    epochs = tape(*(batch(n, samples="0001000200030004", begins=True) for n in (0, 1)))
    ranks = {f".rank{n}": tape(OPTIMIZER, step(0, torch="t0")) for n in (0, 1)}
    cases = [
        ({"": tape({"warning": "mirrored"})}, "NumPy and torch draw the same numbers"),
        ({"": copied}, "4 of 6 samples are bit for bit those of another sample in their epoch"),
        ({"": epochs}, "2 epochs are bit for bit the same"),
        (ranks, "all ranks draw the same numbers"),
    ]
    for tapes, text in cases:
        (warning,) = warnings(tapes)
        assert warning.startswith(text)
    other = tape(*(batch(n, samples=s, begins=True) for n, s in enumerate(("0001000200030004", "0002000100040003"))))
    unlike = {f".rank{n}": tape(OPTIMIZER, step(0, torch=f"t{n}")) for n in (0, 1)}
    assert [*warnings({"": other}), *warnings(unlike)] == []


@pytest.mark.parametrize("values", [[], [1.0], [1.0, float("nan"), float("inf")], [0.0, 0.0]])
def test_page_of_any_losses(values: list[float]) -> None:
    """A page can be written of runs without losses, with one, and with losses that are not finite; it escapes what it shows."""
    lines = [{**step(number), "loss": [value]} for number, value in enumerate(values)]
    text = page(["<script>"], [tape(*lines)] * 2, None, ["a & b"])
    assert "<h1>Identical</h1>" in text
    assert "&lt;script&gt;" in text
    assert "a &amp; b" in text
    assert ("<svg" in text) == bool(values)
