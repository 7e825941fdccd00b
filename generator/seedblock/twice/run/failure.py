"""How a failed run is reported: its exit code, and the last lines of its output."""

import os

from seedblock.twice.run.data import RunEnd
from seedblock.twice.run.process import Run
from seedblock.twice.tape import gate
from seedblock.twice.tape.lines import TapeError

MAX_LINES, MAX_BYTES = 40, 100_000  # of the output


def failure(run: Run, name: str, end: RunEnd, seen: bool) -> str:
    """Say how a run failed, with the last lines of its output unless they were shown."""
    assert end.code is not None
    how = f"was ended by signal {-end.code}" if end.code < 0 else f"ended with exit code {end.code}"
    last = last_lines(run)
    hint = ""
    if "EOFError" in last:
        hint = ": it reads standard input; only run 1 gets the terminal, but a file reaches both: try `< FILE`"
    shown = "" if seen else f"; its last lines of output are:\n{last}"
    return f"{name} {how} after {end.steps} steps{hint}{shown}"


def last_lines(run: Run) -> str:
    """Return them; "" if the script has put something else in the place of its output."""
    try:
        with gate.opened(run.output) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - MAX_BYTES))
            lines = file.read(MAX_BYTES).decode("utf-8", "replace").splitlines()
    except TapeError:
        return ""
    return "\n".join(lines[-MAX_LINES:])
