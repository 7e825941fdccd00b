"""Run small scripts under the recorder's clock that counts its calls, in forks of one process."""

import json
import multiprocessing
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.forked import run_all, run_to_its_end
from tests.support.processes import ROOT, environment

MAX_SCRIPT_S = 120
RECORDER = ROOT / "generator/seedblock/twice/recorder"


class Job(NamedTuple):
    """A script; the files of its folder; variables; `other`: another clock, other sizes and names."""

    code: str
    files: Sequence[str] = ()
    variables: Mapping[str, str] = {"SEEDBLOCK_CLOCK": "1"}
    other: bool = False


class Growing(int):
    """A step that grows with what has passed: even a ratio of two times is then another one."""

    def __radd__(self, passed: int) -> int:
        return passed + int(self) + passed // 40


class Ran(NamedTuple):
    """What a script printed, the lines of its tapes, and how it ended."""

    printed: str
    lines: list[dict[str, Any]]
    code: int


def run_jobs(jobs: Sequence[Job]) -> list[Ran]:
    """Run each script: with torch in forks of a process that has imported it, others in forks of one that is quick to fork."""
    large = [number for number, job in enumerate(jobs) if "torch" in job.code]
    small = [number for number in range(len(jobs)) if number not in large]
    done = subprocess.run(
        [sys.executable, "-m", __name__],
        input=pickle.dumps([tuple(jobs[number]) for number in small]),
        capture_output=True,
        cwd=ROOT,
        env=environment(),
        check=True,
    )
    found = dict(zip(small, map(Ran._make, pickle.loads(done.stdout)), strict=True))
    if large:
        found.update(zip(large, run_all(ran, [[jobs[number] for number in large]])[0], strict=True))
    return [found[number] for number in range(len(jobs))]


def ran(jobs: Sequence[Job]) -> list[Ran]:
    """Run each script in a fork of this process, in a folder of the same path."""
    folder = Path(tempfile.mkdtemp())  # not TemporaryDirectory: a fork's exit would remove it
    try:
        return [_ran(job, folder / "run") for job in jobs]
    finally:
        shutil.rmtree(folder)


def _ran(job: Job, folder: Path) -> Ran:
    for name in ("work", "temporary", "tape"):
        (folder / name).mkdir(parents=True)
    for name in job.files:
        path = folder / "work" / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _run(job, folder)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    texts = [path.read_text(encoding="utf-8") for path in sorted((folder / "tape").iterdir())]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    found = Ran((folder / "output").read_text(encoding="utf-8", errors="surrogateescape"), lines, code)
    shutil.rmtree(folder)
    return found


def _run(job: Job, folder: Path) -> int:
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1), os.dup2(output, 2)
    os.chdir(folder / "work")
    signal.alarm(MAX_SCRIPT_S)
    tempfile.tempdir = None
    multiprocessing.set_start_method("fork", force=True)  # what a script defines is in no module that could be imported
    for name in ("SEEDBLOCK_MAIN", "SEEDBLOCK_PROCESS", "RANK"):
        os.environ.pop(name, None)
    os.environ.update(job.variables, SEEDBLOCK_TAPE=str(folder / "tape"), TMPDIR=str(folder / "temporary"))
    sys.argv = ["train.py"]
    sys.path.insert(0, str(RECORDER))
    import seedblock_record
    from seedblock_record import clock, steady

    if job.other:
        clock.START_NS += 987_654_321_000_000_000
        clock.STEP_NS, steady.SIZE, steady.NAMES_SEED = Growing(37_000_000), 1 << 20, "another"
    seedblock_record.start()
    return run_to_its_end(job.code, folder / "work/train.py", {"__name__": "__main__"})


if __name__ == "__main__":
    jobs = [Job(*job) for job in pickle.loads(sys.stdin.buffer.read())]
    if jobs:  # what the scripts import is imported once
        exec(compile("import asyncio, concurrent.futures, logging, psutil, tqdm, uuid", "imports", "exec"))  # noqa: S102
    sys.stdout.buffer.write(pickle.dumps([tuple(one) for one in ran(jobs)]))
