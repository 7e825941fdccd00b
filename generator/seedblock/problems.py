"""Any error in the words of the command line."""

import os

from seedblock.errors import SeedblockError, described
from seedblock.terminal import STANDARD_OUTPUT


def problems_of(error: Exception) -> tuple[str, ...]:
    """Say what is wrong, whatever was raised."""
    if isinstance(error, SeedblockError):
        return error.problems
    if isinstance(error, OSError):
        return (f"cannot read or write {what_failed(error)}: {error.strerror or error}",)
    return (f"internal error in seedblock, please report it: {described(error)}",)


def what_failed(error: OSError) -> str:
    """Name what could not be read or written."""
    if error.filename is not None:
        return STANDARD_OUTPUT if error.filename == STANDARD_OUTPUT else repr(str(error.filename))
    try:
        os.getcwd()  # noqa: PTH109 - `list` does not import pathlib
    except OSError:
        return "the working folder, which was removed"
    return "a file that the system does not name"
