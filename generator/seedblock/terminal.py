"""The terminal: what is said on standard output and standard error, also when nobody reads it any more."""

import io
import os
import sys
from typing import TextIO


def prepare() -> None:
    """Print the same bytes on every system, also through a pipe and for a path that is no text."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")


def say(text: str, flush: bool = False) -> None:
    try:
        print(text, end="", flush=flush)
    except BrokenPipeError:  # the reader has all it wants, as in `seedblock show seed | head -1`
        discard(sys.stdout)


def complain(*problems: str) -> None:
    try:
        for problem in problems:
            print(f"seedblock: {problem}", file=sys.stderr)
    except BrokenPipeError:
        discard(sys.stderr)


def discard(stream: TextIO) -> None:
    """Let what is still in the buffer go nowhere: Python would complain of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
