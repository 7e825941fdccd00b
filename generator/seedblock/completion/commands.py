"""The command completion, with its arguments."""

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from seedblock.editors.known import EDITORS
from seedblock.errors import DONE, UsageError, unknown
from seedblock.parser import COMMANDS as ALL_COMMANDS
from seedblock.parser import build_parser
from seedblock.rendering.catalog import CATALOG, FILES
from seedblock.rendering.model import stem
from seedblock.rendering.targets import NAMES as TARGETS
from seedblock.terminal import say

SHELLS = ("bash", "zsh", "fish")

# What an argument takes. No parser has these as `choices`, because our own errors suggest the nearest name.
WORDS: Mapping[str, Iterable[str]] = {
    "editors": EDITORS,
    "ignore": ("output", "files"),
    "name": [entry.abbreviation for entry in CATALOG],
    "names": [stem(entry) for entry in FILES],
    "only": [entry.abbreviation for entry in CATALOG],
    "shell": SHELLS,
    "target": TARGETS,
}
FOLDERS = {"DIR", "TAPE"}
PATHS = {"FILE", "PATH", "-- SCRIPT ..."}

# What scripts of shtab lack (seen in 1.11 to 1.13), as a pattern and what replaces it.
MENDED = {
    # bash hands over --option=value as three words, the value of which would be completed as any other word.
    "bash": {r"^  COMPREPLY=\(\)$": '\\g<0>\n  [[ "$previous_word" != = && "$completing_word" != = ]] || return'},
    # zsh completes only the first of several words, and no --option=value.
    "zsh": {r'^  "\(\*\)::': '  "*:', r'^(  "\*?--[\w-]+)(\[[^]]*\]:)': r"\1=\2"},
}

# They ask for the script anew, so that it is never older than the command.
EPILOG = """\
To have it in every new shell, run one of these once. zsh needs its compinit
above the new line.
  echo 'eval "$(seedblock completion bash)"' >> ~/.bashrc
  echo 'eval "$(seedblock completion zsh)"' >> ~/.zshrc
  mkdir -p ~/.config/fish/completions && \\
  echo 'seedblock completion fish | source' \\
    > ~/.config/fish/completions/seedblock.fish
"""


def add_completion(command: argparse.ArgumentParser) -> None:
    command.description = "Print what makes your shell complete commands on Tab."
    command.formatter_class = partial(argparse.RawDescriptionHelpFormatter, width=80)
    command.epilog = f"{EPILOG}\n{command.epilog}"
    command.add_argument("shell", metavar="SHELL", nargs="?", help=f"one of {', '.join(SHELLS)}")


def completion(arguments: argparse.Namespace) -> int:
    if arguments.shell is None:
        raise UsageError(f"name a shell: {', '.join(SHELLS)}")
    if arguments.shell not in SHELLS:
        raise UsageError(unknown("shell", arguments.shell, SHELLS))
    say(script(arguments.shell))
    return DONE


def script(shell: str) -> str:
    """Write what completes every command, option and name in `shell`."""
    import shtab

    parser = build_parser(ALL_COMMANDS)
    for action in arguments_of(parser):
        if action.dest in WORDS:
            action.choices = list(WORDS[action.dest])
        elif action.metavar in FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.metavar in PATHS:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        if isinstance(action.nargs, int) and not action.option_strings:
            action.nargs = "*"
    text: str = shtab.complete(parser, shell)
    for pattern, mended in MENDED.get(shell, {}).items():
        text = re.sub(pattern, mended, text, flags=re.MULTILINE)
    return text.rstrip("\n") + "\n"


def arguments_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the arguments of all commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from command._actions


COMMANDS = {"completion": (add_completion, completion)}
