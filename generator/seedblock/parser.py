"""The table of commands, and the parser that is made from it.

A package is imported only when one of its commands is called, so `list` starts as fast as argparse does.
"""

import argparse
import sys
from collections.abc import Collection
from functools import partial
from importlib import import_module
from typing import NamedTuple, NoReturn

from seedblock import __version__
from seedblock.errors import ERROR
from seedblock.terminal import escape_controls


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
    "completion": Command("completion", "print what makes your shell complete commands on Tab", "completion bash"),
}


class Parser(argparse.ArgumentParser):
    """Escapes control characters in its errors, as all of seedblock does."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ERROR, f"{self.prog}: error: {escape_controls(message)}\n")


def build_parser(called: Collection[str]) -> argparse.ArgumentParser:
    """Build the parser. Only the commands `called` get their arguments, because adding them takes time."""
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
        if name in called:
            add_arguments, function = import_module(f"seedblock.{command.package}.commands").COMMANDS[name]
            add_arguments(subparser)
            subparser.set_defaults(run=function)
    return parser
