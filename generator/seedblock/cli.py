"""The command line: what each command does, and the exit code that it ends with.

Exit codes: 0 done or current; 1 an honest no (stale, refused); 2 usage or environment. Each command imports what it
needs: `list` starts as fast as argparse does.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from seedblock.arguments import DONE, ERROR, NO, SNIPPETS_FOLDER, parse, with_settings
from seedblock.catalog import CATALOG
from seedblock.errors import SeedblockError, UsageError, unknown
from seedblock.targets import NAMES as TARGETS
from seedblock.terminal import complain, discard, prepare, say

if TYPE_CHECKING:
    from seedblock.files import Change

RENDER_COMMAND = "seedblock render"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (default: this process's arguments) and return its exit code."""
    if sys.stdout is None:  # `>&-`
        complain("standard output is closed")
        return ERROR
    prepare()
    try:
        code = _run(argv)
        say("", flush=True)
    except SeedblockError as error:
        complain(*error.problems)
    except OSError as error:
        if error.filename is None:
            discard(sys.stdout)
        where = "standard output" if error.filename is None else repr(str(error.filename))
        complain(f"cannot read or write {where}: {error.strerror}")
    else:
        return code
    return ERROR


def run() -> NoReturn:
    """Be the command: end with main's exit code, and without taking the interpreter apart, a sixth of `render`'s time."""
    code = main()
    with contextlib.suppress(OSError, AttributeError):  # a closed output, of which main has spoken
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = parse(sys.argv[1:] if argv is None else argv)
    except SystemExit as stop:  # argparse has printed its help or its complaint
        return int(stop.code or DONE)
    return COMMANDS[arguments.command](arguments)


def _list(arguments: argparse.Namespace) -> int:
    width = max(len(entry.abbreviation) for entry in CATALOG)
    for entry in CATALOG:
        say(f"{entry.abbreviation:{width}}  {entry.description}\n")
        for field in entry.fields:
            say(f"{'':{width}}  {field.name}={field.default}: {field.description}, {field.kind}\n")
    return DONE


def _show(arguments: argparse.Namespace) -> int:
    from seedblock import files, render

    entries = [entry for entry in CATALOG if entry.abbreviation == arguments.name]
    problems = []
    if not entries:
        problems.append(unknown("snippet", arguments.name, (entry.abbreviation for entry in CATALOG)))
    if arguments.target not in TARGETS:
        problems.append(unknown("target", arguments.target, TARGETS))
    entry = with_settings(entries or CATALOG, arguments.settings, problems)[0]
    text = render.render_one(entry, files.read_templates(files.find_templates()), arguments.target)
    if arguments.copy:
        _copy(text)
        say(f"copied: {entry.abbreviation}\n")
    else:
        say(text)
    return DONE


def _copy(text: str) -> None:
    import pyperclip

    try:
        pyperclip.copy(text)
        copied = pyperclip.paste() == text  # its own helpers, xclip for one, fail without a word
    except (pyperclip.PyperclipException, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise SeedblockError(f"no clipboard here: {reason}") from error
    if not copied:
        raise SeedblockError("the clipboard did not take the text: print it without --copy")


def _render(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from seedblock import files, render

    entries = with_settings(CATALOG, arguments.settings, [])
    rendered = render.render_all(entries, files.read_templates(files.find_templates()))
    if not arguments.out:
        raise UsageError("--out takes a folder, got ''")
    out = Path(arguments.out)
    dry = arguments.check or arguments.diff
    changes = files.compare(out, rendered) if dry else files.write(out, rendered)
    for change in changes:
        if arguments.check or not arguments.diff:
            say(f"{_verdict(change, dry)}: {change.path.as_posix()}\n")
        if arguments.diff:
            say("".join(files.diff(change)))
    if not changes:
        say(f"current: {len(rendered)} files in {out.as_posix()}\n")
    if not (dry and changes):
        return DONE
    if any(change.new is not None for change in changes):
        complain(f"to mend, run: {_remedy(arguments)}")
    if any(change.new is None for change in changes):
        complain("to mend, take away what is not rendered from any template")
    return NO


def _verdict(change: "Change", dry: bool) -> str:
    if change.new is None:
        return "not rendered from any template"
    if change.old is None:
        return "missing" if dry else "new"
    return "stale" if dry else "changed"


def _remedy(arguments: argparse.Namespace) -> str:
    import shlex

    out = [] if arguments.out == SNIPPETS_FOLDER else ["--out", arguments.out]
    settings = [word for setting in arguments.settings for word in ("--set", setting)]
    return shlex.join([*RENDER_COMMAND.split(), *out, *settings])


def _install(arguments: argparse.Namespace) -> int:
    from seedblock import cli_editors

    return cli_editors.install(arguments)


def _uninstall(arguments: argparse.Namespace) -> int:
    from seedblock import cli_editors

    return cli_editors.uninstall(arguments)


def _bundle(arguments: argparse.Namespace) -> int:
    from seedblock import cli_editors

    return cli_editors.bundle(arguments)


def _twice(arguments: argparse.Namespace) -> int:
    from seedblock import cli_twice

    command: Callable[[argparse.Namespace], int] = getattr(cli_twice, arguments.command)
    if getattr(arguments, "command_line", [])[:1] == ["--"]:
        del arguments.command_line[0]
    return command(arguments)


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "show": _show,
    "render": _render,
    "install": _install,
    "uninstall": _uninstall,
    "twice": _twice,
    "record": _twice,
    "compare": _twice,
    "bundle": _bundle,
}
