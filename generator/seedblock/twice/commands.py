"""The commands twice, record and compare."""

import argparse
import contextlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seedblock import signals
from seedblock.errors import DONE, SeedblockError, UsageError, described
from seedblock.problems import problems_of
from seedblock.terminal import remark, say
from seedblock.twice.arguments import add_compare, add_record, add_twice
from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.compare.result import Result
from seedblock.twice.experiment import check
from seedblock.twice.experiment.control_pair import CLOCK_PART
from seedblock.twice.experiment.setup import Wanted
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.control import open_parts
from seedblock.twice.explain.parts import Known
from seedblock.twice.explain.snippets import snippet_for
from seedblock.twice.files.folder import ignored
from seedblock.twice.report import words
from seedblock.twice.run import follow, interpreter
from seedblock.twice.run.call import Call, parse_command
from seedblock.twice.run.data import Display, Options, RunError
from seedblock.twice.run.failure import failure
from seedblock.twice.run.places import Where
from seedblock.twice.run.process import CLOCK, Run
from seedblock.twice.run.standard_input import Input
from seedblock.twice.run.varying import replaced, vary
from seedblock.twice.tape import gate
from seedblock.twice.tape.folder import OUTPUT_FILE, RUN_FILE, is_tape, keep_tape, read_run_file
from seedblock.twice.tape.reader import TapeReader, tape_files
from seedblock.twice.verdict import DIFFERS, FAILED, IDENTICAL, UNDECIDED, Verdict
from seedblock.writing import disk
from seedblock.writing.plan import FILE, FOLDER, LINK, NOTHING
from seedblock.writing.scratch import scratch

ANSWER_COLOURS = {IDENTICAL: "green", DIFFERS: "red", UNDECIDED: "yellow", words.NOTHING: "yellow"}

RECORD_WITH_CLOCK = "record both with --clock, and only real differences are left"

Runs = Sequence[Mapping[str, Any]]  # what run.json says of each run


def twice(arguments: argparse.Namespace) -> int:
    with contextlib.ExitStack() as until_told:
        with _problems_as_json(arguments.json):
            report = _report(arguments)
            call = _call(arguments)
            calls = vary((call, call), arguments.vary)
            for words in replaced(call, calls):
                remark(words)
            options = _options(arguments)._replace(keep_going=arguments.keep_going or report is not None)
            folder = until_told.enter_context(scratch())
            where = Where(Path.cwd(), folder, arguments.fresh, arguments.other_folder)
            checked = check.run_and_compare(calls, options, where, _wanted(arguments, report))
            if checked.verdict.difference is not None and checked.verdict.difference.layer == FAILED:
                remark(failure(checked.runs[1], "run 2", checked.ends[1], seen=not options.quiet))
            runs = [read_run_file(run.tape) for run in checked.runs]
        return _tell(arguments, checked.verdict, checked.result, runs, report)


@contextlib.contextmanager
def _problems_as_json(wanted: bool) -> Iterator[None]:
    """If JSON is wanted, print an error in place of the verdict."""
    try:
        yield
    except Exception as error:
        if wanted:
            with contextlib.suppress(OSError):  # the error itself is reported
                say(words.failed_as_json(problems_of(error)), flush=True)
        raise


def record(arguments: argparse.Namespace) -> int:
    place = Path(os.path.abspath(arguments.out))  # noqa: PTH100 - a link's own place
    _raise(disk.objection(place, is_tape, arguments.force) if arguments.out else "--out takes a folder, got ''")
    call, options = _call(arguments), _options(arguments)
    with scratch(beside=place) as folder:
        (tape := folder / "tape").mkdir()
        run = Run(call.command, {**call.variables, **(CLOCK if arguments.clock else {})}, Path.cwd(), tape)
        streams = follow.streams(options.quiet, both_to_error=False)
        try:
            end = follow.follow(run, options, Display("the run", streams=streams, alone=True), Input.ours().alone())
        except (SeedblockError, signals.Stopped) as error:
            if isinstance(error, RunError) or any(tape.glob("*.jsonl")):  # it has begun
                _keep(tape, place)
            raise
        if end.code != 0 and not end.asked:
            remark(failure(run, "the run", end, seen=not options.quiet))
        kept = _keep(tape, place)
    if kept:
        stopped = f", stopped by {signals.name_of(end.asked[0])}" if end.asked and end.code != 0 else ""
        remark(f"{arguments.out}: {end.batches} batches, {end.steps} steps{stopped}")
    return end.code or DONE


def _keep(tape: Path, place: Path) -> bool:
    """Move a finished tape to its place. If that fails, it is only said: the command ends as the script did."""
    try:
        _tell_backup(place, keep_tape(tape, place))
    except OSError as error:
        remark(f"the tape {str(place)!r} could not be kept: {error.strerror or error}")
        return False
    return True


def _tell_backup(place: Path, backup: Path | None) -> None:
    if backup is not None:
        remark(f"what was at {str(place)!r} is kept as {str(backup)!r}")


def compare(arguments: argparse.Namespace) -> int:
    with _problems_as_json(arguments.json):
        report = _report(arguments)
        paths = [Path(name) for name in arguments.tapes]
        _raise(*(_not_a_tape(path) for path in paths))
        runs = [read_run_file(path) for path in paths]
        verdict, result = _compared(paths, runs, _ignored_parts(arguments), _ignored_files(arguments))
    return _tell(arguments, verdict, result, runs, report)


def _compared(
    paths: Sequence[Path], runs: Runs, parts: Collection[str], patterns: Sequence[str]
) -> tuple[Verdict, Result]:
    cut = [run["exit"] is None or bool(run["stopped"]) for run in runs]
    first, _ = [tape_files(path) for path in paths]  # of both: it checks how many there are
    comparison = Comparison(first)
    reader = TapeReader(paths[1])
    while lines := reader.more():
        comparison.feed(lines)
    one, two = (gate.opened_output(path / OUTPUT_FILE) for path in paths)
    with one, two:
        result = comparison.finish((one, two), (cut[0], cut[1])).without_saved(ignored(patterns))
    clock = all(CLOCK.items() <= dict(run["variables"]).items() for run in runs)
    clock = clock and not any(part.startswith(CLOCK_PART) for part in result.coverage.missed)
    known = Known(clock, parts, (cut[0], cut[1]))
    verdict = explain(result, (runs[0]["exit"], runs[1]["exit"]), known=known)
    not_whole = tuple(
        f"{path} was not recorded to its end: {run['stopped'] or f'{RUN_FILE} has no exit code'}"
        for path, run, without_end in zip(paths, runs, cut, strict=True)
        if without_end
    )
    advice = (RECORD_WITH_CLOCK,) if open_parts(verdict) and not clock and not any(cut) else ()
    return verdict._replace(remarks=(*verdict.remarks, *advice, *dict.fromkeys(not_whole))), result


def _not_a_tape(path: Path) -> str | None:
    kind = disk.standing(path)
    if kind == LINK and path.is_dir():
        kind = FOLDER
    if kind == FOLDER and os.path.lexists(path / RUN_FILE):
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


def _wanted(arguments: argparse.Namespace, report: Path | None) -> Wanted:
    return Wanted(
        _ignored_parts(arguments),
        _ignored_files(arguments),
        tuple((name, Path(os.path.abspath(name))) for name in arguments.files),  # noqa: PTH100 - a link's own place
        () if report is None else (report,),
        arguments.clock,
        arguments.keep_order,
    )


def _ignored_parts(arguments: argparse.Namespace) -> Collection[str]:
    return frozenset(part for part, pattern in arguments.ignore if not pattern)


def _ignored_files(arguments: argparse.Namespace) -> Sequence[str]:
    return tuple(pattern for _, pattern in arguments.ignore if pattern)


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
    try:
        if arguments.json:
            say(words.as_json(verdict, runs, None if report is None else str(report)), flush=True)
        else:
            say(f"{words.headline(verdict)}\n", colour=ANSWER_COLOURS[words.answer(verdict)])
            say(
                "".join(f"{line}\n" for line in words.details(verdict, words.differing_line(verdict, result.printed))),
                flush=True,
            )
    finally:  # where the verdict cannot be printed, the page still tells it
        if report is not None:
            _write_page(verdict, result, runs, report)
    return words.exit_code(verdict)


def _write_page(verdict: Verdict, result: Result, runs: Runs, report: Path) -> None:
    from seedblock.twice.report.page_file import keep_page

    try:
        _tell_backup(report, keep_page(_page(verdict, result, runs), report))
    except OSError as error:
        remark(f"the page {str(report)!r} could not be written: {error.strerror or error}")
    except Exception as error:  # noqa: BLE001 - the verdict is out, and holds without a page
        remark(
            f"the page {str(report)!r} was not made: internal error in seedblock, please report it: {described(error)}"
        )


def _page(verdict: Verdict, result: Result, runs: Runs) -> str:
    from seedblock.twice.report.differences import file_rows
    from seedblock.twice.report.page import Shown, page
    from seedblock.twice.report.user_lines import read_user_lines, sources

    name = snippet_for(verdict.difference.remedy) if verdict.difference else None
    code = None if name is None else (name, _snippet(name))
    return page(
        verdict,
        result,
        Shown(runs, read_user_lines(verdict, Path.cwd(), sources(result)), code, file_rows(result.files)),
    )


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
