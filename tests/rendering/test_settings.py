"""The values of `--set` and `--only`: parsed and checked once, then applied."""

import pytest

from seedblock.errors import UsageError, gather
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.model import PASTE, Entry
from seedblock.rendering.settings import Settings, apply, parse
from tests.support.samples import ENTRY, LEVEL, NAMES, SEED

OTHER = Entry("other", "Other", "has no fields", PASTE)
ALIKE = ENTRY._replace(abbreviation="alike")


def test_parse() -> None:
    """Values may contain `=`, names are in the catalogue's order, and repetition is allowed."""
    catalog = [ENTRY, OTHER]
    assert parse(catalog, []) == Settings((), None)
    assert parse(catalog, ["seed_value=7", "names=a == 1", "seed_value=7"]).defaults == (
        ("names", "a == 1"),
        ("seed_value", "7"),
    )
    assert parse(catalog, [], ["other, demo", "demo"]).only == ("demo", "other")
    assert parse(catalog, [], [], all_snippets=True).only == ()


def test_everything_wrong_is_reported_at_once() -> None:
    """Unknown names and wrong values are reported together, with the value in repr and what would be right."""
    with pytest.raises(UsageError) as caught:
        parse([ENTRY, ALIKE], ["sed_value=1", "level", "seed_value=-1", "level=all"], ["dem,"], all_snippets=True)
    assert list(caught.value.problems) == [
        "unknown snippet 'dem': did you mean 'demo'?",
        "--only takes abbreviations separated by commas, got ''",
        "--only and --all-snippets are opposites: give one",
        "--set takes FIELD=VALUE, got 'level'",
        "unknown field 'sed_value': did you mean 'seed_value'?",
        "seed_value must be an integer in [0, 2**32 - 1], got '-1'",
        "level must be one of 'bitwise', 'seeds', got 'all'",
    ]


def test_a_default_reaches_every_entry_with_the_field() -> None:
    """One value sets a field that several snippets share; other fields and entries stay as they are."""
    entries = [ENTRY, OTHER, ENTRY._replace(fields=(SEED,))]
    first, second, third = apply(Settings((("seed_value", "7"),)), entries)
    assert first.fields == (SEED._replace(default="7"), LEVEL, NAMES)
    assert second == OTHER
    assert third.fields == (SEED._replace(default="7"),)


def test_only_some_snippets() -> None:
    """The named entries are kept in their order; without a name all are."""
    assert apply(Settings((), ("other",)), [ENTRY, OTHER]) == (OTHER,)
    assert apply(Settings((), ()), CATALOG) == apply(Settings(), CATALOG) == CATALOG


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        (Settings(), ()),
        (Settings((("seed_value", "7"),), ("demo", "other")), ("--set", "seed_value=7", "--only", "demo,other")),
    ],
)
def test_options(settings: Settings, options: tuple[str, ...]) -> None:
    """The options of settings parse to the same settings."""
    assert settings.options == options
    assert parse([ENTRY, OTHER], options[1:2], options[3:4]) == settings


def test_gather() -> None:
    """Both values come back, or the problems of all that fail, in their order."""

    def fail(*problems: str) -> int:
        raise UsageError(*problems)

    assert gather(lambda: 1, lambda: "b") == (1, "b")
    with pytest.raises(UsageError) as caught:
        gather(lambda: fail("a", "b"), lambda: fail("c"))
    assert caught.value.problems == ("a", "b", "c")
    with pytest.raises(UsageError) as caught:
        gather(lambda: 1, lambda: fail("c"))
    assert caught.value.problems == ("c",)
