"""The command line: the only place that prints, reads arguments, and decides an exit code.

Exit codes: 0 done or current; 1 an honest no (stale); 2 usage or environment. Each command imports what it needs: `list`
starts as fast as argparse does.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TextIO

from seedblock import __version__
from seedblock.catalog import CATALOG
from seedblock.errors import SeedblockError, UsageError, unknown
from seedblock.model import Entry, set_defaults
from seedblock.targets import NAMES as TARGETS

if TYPE_CHECKING:
    from seedblock.files import Change

DONE, NO, ERROR = 0, 1, 2
RENDER_COMMAND = "seedblock render"
DEFAULT_OUT = "snippets"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (default: this process's arguments) and return its exit code."""
    if sys.stdout is None:  # `>&-`
        return _complain("standard output is closed")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The same bytes on every system, also through a pipe and for a path that is no text.
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
    try:
        code = _run(argv)
        _print("", flush=True)
    except SeedblockError as error:
        return _complain(*error.problems)
    except OSError as error:
        if error.filename is None:
            _discard(sys.stdout)
        where = "standard output" if error.filename is None else repr(str(error.filename))
        return _complain(f"cannot read or write {where}: {error.strerror}")
    return code


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has printed its help or its complaint
        return int(stop.code or DONE)
    command: Callable[[argparse.Namespace], int] = arguments.command
    return command(arguments)


def _print(text: str, flush: bool = False) -> None:
    try:
        print(text, end="", flush=flush)
    except BrokenPipeError:  # the reader has all it wants, as in `seedblock show seed | head -1`
        _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    """Let what is still in the buffer go nowhere: Python would complain of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _complain(*problems: str) -> int:
    try:
        for problem in problems:
            print(f"seedblock: {problem}", file=sys.stderr)
    except BrokenPipeError:
        _discard(sys.stderr)
    return ERROR


def _parser() -> argparse.ArgumentParser:
    # With the width and prog given, argparse asks no terminal for its size: that would be a tenth of the time of `list`.
    formatter = partial(argparse.HelpFormatter, width=80)
    parser = argparse.ArgumentParser(
        prog="seedblock",
        formatter_class=formatter,
        allow_abbrev=False,
        description="Seeding snippets for PyTorch: type an abbreviation and press Tab in PyCharm or VS Code.",
        epilog="example: seedblock show seed --set seed_value=7",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, prog=parser.prog)

    add_parser = partial(commands.add_parser, formatter_class=formatter, allow_abbrev=False)

    command = add_parser("list", help="list the snippets and their fields")
    command.set_defaults(command=_list)

    command = add_parser("show", help="print a snippet", epilog="example: seedblock show seed --target vscode")
    command.add_argument("name", metavar="NAME", help="the abbreviation of a snippet")
    command.add_argument("--target", default="python", help=f"one of {', '.join(TARGETS)} (default: python)")
    _add_set(command)
    command.set_defaults(command=_show)

    command = add_parser(
        "render", help="write all snippets for all targets", epilog="example: seedblock render --check"
    )
    command.add_argument(
        "--out", metavar="DIR", default=DEFAULT_OUT, help=f"the folder to write into (default: {DEFAULT_OUT})"
    )
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that differ")
    command.add_argument("--diff", action="store_true", help="write nothing; exit 1 and print the lines that differ")
    _add_set(command)
    command.set_defaults(command=_render)
    return parser


def _add_set(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="settings", help="another default for a field"
    )


def _list(arguments: argparse.Namespace) -> int:
    width = max(len(entry.abbreviation) for entry in CATALOG)
    for entry in CATALOG:
        _print(f"{entry.abbreviation:{width}}  {entry.description}\n")
        for field in entry.fields:
            _print(f"{'':{width}}  {field.name}={field.default}: {field.description}, {field.kind}\n")
    return DONE


def _show(arguments: argparse.Namespace) -> int:
    from seedblock import files, render

    entries = [entry for entry in CATALOG if entry.abbreviation == arguments.name]
    problems = []
    if not entries:
        problems.append(unknown("snippet", arguments.name, (entry.abbreviation for entry in CATALOG)))
    if arguments.target not in TARGETS:
        problems.append(unknown("target", arguments.target, TARGETS))
    entry = _with_settings(entries or CATALOG, arguments.settings, problems)[0]
    _print(render.render_one(entry, files.read_templates(files.find_templates()), arguments.target))
    return DONE


def _render(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from seedblock import files, render

    entries = _with_settings(CATALOG, arguments.settings, [])
    rendered = render.render_all(entries, files.read_templates(files.find_templates()))
    if not arguments.out:
        raise UsageError("--out takes a folder, got ''")
    out = Path(arguments.out)
    dry = arguments.check or arguments.diff
    changes = files.compare(out, rendered) if dry else files.write(out, rendered)
    for change in changes:
        if arguments.check or not arguments.diff:
            _print(f"{_verdict(change, dry)}: {change.path.as_posix()}\n")
        if arguments.diff:
            _print("".join(files.diff(change)))
    if not changes:
        _print(f"current: {len(rendered)} files in {out.as_posix()}\n")
    if not (dry and changes):
        return DONE
    if any(change.new is not None for change in changes):
        _complain(f"to mend, run: {_remedy(arguments)}")
    if any(change.new is None for change in changes):
        _complain("to mend, take away what is not rendered from any template")
    return NO


def _verdict(change: "Change", dry: bool) -> str:
    if change.new is None:
        return "not rendered from any template"
    if change.old is None:
        return "missing" if dry else "new"
    return "stale" if dry else "changed"


def _remedy(arguments: argparse.Namespace) -> str:
    import shlex

    out = [] if arguments.out == DEFAULT_OUT else ["--out", arguments.out]
    settings = [word for setting in arguments.settings for word in ("--set", setting)]
    return shlex.join([*RENDER_COMMAND.split(), *out, *settings])


def _with_settings(entries: Sequence[Entry], settings: Sequence[str], problems: list[str]) -> tuple[Entry, ...]:
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
