"""How arguments become an exit code."""

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from seedblock.errors import DONE, ERROR, UsageError, unknown
from seedblock.parser import COMMANDS, build_parser
from seedblock.problems import problems_of
from seedblock.signals import Stopped, end_by, ignore, listen
from seedblock.terminal import complain, hurry, prepare_streams, say


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
    parser = build_parser([] if called is None else [called])
    if not argv:
        parser.print_help(sys.stderr)
        return ERROR
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:  # argparse has printed help or an error
        return int(stop.code or DONE)
    code: int = arguments.run(arguments)
    return code
