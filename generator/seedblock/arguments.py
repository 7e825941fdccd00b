"""What the command line takes: names, options, help. What a command does is said elsewhere."""

import argparse
from collections.abc import Sequence
from functools import partial

from seedblock import __version__
from seedblock.errors import UsageError
from seedblock.model import Entry, set_defaults
from seedblock.targets import NAMES as TARGETS

DONE, NO, ERROR = 0, 1, 2  # exit codes
SNIPPETS_FOLDER, DIST_FOLDER = "snippets", "dist"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse; `command` is the name of the command. Raises SystemExit once help or a complaint is printed."""
    # With the width and prog given, argparse asks no terminal for its size: that would be a tenth of the time of `list`.
    formatter = partial(argparse.HelpFormatter, width=80)
    parser = argparse.ArgumentParser(
        prog="seedblock",
        formatter_class=formatter,
        allow_abbrev=False,
        description="Seeding snippets for PyTorch: type an abbreviation and press Tab in PyCharm or VS Code.",
        epilog="example: seedblock install vscode",
    )
    parser.add_argument("-V", "--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True, prog=parser.prog
    )

    for name, (add_arguments, help, example) in _COMMANDS.items():
        epilog = f"example: seedblock {example}"
        command = commands.add_parser(name, help=help, epilog=epilog, formatter_class=formatter, allow_abbrev=False)
        if name in argv:  # each option costs time, and `list` has none
            add_arguments(command)
    return parser.parse_args(argv)


def _list(command: argparse.ArgumentParser) -> None:
    """It takes none."""


def _show(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="the abbreviation of a snippet")
    command.add_argument("--target", default="python", help=f"one of {', '.join(TARGETS)} (default: python)")
    command.add_argument("--copy", action="store_true", help="put it on the clipboard instead of printing it")
    _add_set(command)


def _render(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out", metavar="DIR", default=SNIPPETS_FOLDER, help=f"the folder to write into (default: {SNIPPETS_FOLDER})"
    )
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that differ")
    command.add_argument("--diff", action="store_true", help="write nothing; exit 1 and print the lines that differ")
    _add_set(command)


def _install(command: argparse.ArgumentParser) -> None:
    _add_editors(command, "*", "; none: list those found on this machine")
    command.add_argument(
        "--force", action="store_true", help="replace files of other origin too, each kept under another name"
    )
    _add_set(command)


def _uninstall(command: argparse.ArgumentParser) -> None:
    _add_editors(command, "+", "")


def _bundle(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out", metavar="DIR", default=DIST_FOLDER, help=f"the folder to write into (default: {DIST_FOLDER})"
    )


def _twice(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--vary",
        metavar="NAME=A,B",
        action="append",
        default=[],
        help="give run 1 --NAME A and run 2 --NAME B; a NAME in capitals is an environment variable",
    )
    command.add_argument("--other-folder", action="store_true", help="let run 2 work in an empty folder")
    command.add_argument("--keep-going", action="store_true", help="let run 2 go on after the first difference")
    _add_run(command)
    _add_report(command)


def _record(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", metavar="A.jsonl", required=True, help="the tape to write")
    _add_run(command)


def _compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("tapes", metavar="TAPE", nargs=2, help="what `record` has written")
    _add_report(command)


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--every", metavar="N", type=int, default=0, help="digest each parameter every N steps")
    command.add_argument("--timeout", metavar="S", type=float, help="end a run after so many seconds")
    command.add_argument("--python", metavar="PATH", help="the interpreter (default: this one)")
    command.add_argument("command_line", metavar="-- SCRIPT ...", nargs=argparse.REMAINDER, help="what to run")


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("--report", metavar="FILE", help="write an HTML page with both loss curves")


def _add_editors(command: argparse.ArgumentParser, number: str, otherwise: str) -> None:
    from seedblock.editors import EDITORS

    command.add_argument("editors", metavar="EDITOR", nargs=number, help=f"one of {', '.join(EDITORS)}{otherwise}")
    command.add_argument("--config-dir", metavar="DIR", help="the editor's folder (VS Code: User), where none is found")
    command.add_argument("--workspace", metavar="DIR", help="a project, for all who open it in VS Code or its kin")
    command.add_argument("--dry-run", action="store_true", help="change nothing; print what would be done")


def _add_set(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="settings", help="another default for a field"
    )


_COMMANDS = {
    "list": (_list, "list the snippets and their fields", "list"),
    "show": (_show, "print a snippet, or copy it", "show seed --target vscode"),
    "render": (_render, "write all snippets for all targets", "render --check"),
    "install": (_install, "put the snippets where an editor reads them", "install pycharm vscode"),
    "uninstall": (_uninstall, "take away what install has written", "uninstall vscode"),
    "twice": (_twice, "run a script twice: does it repeat, and if not, where", "twice -- train.py --epochs 1"),
    "record": (_record, "record a run of a script on a tape", "record --out a.jsonl -- train.py"),
    "compare": (_compare, "compare two tapes", "compare a.jsonl b.jsonl"),
    "bundle": (_bundle, "write archives that editors take", "bundle --out dist"),
}


def with_settings(entries: Sequence[Entry], settings: Sequence[str], problems: list[str]) -> tuple[Entry, ...]:
    """Apply `--set`; raise UsageError with `problems` and with everything wrong in `settings`, in one go."""
    values: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            problems.append(f"--set takes FIELD=VALUE, got {setting!r}")
        elif values.setdefault(name, value) != value:
            problems.append(f"--set gives {name} twice: {values[name]!r} and {value!r}")
    try:
        entries = set_defaults(entries, values)
    except UsageError as error:
        problems.extend(error.problems)
    if problems:
        raise UsageError(*problems)
    return tuple(entries)
