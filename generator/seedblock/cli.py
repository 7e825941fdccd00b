"""The table of commands, and how arguments become an exit code.

A package is imported only when one of its commands is called, so `list` starts as fast as argparse does.
"""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import NamedTuple, NoReturn

from seedblock import __version__
from seedblock.errors import DONE, ERROR, UsageError, unknown
from seedblock.problems import STANDARD_OUTPUT, problems_of, what_failed
from seedblock.signals import Stopped, end_by, ignore, listen
from seedblock.terminal import complain, discard_output, escape_controls, hurry, prepare_streams, say


class Command(NamedTuple):
    """A command. `commands.COMMANDS` in its package holds the functions that add its arguments and run it."""

    package: str
    help: str
    example: str


COMMANDS = {
    "list": Command("rendering", "list the snippets and their fields", "list"),
    "add": Command("rendering", "write seeding.py beside your script, or update it", "add --to my_project"),
    "show": Command("rendering", "print a snippet, or copy it to the clipboard", "show seed --target vscode"),
    "render": Command("rendering", "write all snippets for all targets", "render --check"),
    "install": Command("editors", "install the snippets into editors", "install pycharm vscode"),
    "uninstall": Command("editors", "remove what `install` wrote", "uninstall vscode"),
    "bundle": Command("editors", "write archives that editors can import", "bundle --out dist"),
    "twice": Command(
        "twice", "run a script twice and show where the runs first differ", "twice -- train.py --epochs 1"
    ),
    "record": Command("twice", "record a run of a script on a tape", "record --out a.tape -- train.py"),
    "compare": Command("twice", "compare two tapes", "compare a.tape b.tape"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (default: this process's arguments) and return its exit code."""
    prepare_streams()
    if sys.stdout is None:  # `>&-`
        complain("standard output is closed")
        return ERROR
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        say("", flush=True)
    except KeyboardInterrupt:
        return _stopped(Stopped(signal.SIGINT))
    except Stopped as stop:
        return _stopped(stop)
    except Exception as error:  # noqa: BLE001 - a traceback would exit with 1, which means "no"
        if isinstance(error, OSError) and what_failed(error) == STANDARD_OUTPUT:
            discard_output(sys.stdout)
        complain(*problems_of(error))
    else:
        return code
    return ERROR


def _stopped(stop: Stopped) -> int:
    hurry()
    complain(f"stopped by {stop.name}")
    return 128 + stop.number


def run() -> NoReturn:
    """Entry point. Exit with main's code, skipping the interpreter's clean-up: a sixth of `render`'s time."""
    code = ERROR
    with contextlib.suppress(Stopped):  # a second signal, while main tells of the first
        listen()
        code = main()
    ignore()
    with contextlib.suppress(OSError, AttributeError):  # a closed output, which main has reported
        sys.stdout.flush()
        sys.stderr.flush()
    if code < 0:
        end_by(-code)
    os._exit(code)


def _run(argv: Sequence[str]) -> int:
    called = next((word for word in argv if not word.startswith("-")), None)
    if called is not None and called not in COMMANDS:
        raise UsageError(unknown("command", called, COMMANDS))
    parser = _parser(called)
    if not argv:
        parser.print_help(sys.stderr)
        return ERROR
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:  # argparse has printed help or an error
        return int(stop.code or DONE)
    code: int = arguments.run(arguments)
    return code


class Parser(argparse.ArgumentParser):
    """Escapes control characters in its errors, as all of seedblock does."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ERROR, f"{self.prog}: error: {escape_controls(message)}\n")


def _parser(called: str | None) -> argparse.ArgumentParser:
    """Build the parser. Only `called` gets its arguments, because adding them takes time."""
    # Without width and prog, argparse would ask for the terminal's size, which takes a tenth of the time of `list`.
    formatter = partial(argparse.HelpFormatter, width=80)
    parser = Parser(
        prog="seedblock",
        formatter_class=formatter,
        allow_abbrev=False,
        description="Snippets for reproducible PyTorch: type an abbreviation and press Tab in PyCharm or VS Code.",
        epilog="example: seedblock install vscode",
    )
    parser.add_argument("-V", "--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True, prog="seedblock"
    )
    for name, command in COMMANDS.items():
        epilog = f"example: seedblock {command.example}"
        subparser = commands.add_parser(
            name, help=command.help, epilog=epilog, formatter_class=formatter, allow_abbrev=False
        )
        if name == called:
            add_arguments, function = import_module(f"seedblock.{command.package}.commands").COMMANDS[name]
            add_arguments(subparser)
            subparser.set_defaults(run=function)
    return parser
