"""How a failed run is reported: its exit code, and the last lines of its output."""

from pathlib import Path

from seedblock.twice.run.follow import RunEnd
from seedblock.twice.run.process import Run
from seedblock.twice.tape.folder import OUTPUT_FILE

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
    with (run.tape / OUTPUT_FILE).open("rb") as file:
        file.seek(max(0, Path(file.name).stat().st_size - MAX_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-MAX_LINES:])
