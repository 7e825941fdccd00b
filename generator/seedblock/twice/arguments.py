"""The arguments of the commands twice, record and compare."""

import argparse
import math

from seedblock.twice.verdict import PRINTED, WRITTEN


def add_twice(command: argparse.ArgumentParser) -> None:
    command.usage = "%(prog)s [options] -- SCRIPT ..."
    command.add_argument(
        "--vary",
        metavar="NAME=A,B",
        action="append",
        default=[],
        help="--NAME A in run 1, --NAME B in run 2; in capitals: $NAME",
    )
    folder = command.add_mutually_exclusive_group()
    folder.add_argument("--fresh", action="store_true", help="a copy of the working folder for each run")
    folder.add_argument("--other-folder", action="store_true", help="an empty folder for run 2")
    command.add_argument("--keep-going", action="store_true", help="let run 2 go on after the first difference")
    command.add_argument("--files", metavar="DIR", action="append", default=[], help="compare the files below DIR too")
    command.add_argument("--keep-order", action="store_true", help="list folders in the same order in both runs")
    command.add_argument(
        "--clock", action="store_true", help="decide by a clock that only counts, however long it takes"
    )
    _add_verdict(command)
    _add_run(command)


def add_record(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", metavar="TAPE", required=True, help="the folder to record into")
    command.add_argument("--force", action="store_true", help="rename what is there, then replace it")
    command.add_argument("--clock", action="store_true", help="run with a clock that only counts")
    _add_run(command)


def add_compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("tapes", metavar="TAPE", nargs=2, help="what `record` wrote")
    _add_verdict(command)


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--every", metavar="N", type=_count, default=0, help="digest each parameter every N steps")
    command.add_argument("--timeout", metavar="S", type=_seconds, help="end a run after S seconds")
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
        help="output, files or files=GLOB: do not compare this",
    )
    command.add_argument("--json", action="store_true", help="the verdict as JSON")
    command.add_argument("--report", metavar="FILE", help="an HTML page with the loss curves")
    command.add_argument("--force", action="store_true", help="rename what is there, then replace it")


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
