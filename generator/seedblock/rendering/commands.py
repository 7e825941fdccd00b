"""The commands list, show and render, with their arguments."""

import argparse
import sys
from typing import TYPE_CHECKING

from seedblock.errors import DONE, NO, SeedblockError, unknown
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.settings import add_only, add_set, selected, with_settings
from seedblock.rendering.targets import NAMES as TARGETS
from seedblock.terminal import complain, one_line, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RENDER_COMMAND = "seedblock render"
SNIPPETS_FOLDER = "snippets"


def list_snippets(arguments: argparse.Namespace) -> int:
    width = max(len(entry.abbreviation) for entry in CATALOG)
    for entry in CATALOG:
        say(f"{entry.abbreviation:{width}}  {entry.description}\n")
        if entry.fields:
            say(f"{'':{width}}  {', '.join(f'{field.name}={field.default}' for field in entry.fields)}\n")
    say("\nfields, for --set FIELD=VALUE:\n")
    fields = {field.name: field for entry in CATALOG for field in entry.fields}
    width = max(map(len, fields))
    for name, field in sorted(fields.items()):
        say(f"{name:{width}}  {field.description}; {field.kind}\n")
    return DONE


def add_show(command: argparse.ArgumentParser) -> None:
    command.add_argument("name", metavar="NAME", help="the abbreviation of a snippet")
    command.add_argument("--target", default="python", help=f"one of {', '.join(TARGETS)} (default: python)")
    command.add_argument("--copy", action="store_true", help="put it on the clipboard instead of printing it")
    add_set(command)


def show(arguments: argparse.Namespace) -> int:
    from seedblock.rendering import render, sources

    entries = [entry for entry in CATALOG if entry.abbreviation == arguments.name]
    problems = []
    if not entries:
        problems.append(unknown("snippet", arguments.name, (entry.abbreviation for entry in CATALOG)))
    if arguments.target not in TARGETS:
        problems.append(unknown("target", arguments.target, TARGETS))
    entry = with_settings(entries or CATALOG, arguments.settings, problems)[0]
    text = render.render_one(entry, sources.read_templates(sources.find_templates()), arguments.target)
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
        copied = pyperclip.paste() == text  # its own helpers, xclip for one, fail silently
    except (pyperclip.PyperclipException, OSError) as error:
        install = "install xclip or wl-clipboard, or " if sys.platform.startswith("linux") else ""
        raise SeedblockError(f"no clipboard here: {install}print the snippet without --copy") from error
    if not copied:
        raise SeedblockError("the clipboard did not take the text: print it without --copy")


def add_render(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--out", metavar="DIR", default=SNIPPETS_FOLDER, help=f"the folder to write into (default: {SNIPPETS_FOLDER})"
    )
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that differ")
    command.add_argument("--diff", action="store_true", help="write nothing; exit 1 and print the lines that differ")
    command.add_argument(
        "--force", action="store_true", help="replace files of other origin too; keep each under another name"
    )
    add_only(command)
    add_set(command)


def render(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from seedblock.rendering import sources
    from seedblock.rendering.product import render_catalog
    from seedblock.writing.folder import report, write_out

    problems = [] if arguments.out else ["--out takes a folder, got ''"]
    names = {entry.abbreviation for entry in selected(CATALOG, arguments.only, problems)}
    entries = with_settings(CATALOG, arguments.settings, problems)
    rendered = render_catalog([entry for entry in entries if entry.abbreviation in names])
    known = render_catalog(entries) if arguments.only else rendered
    out = Path(arguments.out)
    contents = {file.path: file.text.encode() for file in rendered}
    if arguments.check or arguments.diff:
        return _compare(arguments, out, contents, {out / file.path for file in known})
    # In a checkout, what lies in snippets/ is rendered from the templates beside it, by whomever.
    own = out.resolve() == sources.find_templates().resolve().parent / SNIPPETS_FOLDER
    code = report(write_out(out, contents, arguments.force, all_ours=own), out)
    _tell_strays({out / file.path for file in known})
    return code


def _compare(arguments: argparse.Namespace, out: "Path", contents: "Mapping[str, bytes]", known: "set[Path]") -> int:
    from seedblock.rendering import stale

    changes = stale.compare({out / name: content for name, content in contents.items()})
    for change in changes:
        if arguments.check:
            say(f"{'missing' if change.old is None else 'stale'}: {one_line(change.path.as_posix())}\n")
        if arguments.diff:
            say("".join(stale.diff(change)))
    strays = _tell_strays(known)
    if changes:
        complain(f"run `{_remedy(arguments)}` to update")
    if strays:
        complain("remove what is not rendered from any template")
    if not changes and not strays:
        say(f"current: {len(contents)} files in {one_line(out.as_posix())}\n")
    return NO if changes or strays else DONE


def _tell_strays(known: "set[Path]") -> bool:
    from seedblock.rendering import stale

    strays = stale.beside(known)
    for stray in strays:
        say(f"not rendered from any template: {one_line(stray.as_posix())}\n")
    return bool(strays)


def _remedy(arguments: argparse.Namespace) -> str:
    import shlex

    out = [] if arguments.out == SNIPPETS_FOLDER else ["--out", arguments.out]
    only = [word for name in arguments.only for word in ("--only", name)]
    settings = [word for setting in arguments.settings for word in ("--set", setting)]
    return shlex.join([*RENDER_COMMAND.split(), *out, *only, *settings])


COMMANDS = {
    "list": (lambda command: None, list_snippets),
    "show": (add_show, show),
    "render": (add_render, render),
}
