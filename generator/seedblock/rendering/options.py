"""The options that several commands share."""

import argparse
from typing import TYPE_CHECKING

from seedblock.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def add_set(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], help="change the default of a field"
    )


def add_only(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--only", metavar="NAME,...", action="append", default=[], help="only these snippets, by abbreviation"
    )


def add_out(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument("--out", metavar="DIR", default=default, help=f"the folder to write into (default: {default})")


def read_out(out: str) -> "Path":
    """Check the value of `--out`. Raises UsageError."""
    from pathlib import Path

    if not out:
        raise UsageError("--out takes a folder, got ''")
    return Path(out)


def add_force(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--force", action="store_true", help="also replace files that are not seedblock's; keep backups"
    )
