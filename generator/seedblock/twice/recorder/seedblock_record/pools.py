"""Notes where a worker of a pool takes its next job: which worker takes which job varies from run to run."""

from __future__ import annotations

from seedblock_record.wrapping import transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedblock_record.tape import Tape

# The loop of a worker, by its module. Each takes its jobs from a queue that is an argument.
LOOPS = {
    "multiprocessing.pool": "worker",
    "concurrent.futures.process": "_process_worker",
    "concurrent.futures.thread": "_worker",
    "joblib.externals.loky.process_executor": "_process_worker",
}


def watch_pool(tape: Tape, module: Any) -> None:
    """Watch the workers of the pools in `module`, threads or processes."""
    name = LOOPS[module.__name__]
    loop = getattr(module, name)

    @transparent
    def watched(*arguments: Any, **options: Any) -> Any:
        taken = [JobQueue(tape, one) if hasattr(one, "get") and hasattr(one, "put") else one for one in arguments]
        return loop(*taken, **options)

    # It is pickled by its name, and a thread is named after it.
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(watched, attribute, getattr(loop, attribute))
    setattr(module, name, watched)


class JobQueue:
    """A queue of jobs or of results, as a worker sees it."""

    def __init__(self, tape: Tape, queue: Any) -> None:
        self._tape, self._queue = tape, queue

    @transparent
    def get(self, *arguments: Any, **options: Any) -> Any:
        self._tape.end_job()
        job = self._queue.get(*arguments, **options)
        self._tape.begin_job()
        return job

    @transparent
    def get_nowait(self) -> Any:
        self._tape.end_job()
        job = self._queue.get_nowait()
        self._tape.begin_job()
        return job

    @transparent
    def put(self, result: Any, *arguments: Any, **options: Any) -> None:
        self._tape.end_job()  # once the result is known, the worker may be ended at any time
        self._queue.put(result, *arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)
