"""The commands twice, record and compare."""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seedblock import signals
from seedblock.errors import DONE, SeedblockError, UsageError
from seedblock.terminal import remark, say
from seedblock.twice import experiment
from seedblock.twice.arguments import add_compare, add_record, add_twice
from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.compare.result import Result
from seedblock.twice.explain.cause import explain
from seedblock.twice.report import words
from seedblock.twice.run import follow, interpreter, work_folder
from seedblock.twice.run.call import Call, parse_command, vary
from seedblock.twice.run.failure import failure
from seedblock.twice.run.follow import Display, Options
from seedblock.twice.run.process import Run
from seedblock.twice.run.standard_input import Input
from seedblock.twice.tape.folder import OUTPUT_FILE, RUN_FILE, is_tape, keep_tape, read_run_file
from seedblock.twice.tape.reader import TapeReader, tape_files
from seedblock.twice.verdict import FAILED, Verdict
from seedblock.writing import disk
from seedblock.writing.plan import FILE, FOLDER, LINK, NOTHING

ANSWER_COLOURS = {words.IDENTICAL: "green", words.DIFFERS: "red", words.NOTHING: "yellow"}

Runs = Sequence[Mapping[str, Any]]  # what run.json says of each run


def twice(arguments: argparse.Namespace) -> int:
    report = _report(arguments)
    call = _call(arguments)
    calls = vary((call, call), arguments.vary)
    options = _options(arguments)._replace(keep_going=arguments.keep_going or report is not None)
    with signals.held(), work_folder.scratch() as scratch:
        where = experiment.Where(Path.cwd(), scratch, arguments.fresh, arguments.other_folder)
        try:
            checked = experiment.run_and_compare(calls, options, where)
        except SeedblockError as error:
            if arguments.json:
                say(words.failed_as_json(error.problems))
            raise
        if checked.verdict.difference is not None and checked.verdict.difference.layer == FAILED:
            remark(failure(checked.runs[1], "run 2", checked.ends[1], seen=not options.quiet))
        runs = [read_run_file(run.tape) for run in checked.runs]
        return _tell(arguments, checked.verdict, checked.result, runs, report)


def record(arguments: argparse.Namespace) -> int:
    place = Path(os.path.abspath(arguments.out))  # noqa: PTH100 - a link's own place
    _raise(disk.objection(place, is_tape, arguments.force) if arguments.out else "--out takes a folder, got ''")
    call, options = _call(arguments), _options(arguments)
    with signals.held(), work_folder.scratch(beside=place) as scratch:
        (tape := scratch / "tape").mkdir()
        run = Run(call.command, call.variables, Path.cwd(), tape)
        display = Display("the run", streams=follow.streams(options.quiet, both_to_error=False))
        try:
            end = follow.follow(run, options, display, Input.ours().give(alone=True))
        except follow.RunError:
            _keep(tape, place, arguments)
            raise
        failed = failure(run, "the run", end, seen=not options.quiet) if end.code != 0 else None
        _keep(tape, place, arguments)
    _raise(failed)
    return DONE


def _keep(tape: Path, place: Path, arguments: argparse.Namespace) -> None:
    reader = TapeReader(tape)
    while reader.more():
        signals.check()
    _tell_backup(place, keep_tape(tape, place))
    remark(f"{arguments.out}: {reader.batches} batches, {reader.steps} steps")


def _tell_backup(place: Path, backup: Path | None) -> None:
    if backup is not None:
        remark(f"what was at {str(place)!r} is kept as {str(backup)!r}")


def compare(arguments: argparse.Namespace) -> int:
    report = _report(arguments)
    paths = [Path(name) for name in arguments.tapes]
    _raise(*(_not_a_tape(path) for path in paths))
    runs = [read_run_file(path) for path in paths]
    comparison = Comparison(tape_files(paths[0]))
    reader = TapeReader(paths[1])
    while lines := reader.more():
        comparison.feed(lines)
    one, two = ((path / OUTPUT_FILE).read_bytes() for path in paths)
    result = comparison.finish((one, two))
    verdict = explain(result, (runs[0].get("exit"), runs[1].get("exit")))
    stopped = tuple(
        f"{path} was stopped before its end: {run['stopped']}"
        for path, run in zip(paths, runs, strict=True)
        if run.get("stopped")
    )
    return _tell(arguments, verdict._replace(remarks=(*verdict.remarks, *stopped)), result, runs, report)


def _not_a_tape(path: Path) -> str | None:
    kind = disk.standing(path)
    if kind == LINK and path.is_dir():
        kind = FOLDER
    if kind == FOLDER and (path / RUN_FILE).is_file():
        return None
    hint = " from an earlier seedblock: record it again" if path.suffix == ".jsonl" and kind == FILE else ""
    return f"{str(path)!r} is not a tape: it is {kind}{hint}" if kind != NOTHING else f"no tape at {str(path)!r}"


def _call(arguments: argparse.Namespace) -> Call:
    python = interpreter.choose(arguments.python, os.environ, Path.cwd())
    call = parse_command(arguments.command_line, python.path)
    if python.why is not None and python.path in call.command:
        remark(f"run with {python.path}, the Python {python.why}")
    return call


def _options(arguments: argparse.Namespace) -> Options:
    return Options(arguments.every, arguments.timeout, arguments.quiet)


def _report(arguments: argparse.Namespace) -> Path | None:
    if arguments.report is None:
        return None
    from seedblock.twice.report.page_file import is_page

    path = Path(os.path.abspath(arguments.report))  # noqa: PTH100 - a link's own place
    _raise(disk.objection(path, is_page, arguments.force) if arguments.report else "--report takes a file, got ''")
    return path


def _raise(*problems: str | None) -> None:
    if found := [problem for problem in problems if problem is not None]:
        raise UsageError(*found)


def _tell(arguments: argparse.Namespace, verdict: Verdict, result: Result, runs: Runs, report: Path | None) -> int:
    if report is not None:
        from seedblock.twice.report.page_file import keep_page

        _tell_backup(report, keep_page(_page(verdict, result, runs), report))
    if arguments.json:
        say(words.as_json(verdict, runs, None if report is None else str(report)))
    else:
        say(f"{words.headline(verdict)}\n", colour=ANSWER_COLOURS[words.answer(verdict)])
        for line in words.details(verdict):
            say(f"{line}\n")
    return words.exit_code(verdict)


def _page(verdict: Verdict, result: Result, runs: Runs) -> str:
    from seedblock.twice.report.code import SNIPPETS
    from seedblock.twice.report.page import Shown, page
    from seedblock.twice.report.user_lines import read_user_lines

    name = SNIPPETS.get(verdict.difference.layer) if verdict.difference else None
    code = None if name is None else (name, _snippet(name))
    return page(verdict, result, Shown(runs, read_user_lines(verdict, [Path.cwd(), Path.cwd().parent]), code))


def _snippet(name: str) -> str:
    from seedblock.rendering.catalog import CATALOG
    from seedblock.rendering.render import render_one
    from seedblock.rendering.sources import find_templates, read_templates

    entry = next(entry for entry in CATALOG if entry.abbreviation == name)
    return render_one(entry, read_templates(find_templates()), "python")


COMMANDS = {
    "twice": (add_twice, twice),
    "record": (add_record, record),
    "compare": (add_compare, compare),
}
