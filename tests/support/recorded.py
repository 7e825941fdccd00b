"""Run a script twice with the recorder and compare, as `twice` does, in forks of a process that has imported torch."""

import hashlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from seedblock.twice.compare.comparison import Comparison
from seedblock.twice.compare.result import Result
from seedblock.twice.explain.cause import explain
from seedblock.twice.explain.control import decide, open_parts
from seedblock.twice.explain.parts import Known
from seedblock.twice.files.comparing import compare_files
from seedblock.twice.files.folder import Watched, seen
from seedblock.twice.files.keeping import keep
from seedblock.twice.tape.reader import TapeReader, tape_files
from seedblock.twice.verdict import Files, Verdict
from tests.support.forked import perturb, run_to_its_end
from tests.support.processes import ROOT

MAX_SCRIPT_S = 120
RECORDER = ROOT / "generator/seedblock/twice/recorder"


class Job(NamedTuple):
    """A script; `every` is `--every`."""

    code: str
    every: int = 0
    recorded: bool = True


class Outcome(NamedTuple):
    """What each run gave to `truth` and printed, how it ended, and the verdict."""

    verdict: Verdict | None
    truths: tuple[str, str]
    printed: tuple[bytes, bytes]
    exits: tuple[int, int]


def outcomes(jobs: Sequence[Job]) -> list[Outcome]:
    """Run each script twice and compare. Called in a process that has imported torch."""
    return [outcome(job) for job in jobs]


def outcome(job: Job) -> Outcome:
    folder = Path(tempfile.mkdtemp())  # not TemporaryDirectory: a fork's exit would remove it
    try:
        (folder / "work").mkdir()
        (folder / "work/train.py").write_text(job.code, encoding="utf-8")
        shutil.copytree(folder / "work", folder / "fresh")
        watched = Watched(folder / "work")
        before = seen(watched)
        exits = (run_forked(job, folder, 0),)
        kept = keep(watched, before, folder)
        before = seen(watched)
        written = tuple(sorted(path.name for path in (folder / "work").iterdir() if path.name != "train.py"))
        exits = (*exits, run_forked(job, folder, 1))
        printed = tuple((folder / f"output{number}").read_bytes() for number in (0, 1))
        truths = tuple((folder / f"truth{number}").read_text(encoding="utf-8") for number in (0, 1))
        verdict = None
        if job.recorded:
            result = compared(folder, 0, 1)
            result = result.with_files(compare_files(kept, watched, before, result.pids))
            verdict = explain(result, exits, Files(written))
            if open_parts(verdict):
                verdict = decide(verdict, control(job, folder))
        return Outcome(verdict, truths, printed, exits)  # type: ignore[arg-type]
    finally:
        shutil.rmtree(folder)


def control(job: Job, folder: Path) -> Verdict:
    """Run the script twice more, with a clock that only counts, each time in the folder as it was."""
    exits: list[int] = []
    watched, kept = Watched(folder / "work"), None
    os.environ["SEEDBLOCK_CLOCK"] = "1"
    try:
        for number in (2, 3):
            shutil.rmtree(folder / "work")
            shutil.copytree(folder / "fresh", folder / "work")
            before = seen(watched)
            exits.append(run_forked(job, folder, number))
            kept = kept or keep(watched, before, folder)
    finally:
        del os.environ["SEEDBLOCK_CLOCK"]
    result = compared(folder, 2, 3)
    assert kept is not None
    result = result.with_files(compare_files(kept, watched, before, result.pids))
    return explain(result, (exits[0], exits[1]), None, Known(clock=True))


def compared(folder: Path, one: int, two: int) -> Result:
    comparison = Comparison(tape_files(folder / f"tape{one}"))
    reader = TapeReader(folder / f"tape{two}")
    while new := reader.more(50):
        comparison.feed(new)
    with (folder / f"output{one}").open("rb") as left, (folder / f"output{two}").open("rb") as right:
        return comparison.finish((left, right))


def note(path: Path, items: Sequence[Any]) -> None:
    """Append a digest of the bytes of tensors and the repr of anything else."""
    parts = (item.detach().numpy().tobytes() if hasattr(item, "detach") else repr(item).encode() for item in items)
    with path.open("a", encoding="utf-8") as file:
        file.write(hashlib.sha256(b"".join(parts)).hexdigest() + "\n")


def run_forked(job: Job, folder: Path, number: int) -> int:
    """Run the script in a fork, with random streams in a state that no other run has; return its exit code."""
    (folder / f"tape{number}").mkdir()
    (folder / f"truth{number}").touch()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _run(job, folder, number)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(job: Job, folder: Path, number: int) -> int:
    output = os.open(folder / f"output{number}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1), os.dup2(output, 2)
    os.chdir(folder / "work")
    signal.alarm(MAX_SCRIPT_S)
    perturb()
    sys.argv = ["train.py"]
    if job.recorded:
        for variable in ("SEEDBLOCK_MAIN", "SEEDBLOCK_PROCESS", "RANK"):
            os.environ.pop(variable, None)
        os.environ.update(SEEDBLOCK_TAPE=str(folder / f"tape{number}"), SEEDBLOCK_EVERY=str(job.every))
        sys.path.insert(0, str(RECORDER))
        import seedblock_record

        seedblock_record.start()
    main = sys.modules["__main__"] = ModuleType("__main__")
    main.truth = lambda *items: note(folder / f"truth{number}", items)  # type: ignore[attr-defined]
    return run_to_its_end(job.code, folder / "work/train.py", vars(main))
