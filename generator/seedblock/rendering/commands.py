"""The commands list, show and render, with their arguments."""

import argparse
import sys
from typing import TYPE_CHECKING

from seedblock.errors import DONE, NO, SeedblockError, UsageError, unknown
from seedblock.rendering.catalog import CATALOG
from seedblock.rendering.settings import add_set, with_settings
from seedblock.rendering.targets import NAMES as TARGETS
from seedblock.terminal import complain, say

if TYPE_CHECKING:
    from seedblock.files import Change

RENDER_COMMAND = "seedblock render"
SNIPPETS_FOLDER = "snippets"


def list_snippets(arguments: argparse.Namespace) -> int:
    width = max(len(entry.abbreviation) for entry in CATALOG)
    for entry in CATALOG:
        say(f"{entry.abbreviation:{width}}  {entry.description}\n")
        for field in entry.fields:
            say(f"{'':{width}}  {field.name}={field.default}: {field.description}, {field.kind}\n")
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
    add_set(command)


def render(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from seedblock import files
    from seedblock.rendering import sources
    from seedblock.rendering.render import render_all

    entries = with_settings(CATALOG, arguments.settings, [])
    rendered = render_all(entries, sources.read_templates(sources.find_templates()))
    if not arguments.out:
        raise UsageError("--out takes a folder, got ''")
    out = Path(arguments.out)
    new = {out / file.path: file.text.encode() for file in rendered}
    dry = arguments.check or arguments.diff
    changes = files.compare(new) if dry else files.write(new)
    strays = files.beside(new)
    for change in changes:
        if arguments.check or not arguments.diff:
            say(f"{_verdict(change, dry)}: {change.path.as_posix()}\n")
        if arguments.diff:
            say("".join(files.diff(change)))
    for stray in strays:
        say(f"not rendered from any template: {stray.as_posix()}\n")
    if not changes and not strays:
        say(f"current: {len(rendered)} files in {out.as_posix()}\n")
    if dry and changes:
        complain(f"run `{_remedy(arguments)}` to update")
    if dry and strays:
        complain("remove what is not rendered from any template")
    return NO if dry and (changes or strays) else DONE


def _verdict(change: "Change", dry: bool) -> str:
    if change.old is None:
        return "missing" if dry else "new"
    return "stale" if dry else "changed"


def _remedy(arguments: argparse.Namespace) -> str:
    import shlex

    out = [] if arguments.out == SNIPPETS_FOLDER else ["--out", arguments.out]
    settings = [word for setting in arguments.settings for word in ("--set", setting)]
    return shlex.join([*RENDER_COMMAND.split(), *out, *settings])


COMMANDS = {
    "list": (lambda command: None, list_snippets),
    "show": (add_show, show),
    "render": (add_render, render),
}
