"""The errors that users see, and the exit codes."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")

# DONE also if there was nothing to do; NO if stale, different or refused; ERROR for wrong usage or an I/O error.
DONE, NO, ERROR = 0, 1, 2


class SeedblockError(Exception):
    """One or more problems. Each says what is wrong, where, and what to do."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


class UsageError(SeedblockError):
    """A wrong name or value on the command line."""


class TemplateError(SeedblockError):
    """A template, or its catalogue entry, that cannot be rendered."""


class FormatError(SeedblockError):
    """Text that the format of a target cannot hold."""


class VerificationError(SeedblockError):
    """Rendered output that does not expand to the code it stands for."""


def gather(first: Callable[[], A], second: Callable[[], B]) -> tuple[A, B]:
    """Return what both checks return. Raises UsageError with the problems of both."""
    results: list[Any] = []
    problems: list[str] = []
    for check in (first, second):
        try:
            results.append(check())
        except UsageError as error:
            problems += error.problems
    if problems:
        raise UsageError(*problems)
    return results[0], results[1]


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that there is no `what` called `name`, and suggest the nearest names."""
    import difflib  # only needed after a mistake

    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.75)
    hint = f"did you mean {', '.join(map(repr, near))}?" if near else f"known: {', '.join(known) or 'none'}"
    return f"unknown {what} {name!r}: {hint}"


def described(error: Exception) -> str:
    """Describe a bug of ours on one line: what was raised, and where."""
    import traceback
    from pathlib import Path

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}, line {frame.lineno})"
