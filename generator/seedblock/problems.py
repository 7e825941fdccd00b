"""Any error in the words of the command line."""

import os

from seedblock.errors import SeedblockError, described

STANDARD_OUTPUT = "standard output"


def problems_of(error: Exception) -> tuple[str, ...]:
    """Say what is wrong, whatever was raised."""
    if isinstance(error, SeedblockError):
        return error.problems
    if isinstance(error, OSError):
        return (f"cannot read or write {what_failed(error)}: {error.strerror or error}",)
    return (f"internal error in seedblock, please report it: {described(error)}",)


def what_failed(error: OSError) -> str:
    """Name what could not be read or written. Without a name in the error, it is the working folder or standard output."""
    if error.filename is not None:
        return repr(str(error.filename))
    try:
        os.getcwd()  # noqa: PTH109 - `list` does not import pathlib
    except OSError:
        return "the working folder, which was removed"
    return STANDARD_OUTPUT
