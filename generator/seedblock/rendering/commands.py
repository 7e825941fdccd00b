"""The commands list, show and render, with their arguments."""

import argparse
import sys
from typing import TYPE_CHECKING

from seedblock.errors import DONE, NO, SeedblockError, UsageError, gather, unknown
from seedblock.rendering.catalog import CATALOG, FILES, MODULE
from seedblock.rendering.model import BLOCK, FILE, PASTE, USE, Entry, stem
from seedblock.rendering.options import add_force, add_only, add_out, add_set, read_out
from seedblock.rendering.settings import Settings, apply, parse
from seedblock.rendering.targets import NAMES as TARGETS
from seedblock.terminal import complain, one_line, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADINGS = {
    PASTE: "blocks, for the top of a script or the head of main()",
    USE: "lines that import from seeding.py, for any place (`seedblock add` writes that file)",
    BLOCK: "the same functions in a block of their own, for the top of a script of one file",
    FILE: "whole files",
}
RENDER_COMMAND = "seedblock render"
SNIPPETS_FOLDER = "snippets"
EXIT_CODES = "Exit codes: 0 done or up to date, 1 not up to date or a file of yours in the way, 2 an error."


def add_list(command: argparse.ArgumentParser) -> None:
    command.description = "List the snippets and their fields, with the default of each field."


def list_snippets(arguments: argparse.Namespace) -> int:
    width = max(len(entry.abbreviation) for entry in CATALOG)
    for form, heading in HEADINGS.items():
        say(f"{heading}:\n")
        for entry in CATALOG:
            if entry.form == form:
                _list_entry(entry, width)
        say("\n")
    say("fields, for --set FIELD=VALUE:\n")
    fields = {field.name: field for entry in CATALOG for field in entry.fields}
    width = max(map(len, fields))
    for name, field in sorted(fields.items()):
        say(f"{name:{width}}  {field.description}; {field.kind}\n")
    return DONE


def _list_entry(entry: Entry, width: int) -> None:
    say(f"{entry.abbreviation:{width}}  {entry.description}\n")
    if entry.fields and entry.form != BLOCK:
        say(f"{'':{width}}  {', '.join(f'{field.name}={field.default}' for field in entry.fields)}\n")


def add_show(command: argparse.ArgumentParser) -> None:
    command.description = "Print a snippet, or copy it to the clipboard."
    command.add_argument("name", metavar="NAME", help="the abbreviation of a snippet")
    command.add_argument("--target", default="python", help=f"one of {', '.join(TARGETS)} (default: python)")
    command.add_argument("--copy", action="store_true", help="copy it to the clipboard instead of printing it")
    add_set(command)


def show(arguments: argparse.Namespace) -> int:
    from seedblock.rendering import render, sources

    named = [entry for entry in CATALOG if entry.abbreviation == arguments.name]
    _, settings = gather(
        lambda: _check_names(arguments.name, arguments.target), lambda: parse(named or CATALOG, arguments.set)
    )
    (entry,) = apply(settings, named)
    text = render.render_one(entry, sources.read_templates(sources.find_templates()), arguments.target)
    if arguments.copy:
        _copy(text)
        say(f"copied: {entry.abbreviation}\n")
    else:
        say(text)
    return DONE


def _check_names(abbreviation: str, target: str) -> None:
    known = [entry.abbreviation for entry in CATALOG]
    problems = [] if abbreviation in known else [unknown("snippet", abbreviation, known)]
    if target not in TARGETS:
        problems.append(unknown("target", target, TARGETS))
    if problems:
        raise UsageError(*problems)


def _copy(text: str) -> None:
    import pyperclip

    try:
        pyperclip.copy(text)
        copied = pyperclip.paste() == text  # its helpers, such as xclip, fail silently
    except (pyperclip.PyperclipException, OSError) as error:
        install = "install xclip or wl-clipboard, or " if sys.platform.startswith("linux") else ""
        raise SeedblockError(f"no clipboard: {install}print the snippet without --copy") from error
    if not copied:
        raise SeedblockError("the clipboard did not accept the text: print it without --copy")


def add_render(command: argparse.ArgumentParser) -> None:
    command.description = f"Write all snippets for all targets. {EXIT_CODES}"
    add_out(command, SNIPPETS_FOLDER)
    command.add_argument("--check", action="store_true", help="write nothing; list the files that are not up to date")
    command.add_argument("--diff", action="store_true", help="write nothing; print the lines that differ")
    add_force(command)
    add_only(command)
    add_set(command)


def render(arguments: argparse.Namespace) -> int:
    from seedblock.rendering import sources, stale
    from seedblock.rendering.product import render_catalog
    from seedblock.writing.folder import print_actions, write_out

    out, settings = gather(lambda: read_out(arguments.out), lambda: parse(CATALOG, arguments.set, arguments.only))
    rendered = render_catalog(apply(settings, CATALOG))
    known = render_catalog(apply(settings._replace(only=None), CATALOG)) if settings.only else rendered
    contents = {file.path: file.text.encode() for file in rendered}
    strays = stale.find_strays({out / file.path for file in known})
    if not arguments.check and not arguments.diff:
        # In a checkout, all files in snippets/ were rendered from the templates beside it.
        own = out.resolve() == sources.find_templates().resolve().parent / SNIPPETS_FOLDER
        code = print_actions(write_out(out, contents, arguments.force, all_ours=own), out)
        _tell_strays(strays)
        return code
    changes = stale.find_changes({out / path: content for path, content in contents.items()})
    for change in changes:
        if arguments.check:
            say(f"{'missing' if change.old is None else 'stale'}: {one_line(change.path.as_posix())}\n")
        if arguments.diff:
            say("".join(stale.diff(change)))
    _tell_strays(strays)
    if changes:
        complain(f"run `{_remedy(out, settings)}` to update")
    if strays:
        complain("remove the files that no template renders")
    if changes or strays:
        return NO
    say(f"current: {len(contents)} files in {one_line(out.as_posix())}\n")
    return DONE


def _tell_strays(strays: "Sequence[Path]") -> None:
    for stray in strays:
        say(f"not rendered by any template: {one_line(stray.as_posix())}\n")


def _remedy(out: "Path", settings: Settings) -> str:
    import shlex

    folder = [] if str(out) == SNIPPETS_FOLDER else ["--out", str(out)]
    return shlex.join([*RENDER_COMMAND.split(), *folder, *settings.options])


def add_add(command: argparse.ArgumentParser) -> None:
    command.description = f"Write seeding.py beside your script, or bring it up to date. {EXIT_CODES}"
    names = ", ".join(stem(entry) for entry in FILES)
    command.add_argument("names", metavar="NAME", nargs="*", help=f"one of {names} (default: {MODULE.default})")
    command.add_argument("--to", metavar="DIR", default=".", help="the folder of your script (default: .)")
    command.add_argument("--check", action="store_true", help="write nothing; list the files that are not up to date")
    command.add_argument("--diff", action="store_true", help="write nothing; print the lines that differ")
    add_force(command)


def add(arguments: argparse.Namespace) -> int:
    from seedblock.rendering import adding

    to, entries = gather(lambda: adding.read_folder(arguments.to), lambda: adding.read_names(arguments.names))
    if arguments.check or arguments.diff:
        return adding.check(to, entries, arguments.diff)
    return adding.write(to, entries, arguments.force)


COMMANDS = {
    "list": (add_list, list_snippets),
    "add": (add_add, add),
    "show": (add_show, show),
    "render": (add_render, render),
}
