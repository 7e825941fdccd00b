"""The commands twice, record and compare, with their arguments."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from seedblock.errors import DONE, NO, SeedblockError, UsageError
from seedblock.terminal import say
from seedblock.twice import runs
from seedblock.twice.compare import (
    HASH,
    OUTPUT,
    PROCESSES,
    REMEDIES,
    Difference,
    environment_differences,
    first_difference,
    stream_difference,
    warnings,
)
from seedblock.twice.runs import Run, Running
from seedblock.twice.tape import Tape

POLL_S = 0.2
SHOWN_LINES = 40  # of a failing script's output


class RunError(SeedblockError):
    """A run that did not end as it should."""


def add_twice(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--vary",
        metavar="NAME=A,B",
        action="append",
        default=[],
        help="give run 1 --NAME A and run 2 --NAME B; a NAME in capitals is an environment variable",
    )
    command.add_argument("--other-folder", action="store_true", help="let run 2 work in an empty folder")
    command.add_argument("--keep-going", action="store_true", help="let run 2 go on after the first difference")
    _add_run(command)
    _add_report(command)


def add_record(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", metavar="A.jsonl", required=True, help="the tape to write")
    _add_run(command)


def add_compare(command: argparse.ArgumentParser) -> None:
    command.add_argument("tapes", metavar="TAPE", nargs=2, help="what `record` wrote")
    _add_report(command)


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--every", metavar="N", type=int, default=0, help="digest each parameter every N steps")
    command.add_argument("--timeout", metavar="S", type=float, help="end a run after this many seconds")
    command.add_argument("--python", metavar="PATH", help="the interpreter (default: this one)")
    command.add_argument("command_line", metavar="-- SCRIPT ...", nargs=argparse.REMAINDER, help="what to run")


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("--report", metavar="FILE", help="write an HTML page with both loss curves")


def twice(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        first, second, again = _plan(arguments, Path(scratch))
        _finish(first, arguments, "run 1", None)
        tapes = runs.tapes_of(first.tape)
        found = _finish(second, arguments, "run 2", None if arguments.keep_going else tapes)
        others = runs.tapes_of(second.tape)
        found = found or _compare_runs(first, second)
        if found is not None and again is not None:
            # The third run has the first one's hash seed: if it repeats, the hashes alone made the second differ.
            other = _finish(again, arguments, "run 3", tapes)
            if other is None and _compare_runs(first, again) is None:
                what = f"only with another PYTHONHASHSEED; {found.layer}: {found.what}"
                found = Difference(HASH, found.place, what, REMEDIES[HASH])
        notes = _notes(tapes, others, found)
        return _tell(arguments, tapes, others, found, notes)


def record(arguments: argparse.Namespace) -> int:
    path = Path(arguments.out)
    if path.suffix != ".jsonl" or not path.parent.is_dir():
        raise UsageError(f"--out takes a file NAME.jsonl in a folder that is there, got {arguments.out!r}")
    command = runs.command_of(_words(arguments), arguments.python or sys.executable)
    for old in (path, *path.parent.glob(f"{path.stem}.*.jsonl")):
        old.unlink(missing_ok=True)
    run = Run(command, {}, Path.cwd(), path.absolute().with_suffix(""))
    _finish(run, arguments, "run", None)
    for name, tape in runs.tapes_of(run.tape).items():
        say(f"{path.with_suffix('')}{name}.jsonl: {tape.batches} batches, {tape.steps} steps\n")
    return DONE


def compare(arguments: argparse.Namespace) -> int:
    paths = [Path(name) for name in arguments.tapes]
    missing = [f"no tape {str(path)!r}" for path in paths if not path.is_file()]
    if missing:
        raise UsageError(*missing)
    tapes, others = (runs.tapes_of(path.with_suffix("")) for path in paths)
    arguments.command_line = arguments.tapes
    found = _compare(tapes, others)
    notes = _notes(tapes, others, found)
    for path, tape in zip(paths, (tapes[""], others[""]), strict=True):
        if not tape.is_over:
            notes.append(f"{path} ends before its run did: killed, or still at work")
    return _tell(arguments, tapes, others, found, notes)


def _plan(arguments: argparse.Namespace, scratch: Path) -> tuple[Run, Run, Run | None]:
    command = runs.command_of(_words(arguments), arguments.python or sys.executable)
    commands: list[tuple[str, ...]] = [command, command]
    variables: list[dict[str, str]] = [{}, {}]
    for vary in arguments.vary:
        name, equals, values = vary.partition("=")
        if not equals or values.count(",") != 1 or not name:
            raise UsageError(f"--vary takes NAME=FIRST,SECOND, got {vary!r}")
        for number, value in enumerate(values.split(",")):
            if name.isupper():
                variables[number][name] = value
            else:
                commands[number] = _with_argument(commands[number], name, value)
    hashed = "PYTHONHASHSEED" not in os.environ and not any("PYTHONHASHSEED" in found for found in variables)
    if hashed:
        variables = [{**found, "PYTHONHASHSEED": str(number)} for number, found in enumerate(variables, start=1)]
    folders = [Path.cwd(), Path.cwd()]
    if arguments.other_folder:
        folders[1] = scratch / "folder"
        folders[1].mkdir()
        commands[1] = tuple(str(Path(word).absolute()) if Path(word).exists() else word for word in commands[1])
    first, second = (Run(commands[n], variables[n], folders[n], scratch / f"run{n + 1}") for n in (0, 1))
    again = second._replace(variables={**variables[1], "PYTHONHASHSEED": "1"}, tape=scratch / "run3")
    return first, second, again if hashed else None


def _words(arguments: argparse.Namespace) -> list[str]:
    words: list[str] = arguments.command_line
    return words[1:] if words[:1] == ["--"] else words


def _with_argument(command: tuple[str, ...], name: str, value: str) -> tuple[str, ...]:
    """Set --NAME to the value where the command has it, or else add it."""
    option = f"--{name}"
    if option in command:
        place = command.index(option) + 1
        return (*command[:place], value, *command[place + 1 :])
    if any(word.startswith(f"{option}=") for word in command):
        return tuple(f"{option}={value}" if word.startswith(f"{option}=") else word for word in command)
    return (*command, option, value)


def _finish(
    run: Run, arguments: argparse.Namespace, name: str, against: Mapping[str, Tape] | None
) -> Difference | None:
    """Let a run come to its end, or to its first difference from `against`. Raises RunError if it fails."""
    running = runs.start(run, arguments.every)
    found: Difference | None = None
    try:
        while not running.is_over() and found is None:
            time.sleep(POLL_S)
            tapes = runs.tapes_of(run.tape)
            if against is not None:
                found = _compare(against, tapes, whole=False)
            _show_progress(name, tapes, against, found)
            if arguments.timeout is not None and running.seconds() > arguments.timeout:
                raise RunError(f"{name} took longer than {arguments.timeout} s: raise --timeout or shorten the run")
    finally:
        runs.stop(running)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
    if found is None and running.process.returncode != 0:
        raise RunError(_failure(running, name))
    return found


def _failure(running: Running, name: str) -> str:
    code = running.process.returncode
    lines = running.output.read_bytes()[-100_000:].decode("utf-8", "replace").splitlines()
    shown = "\n".join(lines[-SHOWN_LINES:])
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    steps = sum(tape.steps for tape in runs.tapes_of(running.run.tape).values())
    return f"{name} {how} after {steps} steps; the script's last lines are:\n{shown}"


def _show_progress(
    name: str, tapes: Mapping[str, Tape], against: Mapping[str, Tape] | None, found: Difference | None
) -> None:
    """Keep one line of the terminal current: how far this run is, of how much, and how it compares so far."""
    if not sys.stderr.isatty():
        return
    steps = max((tape.steps for tape in tapes.values()), default=0)
    batches = max((tape.batches for tape in tapes.values()), default=0)
    total = "" if against is None else f" of {max((tape.steps for tape in against.values()), default=0)}"
    state = "" if against is None else ", identical so far" if found is None else f", {found.layer} differ"
    print(f"\r\033[K{name}: {batches} batches, {steps}{total} steps{state}", end="", file=sys.stderr, flush=True)


def _compare(tapes: Mapping[str, Tape], others: Mapping[str, Tape], whole: bool = True) -> Difference | None:
    """Compare the tapes of two runs, process by process. Under torchrun the ranks count, not what starts them."""
    ranked = any(name.startswith(".rank") for name in tapes)
    names = {name for name in (tapes.keys() | others.keys()) if name or not ranked}
    lone = names - (tapes.keys() & others.keys())
    if whole and lone:
        return Difference(PROCESSES, "at the start", f"only one run has {', '.join(sorted(lone))}", REMEDIES[PROCESSES])
    for name in sorted(names - lone):
        found = first_difference(tapes[name], others[name], whole)
        if found is not None:
            return found if not name else found._replace(place=f"{found.place} of {name.removeprefix('.')}")
    return None


def _compare_runs(first: Run, second: Run) -> Difference | None:
    """Compare what two runs have recorded; where that is neither a batch nor a step, what they have printed."""
    tapes, others = runs.tapes_of(first.tape), runs.tapes_of(second.tape)
    found = _compare(tapes, others)
    if found is not None or any(tape.batches or tape.steps for tape in tapes.values()):
        return found
    texts = [runs.output_of(run).read_bytes() for run in (first, second)]
    if texts[0] == texts[1]:
        return None
    lines = [text.split(b"\n") for text in texts]
    pairs = zip(*lines, strict=False)
    number = next((n for n, (one, two) in enumerate(pairs, start=1) if one != two), min(map(len, lines)))
    shown = " and ".join(
        repr(text[number - 1].decode("utf-8", "replace")[:60]) for text in lines if len(text) >= number
    )
    return Difference(OUTPUT, f"in line {number} of what was printed", shown, REMEDIES[OUTPUT])


def _notes(tapes: Mapping[str, Tape], others: Mapping[str, Tape], found: Difference | None) -> list[str]:
    notes = [f"warning: {warning}" for warning in warnings(tapes)]
    one, two = (next(iter(sorted(run.items())))[1] if run else None for run in (tapes, others))
    if one is not None and two is not None:
        notes += [f"environment differs: {line}" for line in environment_differences(one, two)]
        unused = stream_difference(one, two) if found is None else None
        if unused is not None:
            notes.append(f"{unused.what} {unused.place}, and nothing recorded depends on them")
    return notes


def _tell(
    arguments: argparse.Namespace,
    tapes: Mapping[str, Tape],
    others: Mapping[str, Tape],
    found: Difference | None,
    notes: Sequence[str],
) -> int:
    steps, batches = (sum(getattr(tape, name) for tape in tapes.values()) for name in ("steps", "batches"))
    if found is None:
        say(f"identical: {batches} batches, {steps} steps\n")
    else:
        say(f"differs: {found.layer}, first {found.place}\n  {found.what}\n  what helps: {found.remedy}\n")
    for note in notes:
        say(f"{note}\n")
    if arguments.report is not None:
        from seedblock.twice.report import page

        shown = max(tapes, key=lambda name: tapes[name].steps, default="")
        pair = [run.get(shown, Tape({}, ())) for run in (tapes, others)]
        Path(arguments.report).write_text(page(arguments.command_line, pair, found, notes), encoding="utf-8")
        say(f"report: {arguments.report}\n")
    return DONE if found is None else NO


COMMANDS = {
    "twice": (add_twice, twice),
    "record": (add_record, record),
    "compare": (add_compare, compare),
}
