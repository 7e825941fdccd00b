"""What is said of a run whose tape has no end, or that was not recorded."""

import pytest

from seedblock.twice.report.words import exit_code, headline
from tests.support.tapes import END, Line
from tests.twice.compare.test_comparison import SAME, tape, verdict

REPLACED: Line = {"replaced": True}
CUT = SAME[:5]


@pytest.mark.parametrize(
    ("ends", "words"),
    [((END,), None), ((REPLACED, END), None), ((REPLACED,), "it became another program"), ((), "the disk was full")],
)
def test_the_end_of_runs_that_agree(ends: tuple[Line, ...], words: str | None) -> None:
    """A run that became another program by os.execv is told from one that was cut off, and from one whose execv failed."""
    found = verdict(*(tape(*SAME[:-1], *ends) for _ in range(2)))
    remarks = [remark for remark in found.remarks if "at its end was not recorded" in remark]
    assert len(remarks) == (words is not None)
    assert words is None or words in remarks[0]


@pytest.mark.parametrize(("ends", "words"), [((REPLACED,), "became another program"), ((), "breaks off")])
def test_the_end_is_the_difference(ends: tuple[Line, ...], words: str) -> None:
    """Where only one run goes on, what is said to help tells os.execv from a record that breaks off."""
    found = verdict(tape(*SAME), tape(*CUT, *ends))
    assert found.difference is not None
    assert words in found.difference.remedy


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        (
            ({"missed": "torch", "why": "unseen"}, END),
            2,
            "nothing was compared: no training was recorded: torch (unseen)",
        ),
        (({"missed": "saved files", "why": "unseen"}, END), 2, "nothing was compared: the script trains no module"),
        (
            ({"missed": "torch", "why": "unseen"}, *SAME),
            2,
            "nothing was compared: no training was recorded: torch (unseen)",
        ),
        (SAME, 0, "identical: 2 batches"),
    ],
)
def test_a_training_that_was_not_recorded(lines: tuple[Line, ...], code: int, words: str) -> None:
    """Runs whose training was not recorded are never called identical, whatever else agrees."""
    found = verdict(tape(*lines), tape(*lines))
    assert (exit_code(found), headline(found)[: len(words)]) == (code, words)
