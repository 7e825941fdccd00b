"""The settings of an earlier install, and those of this one."""

import pytest

from seedblock.editors.earlier_settings import drop_defaults, drop_unknown, merge
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.settings import Settings

SEVEN = (("seed_value", "7"),)
ALL = tuple(entry.abbreviation for entry in CATALOG)


@pytest.mark.parametrize(
    ("earlier", "now", "merged"),
    [
        (Settings(), Settings(), Settings()),
        (Settings(SEVEN, ("seed",)), Settings(), Settings(SEVEN, ("seed",))),
        (Settings(SEVEN, ("seed",)), Settings((), ("seedall",)), Settings(SEVEN, ("seedall",))),
        (Settings(SEVEN, ("seed",)), Settings((), ()), Settings(SEVEN, ())),
        (Settings(SEVEN), Settings((("seed_value", "8"),)), Settings((("seed_value", "8"),))),
        (Settings(SEVEN), Settings((("batch_size", "1"),)), Settings((("batch_size", "1"), *SEVEN))),
    ],
)
def test_merge(earlier: Settings, now: Settings, merged: Settings) -> None:
    """What is asked for now replaces that part of the earlier settings, and nothing else."""
    assert merge(earlier, now) == merged


def test_drop_unknown() -> None:
    """A field, a value or a snippet that this version does not know is dropped, and named."""
    earlier = Settings((("gone", "1"), ("seed_value", "-1")), ("seed", "seedgone"))
    assert drop_unknown(earlier, CATALOG) == (
        Settings((), ("seed",)),
        ["--set gone=1", "--set seed_value=-1", "--only seedgone"],
    )
    assert drop_unknown(Settings(SEVEN, ("seed",)), CATALOG) == (Settings(SEVEN, ("seed",)), [])


def test_drop_defaults() -> None:
    """What is the same in the catalogue is not saved."""
    assert drop_defaults(Settings((("seed_value", "2020"),), ALL), CATALOG) == Settings((), ())
    assert drop_defaults(Settings(SEVEN, ("seed",)), CATALOG) == Settings(SEVEN, ("seed",))
