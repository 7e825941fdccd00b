"""Reading a tape."""

import pytest

from seedblock.errors import UsageError
from seedblock.twice.tape import Tape, parse

HEADER = '{"tape":1,"environment":{"python":"3.11"}}\n'


@pytest.mark.parametrize(
    ("text", "tape"),
    [
        pytest.param("", Tape({}, ()), id="empty"),
        pytest.param(HEADER, Tape({"python": "3.11"}, ()), id="header"),
        pytest.param(f'{HEADER}{{"batch":0}}\n', Tape({"python": "3.11"}, ({"batch": 0},)), id="a line"),
        pytest.param(f'{HEADER}{{"batch":0}}\n{{"ba', Tape({"python": "3.11"}, ({"batch": 0},), cut=True), id="cut"),
        pytest.param(HEADER[:9], Tape({}, (), cut=True), id="cut in the header"),
    ],
)
def test_parse(text: str, tape: Tape) -> None:
    """A tape is read as far as its lines are whole."""
    assert parse(text, "a.jsonl") == tape


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x\n", "a.jsonl: no tape: line 1 is not JSON"),
        (f"{HEADER}x\n", "a.jsonl: no tape: line 2 is not JSON"),
        ("[]\n", "a.jsonl: no tape: its first line does not say so"),
        ('{"tape":2}\n', "a.jsonl: a tape of format 2, this seedblock reads 1: record it again"),
    ],
)
def test_what_is_no_tape_is_refused(text: str, problem: str) -> None:
    """Another file, or a tape of another format, is named with what is wrong."""
    with pytest.raises(UsageError) as caught:
        parse(text, "a.jsonl")
    assert caught.value.problems[0].startswith(problem)


def test_counts() -> None:
    """A tape knows how far its run came."""
    tape = parse(f'{HEADER}{{"batch":0}}\n{{"step":0}}\n{{"step":1}}\n{{"end":true}}\n', "a")
    assert (tape.batches, tape.steps, tape.is_over) == (1, 2, True)
