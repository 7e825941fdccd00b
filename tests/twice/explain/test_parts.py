"""The three parts of a verdict: what each is called identical, differs, undecided, not seen or ignored for."""

from io import BytesIO
from typing import NamedTuple

import pytest

from seedblock.errors import DONE, ERROR, NO
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.control import decide, open_parts
from seedblock.twice.explain.parts import Known
from seedblock.twice.files.folder import ignored
from seedblock.twice.report import words
from seedblock.twice.verdict import FAILED, PRINTED, WRITTEN, Verdict
from tests.support.tapes import Line, part
from tests.twice.compare.test_comparison import SAME, begun, changed, step, tape

SAVED = 6  # its place in SAME
TENSOR = {"saved": "a.pt", "parts": {"net": "n9", "time": "t1"}, "plain": ["time"]}
PLAIN = {"saved": "a.pt", "parts": {"net": "n1", "time": "t9"}, "plain": ["time"]}
SAVED_LINE = {**TENSOR, "parts": {"net": "n1", "time": "t1"}}
TRAINED = (*SAME[:SAVED], {**PLAIN, "parts": {"net": "n1", "time": "t1"}}, *SAME[SAVED + 1 :])
LOSS = (*TRAINED[:3], step(0, loss="l9"), *TRAINED[4:])


class Case(NamedTuple):
    """Run 2's lines, what both print, what is known; the states of training, printed output and files, and the exit code."""

    lines: tuple[Line, ...]
    printed: tuple[bytes, bytes] | None
    known: Known
    states: str
    exit: int


SAME_TEXT, OTHER_TEXT = (b"a\n", b"a\n"), (b"a\n", b"b\n")
CLOCK = Known(clock=True)
CASES = {
    "all is equal": Case(TRAINED, SAME_TEXT, Known(), "identical identical identical", DONE),
    "nothing is printed": Case(TRAINED, (b"", b""), Known(), "identical not_seen identical", DONE),
    "a loss": Case(LOSS, SAME_TEXT, Known(), "differs identical identical", NO),
    "a loss, and what is printed": Case(LOSS, OTHER_TEXT, CLOCK, "differs undecided identical", NO),
    "a loss, and a tensor that is saved": Case(changed(3, step(0, loss="l9")), SAME_TEXT, Known(), "differs identical differs", NO),
    "what is printed": Case(TRAINED, OTHER_TEXT, Known(), "identical undecided identical", ERROR),
    "what is printed beside a clock that counts": Case(TRAINED, OTHER_TEXT, CLOCK, "identical differs identical", NO),
    "what is printed, ignored": Case(TRAINED, OTHER_TEXT, Known(ignored={PRINTED}), "identical ignored identical", DONE),
    "a tensor that is saved": Case(changed(SAVED, TENSOR), SAME_TEXT, Known(), "identical identical differs", NO),
    "a value that is saved": Case(changed(SAVED, PLAIN), SAME_TEXT, Known(), "identical identical undecided", ERROR),
    "the same beside a clock that counts": Case(changed(SAVED, PLAIN), SAME_TEXT, CLOCK, "identical identical differs", NO),
    "files are ignored": Case(changed(SAVED, TENSOR), SAME_TEXT, Known(ignored={WRITTEN}), "identical identical ignored", DONE),
    "no end": Case(TRAINED[:-1], SAME_TEXT, Known(), "undecided identical identical", ERROR),
    "run 2 was stopped": Case(LOSS[:4], None, Known(stopped=(False, True)), "differs not_seen not_seen", NO),
    "only a line": Case((), SAME_TEXT, Known(), "not_seen identical not_seen", DONE),
    "nothing": Case((), (b"", b""), Known(), "not_seen not_seen not_seen", ERROR),
}  # fmt: skip


def found(one: tuple[Line, ...], case: Case) -> Verdict:
    comparison = begun(tape(*one))
    comparison.feed([("7.0", part(tape(*case.lines)["7.0"]))])
    printed = None if case.printed is None else (BytesIO(case.printed[0]), BytesIO(case.printed[1]))
    return explain(comparison.finish(printed), known=case.known)


def states(verdict: Verdict) -> str:
    return " ".join(part.state.replace(" ", "_") for part in verdict.parts)


@pytest.mark.parametrize("name", CASES)
def test_states(name: str) -> None:
    """Each part has its state, and the exit code follows from them; nothing is called identical for a look."""
    case = CASES[name]
    one = case.lines if not case.lines else TRAINED
    if name.startswith(("a tensor", "files are")):
        one = changed(SAVED, {**TENSOR, "parts": {"net": "n1", "time": "t1"}})
    verdict = found(one, case)
    assert states(verdict) == case.states
    assert words.exit_code(verdict) == case.exit
    assert all(f"{part.name} {part.state}" in words.headline(verdict) for part in verdict.parts)


@pytest.mark.parametrize(
    ("control", "state", "answer"), [(SAME_TEXT, "identical", "identical"), (OTHER_TEXT, "differs", "differs")]
)
def test_a_control_pair_decides(control: tuple[bytes, bytes], state: str, answer: str) -> None:
    """What is open takes the state that the control pair gives it; the training keeps what runs 1 and 2 have shown."""
    verdict = found(TRAINED, Case(TRAINED, OTHER_TEXT, Known(), "", 0))
    assert open_parts(verdict) == [PRINTED]
    decided = decide(verdict, found(TRAINED, Case(TRAINED, control, CLOCK, "", 0)))
    assert states(decided) == f"identical {state} identical"
    assert words.answer(decided) == answer
    assert "runs 3 and 4" in decided.remarks[-1]


def test_what_is_saved_in_an_ignored_file_does_not_count() -> None:
    """A file whose name is ignored is left out, and the next one that differs is told."""
    comparison = begun(tape(*SAME[:SAVED], SAVED_LINE, {**SAVED_LINE, "saved": "b.pt"}, *SAME[SAVED + 1 :]))
    other = {**TENSOR, "parts": {"net": "n9", "time": "t1"}}
    lines = tape(*SAME[:SAVED], other, {**other, "saved": "b.pt"}, *SAME[SAVED + 1 :])["7.0"]
    comparison.feed([("7.0", part(lines))])
    result = comparison.finish()
    for patterns, file in (((), "a.pt"), (("a.*",), "b.pt"), (("*.pt",), None)):
        saved = result.without_saved(ignored(patterns)).saved
        assert (saved and saved.file) == file


def test_a_control_pair_that_has_nothing_of_it_decides_nothing() -> None:
    """Where the control pair does not print at all, what differed stays undecided."""
    verdict = found(TRAINED, Case(TRAINED, OTHER_TEXT, Known(), "", 0))
    decided = decide(verdict, found(TRAINED, Case(TRAINED, (b"", b""), CLOCK, "", 0)))
    assert states(decided) == "identical undecided identical"
    assert words.answer(decided) == "undecided"
    assert "elsewhere" in decided.remarks[-1]


def test_a_control_pair_that_trains_differently() -> None:
    """If only the control pair's training differs, that is a difference."""
    verdict = found(TRAINED, Case(TRAINED, OTHER_TEXT, Known(), "", 0))
    decided = decide(verdict, found(TRAINED, Case(LOSS, SAME_TEXT, CLOCK, "", 0)))
    assert states(decided) == "differs identical identical"
    assert words.answer(decided) == "differs"


def test_a_run_that_failed_leaves_nothing_open() -> None:
    """Where the exit codes differ, no control pair is needed."""
    comparison = begun(tape(*SAME))
    comparison.feed([("7.0", part(tape(*SAME)["7.0"]))])
    verdict = explain(comparison.finish((BytesIO(b"a\n"), BytesIO(b"b\n"))), (0, 1))
    assert verdict.difference is not None
    assert verdict.difference.layer == FAILED
    assert open_parts(verdict) == []
