"""What was chosen before, and what is asked for now."""

import pytest

from seedblock.editors import choices
from seedblock.editors.choices import Choice
from seedblock.rendering.catalog import CATALOG

SEVEN = (("seed_value", "7"),)
ALL = tuple(entry.abbreviation for entry in CATALOG)


@pytest.mark.parametrize(
    ("before", "now", "all_snippets", "result"),
    [
        (Choice(), Choice(), False, Choice()),
        (Choice(SEVEN, ("seed",)), Choice(), False, Choice(SEVEN, ("seed",))),
        (Choice(SEVEN, ("seed",)), Choice((), ("seedall",)), False, Choice(SEVEN, ("seedall",))),
        (Choice(SEVEN, ("seed",)), Choice((), ()), True, Choice(SEVEN)),
        (Choice(SEVEN), Choice((("seed_value", "8"),)), False, Choice((("seed_value", "8"),))),
        (Choice(SEVEN), Choice((("batch_size", "1"),)), False, Choice((("batch_size", "1"), *SEVEN))),
    ],
)
def test_merged(before: Choice, now: Choice, all_snippets: bool, result: Choice) -> None:
    """What is asked for now replaces that part of what was chosen before, and nothing else."""
    assert choices.merged(before, now, all_snippets) == result


def test_valid() -> None:
    """A field, a value or a snippet that this version does not know is dropped, and named."""
    before = Choice((("gone", "1"), ("seed_value", "-1")), ("seed", "seedgone"))
    assert choices.valid(before, CATALOG) == (
        Choice((), ("seed",)),
        ["--set gone=1", "--set seed_value=-1", "--only seedgone"],
    )
    assert choices.valid(Choice(SEVEN, ("seed",)), CATALOG) == (Choice(SEVEN, ("seed",)), [])


def test_changed() -> None:
    """What is as the catalogue has it is no choice."""
    assert choices.changed(Choice((("seed_value", "2020"),), ALL), CATALOG) == Choice()
    assert choices.changed(Choice(SEVEN, ("seed",)), CATALOG) == Choice(SEVEN, ("seed",))


def test_applied() -> None:
    """The chosen snippets have the chosen defaults."""
    (entry,) = choices.applied(Choice(SEVEN, ("seed",)), CATALOG)
    assert (entry.abbreviation, entry.fields[0].default) == ("seed", "7")
    assert choices.applied(Choice(), CATALOG) == CATALOG


def test_options() -> None:
    """A choice is said as the options that ask for it."""
    assert Choice(SEVEN, ("seed", "seedall")).options == "--set seed_value=7 --only seed,seedall"
    assert Choice().options == ""
