"""Gives the two runs of --vary their own values. Pure."""

import re
from collections.abc import Sequence

from seedblock.errors import UsageError
from seedblock.twice.run.call import DRIVER, Call


def vary(calls: Sequence[Call], options: Sequence[str]) -> list[Call]:
    """Give each of the two calls its own value of every NAME=A,B. A NAME in capitals is an environment variable.

    Raises UsageError that names every malformed option.
    """
    made, problems = list(calls), []
    names = [option.partition("=")[0] for option in options]
    for name, option in zip(names, options, strict=True):
        values = option.partition("=")[2]
        twice = names.count(name) > 1
        problem = (
            f"--vary takes each NAME once, got {option!r}"
            if twice
            else _problem(calls[0].command, name, values, option)
        )
        if problem is None:
            made = [_with_value(call, name, value) for call, value in zip(made, values.split(","), strict=True)]
        else:
            problems.append(problem)
    if problems:
        raise UsageError(*problems)
    return made


def replaced(call: Call, made: Sequence[Call]) -> list[str]:
    """Say which words of the command have other values in the two runs: the word behind a bare flag is none of its."""
    words = zip(call.command, *(one.command for one in made), strict=False)
    return [
        f"--vary: {old!r} is {one!r} in run 1 and {two!r} in run 2"
        for old, one, two in words
        if old != one or old != two
    ]


def _problem(command: Sequence[str], name: str, values: str, option: str) -> str | None:
    if values.count(",") != 1 or not name:
        return f"--vary takes NAME=A,B, got {option!r}"
    if name.isupper():
        return None
    if str(DRIVER) in command:
        return f"a notebook takes no arguments, got --vary {option!r}: name a variable in capitals"
    places = [index for index, word in enumerate(command) if word.partition("=")[0] == f"--{name}"]
    if len(places) > 1:  # most scripts heed the last one only, so a change of the first would test nothing
        return f"--vary {option!r} cannot tell which --{name} it means: the command has {len(places)}, so leave one"
    if not places or "=" in command[places[0]] or _is_value(*command[places[0] + 1 :][:1]):
        return None
    return (
        f"--vary {option!r} replaces the value of --{name}, which has none in the command: let the script take"
        f" --{name} VALUE, or read an environment variable: --vary {name.upper().replace('-', '_')}={values}"
    )


def _is_value(word: str = "-") -> bool:
    return not word.startswith("-") or re.match(r"-\.?\d", word) is not None


def _with_value(call: Call, name: str, value: str) -> Call:
    if name.isupper():
        return call._replace(variables={**call.variables, name: value})
    return call._replace(command=_with_argument(call.command, name, value))


def _with_argument(command: tuple[str, ...], name: str, value: str) -> tuple[str, ...]:
    """Set --NAME to the value, in place if the command has that option, else at the end."""
    option = f"--{name}"
    if option in command:
        index = command.index(option) + 1
        return (*command[:index], value, *command[index + 1 :])
    if any(word.startswith(f"{option}=") for word in command):
        return tuple(f"{option}={value}" if word.startswith(f"{option}=") else word for word in command)
    return (*command, option, value)
