"""The arguments of the commands twice, record and compare."""

import argparse
import math


def add_twice(command: argparse.ArgumentParser) -> None:
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
    command.add_argument("--json", action="store_true", help="the verdict as JSON")
    _add_report(command)
    _add_run(command)


def add_record(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", metavar="TAPE", required=True, help="the folder to record into")
    command.add_argument("--force", action="store_true", help="rename what is there, then replace it")
    _add_run(command)


def add_compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("tapes", metavar="TAPE", nargs=2, help="what `record` wrote")
    command.add_argument("--json", action="store_true", help="the verdict as JSON")
    _add_report(command)


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--every", metavar="N", type=_count, default=0, help="digest each parameter every N steps")
    command.add_argument("--timeout", metavar="S", type=_seconds, help="end a run after S seconds")
    command.add_argument("--python", metavar="PATH", help="the interpreter (default: the active environment's)")
    command.add_argument("--quiet", action="store_true", help="do not show what the script prints")
    command.add_argument("command_line", metavar="-- SCRIPT ...", nargs=argparse.REMAINDER, help="what to run")


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("--report", metavar="FILE", help="an HTML page with the loss curves")
    command.add_argument("--force", action="store_true", help="rename what is there, then replace it")


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
