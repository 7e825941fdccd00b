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
from seedblock.errors import DONE, ERROR, SeedblockError, UsageError, unknown
from seedblock.signals import Stopped, listen
from seedblock.terminal import complain, discard_output, escape_controls, prepare_streams, say


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
    if sys.stdout is None:  # `>&-`
        complain("standard output is closed")
        return ERROR
    prepare_streams()
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        say("", flush=True)
    except SeedblockError as error:
        complain(*error.problems)
    except OSError as error:
        complain(f"cannot read or write {_what_failed(error)}: {error.strerror or error}")
    except KeyboardInterrupt:
        return _stopped(Stopped(signal.SIGINT))
    except Stopped as stop:
        return _stopped(stop)
    except Exception as error:  # noqa: BLE001 - a traceback would exit with 1, which means "no"
        complain(f"internal error in seedblock, please report it: {_describe(error)}")
    else:
        return code
    return ERROR


def _stopped(stop: Stopped) -> int:
    complain(f"stopped by {stop.name}")
    return 128 + stop.number


def _what_failed(error: OSError) -> str:
    if error.filename is not None:
        return repr(str(error.filename))
    try:
        os.getcwd()  # noqa: PTH109 - `list` does not import pathlib
    except OSError:
        return "the working folder, which was removed"
    discard_output(sys.stdout)
    return "standard output"


def _describe(error: Exception) -> str:
    import traceback
    from pathlib import Path

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}, line {frame.lineno})"


def run() -> NoReturn:
    """Entry point. Exit with main's code, skipping the interpreter's clean-up: a sixth of `render`'s time."""
    listen()
    code = main()
    with contextlib.suppress(OSError, AttributeError):  # a closed output, which main has reported
        sys.stdout.flush()
        sys.stderr.flush()
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
