"""The arguments of the commands twice, record and compare."""

import argparse
import math
from functools import partial

from seedblock.twice.verdict import PRINTED, WRITTEN

EXIT_CODES = "Exit codes: 0 identical, 1 differs, 2 undecided, nothing to compare, or an error."


def add_twice(command: argparse.ArgumentParser) -> None:
    command.usage = "%(prog)s [options] -- SCRIPT ..."
    command.description = f"Run a script twice and show where the runs first differ. {EXIT_CODES}"
    command.add_argument(
        "--vary",
        metavar="NAME=A,B",
        action="append",
        default=[],
        help="--NAME A in run 1, --NAME B in run 2; in capitals: $NAME",
    )
    folder = command.add_mutually_exclusive_group()
    folder.add_argument("--fresh", action="store_true", help="each run works in a copy of the working folder")
    folder.add_argument("--other-folder", action="store_true", help="run 2 works in an empty folder")
    command.add_argument("--keep-going", action="store_true", help="run 2 continues after the first difference")
    command.add_argument("--files", metavar="DIR", action="append", default=[], help="also compare the files below DIR")
    command.add_argument("--keep-order", action="store_true", help="both runs list folders in the same order")
    command.add_argument(
        "--clock", action="store_true", help="try runs whose clock only counts, however long they take"
    )
    _add_verdict(command)
    _add_run(command)


def add_record(command: argparse.ArgumentParser) -> None:
    command.usage = "%(prog)s [options] --out TAPE -- SCRIPT ..."
    command.description = "Record a run of a script, for `seedblock compare`. Exits as the script does."
    command.add_argument("--out", metavar="TAPE", required=True, help="the folder to record into")
    _add_force(command)
    command.add_argument("--clock", action="store_true", help="give the script a clock that only counts")
    _add_run(command)


def add_compare(command: argparse.ArgumentParser) -> None:
    command.description = f"Compare two recorded runs, as `seedblock twice` does. {EXIT_CODES}"
    command.add_argument("tapes", metavar="TAPE", nargs=2, help="what `record` wrote")
    _add_verdict(command)


def _add_run(command: argparse.ArgumentParser) -> None:
    command.formatter_class = partial(_WithoutScript, width=80)
    command.add_argument(
        "--every", metavar="N", type=_count, default=0, help="every N steps look at all weights, not at a part"
    )
    command.add_argument("--timeout", metavar="S", type=_seconds, help="end a run after S seconds, with exit code 2")
    command.add_argument("--python", metavar="PATH", help="the interpreter (default: the active environment's)")
    command.add_argument("--quiet", action="store_true", help="do not show what the script prints")
    command.add_argument("command_line", metavar="-- SCRIPT ...", nargs=argparse.REMAINDER, help="what to run")


def _add_verdict(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--ignore",
        metavar="PART",
        type=_ignored,
        action="append",
        default=[],
        help="do not compare this: output, files or files=GLOB",
    )
    command.add_argument("--json", action="store_true", help="print the verdict as JSON")
    command.add_argument("--report", metavar="FILE", help="write an HTML page with the loss curves")
    _add_force(command)


def _add_force(command: argparse.ArgumentParser) -> None:
    command.add_argument("--force", action="store_true", help="replace what is in its place, and keep that as .bak")


class _WithoutScript(argparse.HelpFormatter):
    """Leaves out what follows `--`, which the usage shows: with it the help would not fit on a screen."""

    def add_argument(self, action: argparse.Action) -> None:
        if action.nargs != argparse.REMAINDER:
            super().add_argument(action)


def _ignored(text: str) -> tuple[str, str]:
    """Return the part, and a pattern of files or ""."""
    part, equals, pattern = text.partition("=")
    if part == "files" and (pattern or not equals):
        return WRITTEN, pattern
    if text == "output":
        return PRINTED, ""
    raise argparse.ArgumentTypeError(f"must be output, files or files=GLOB, got {text!r}")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0 and len(text) < 10):
        raise argparse.ArgumentTypeError(f"must be a number of steps, 1 or more, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, got {text!r}")
    return seconds
