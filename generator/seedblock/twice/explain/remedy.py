"""A remedy, and how values are shown in it. Pure."""

from typing import Any, NamedTuple

PROBABLY = "probably"
OTHERWISE = "if that is not it: "  # between the cause that is likelier and what helps without it
MAX_SHOWN = 120  # characters of a value


class Remedy(NamedTuple):
    """What helps, and how sure it is that it fits; "" for certain."""

    text: str
    sure: str = ""


def shown(value: Any) -> str:
    """Show any value from a tape, cut to MAX_SHOWN characters."""
    return value[:MAX_SHOWN] if isinstance(value, str) else "nothing" if value is None else repr(value)[:MAX_SHOWN]
