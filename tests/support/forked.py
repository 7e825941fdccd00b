"""Run code in forks of one process that has imported torch. Each fork gets random streams and flags first."""

import atexit
import io
import multiprocessing
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import util
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any, TypeVar

from tests.support.processes import ROOT

Result = TypeVar("Result")

TIMEOUT_S = 600  # for compiling a net on a slow machine
METHODS = [method for method in ("fork", "forkserver", "spawn") if method in multiprocessing.get_all_start_methods()]


def perturb(threads: int = 1) -> None:
    """Give this process random streams, flags and an environment that no other case has.

    threads: torch's threads on the CPU. Tests run at the same time, so that more than one would slow each other down.
    Snippets that import from seeding.py find it.
    """
    import random

    import numpy as np
    import torch

    sys.path.append(str(ROOT / "snippets/python"))
    random.seed(os.urandom(8))
    np.random.seed(int.from_bytes(os.urandom(4), "little"))
    torch.default_generator.manual_seed(int.from_bytes(os.urandom(4), "little"))
    torch.set_num_threads(threads)
    torch.backends.cudnn.deterministic = False
    torch.backends.cudnn.benchmark = True
    os.environ["PYTHONHASHSEED"] = "random"


def compiled(function: Any) -> Any:
    """Compile a function or a net without caches, so that no process runs what another one has compiled."""
    import torch
    from torch._inductor import config

    config.force_disable_caches = True
    config.cpp.vec_isa_ok = True  # trust the processor's flags: trying each instruction set takes 9 s
    return torch.compile(function)


def observe(code: str) -> dict[str, Any]:
    """Run `code` and return draws, hashes and flags afterwards, or the error that it raised."""
    import torch

    from tests.support.probe import drawn

    perturb()
    try:
        exec(compile(code, "seed.py", "exec"), {"__name__": "__main__"})  # noqa: S102
    except Exception as error:  # noqa: BLE001
        return {"error": repr(error)}
    child = subprocess.run([sys.executable, "-c", "print(hash('a'))"], capture_output=True, check=True)
    return {
        **drawn(),
        "hash in a new process": int(child.stdout),
        "hash here is that of a new process": hash("a") == int(child.stdout),
        # On a CPU we see the flags, but not their effect on cuDNN.
        "cudnn.deterministic": torch.backends.cudnn.deterministic,
        "cudnn.benchmark": torch.backends.cudnn.benchmark,
    }


def result(code: str) -> Any:
    """Run `code` and return the value of its variable `result`."""
    perturb()
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(code, "code.py", "exec"), names)  # noqa: S102
    return names["result"]


def start_by(method: str) -> None:
    """Start this process's children by `method`. If that is not fork, pickle a check's functions and classes by value.

    They could not import them: a check is not a module.
    """
    multiprocessing.set_start_method(method, force=True)
    if method == "fork":
        return
    import cloudpickle

    if method == "forkserver":
        multiprocessing.set_forkserver_preload(["torch", "numpy"])
    by_value = cloudpickle.Pickler(io.BytesIO())
    ForkingPickler.reducer_override = lambda _, value: by_value.reducer_override(value)  # type: ignore[attr-defined]
    for kind, reduce in cloudpickle.Pickler.dispatch_table.items():
        ForkingPickler.register(kind, reduce)


def evaluate_annotations(names: dict[str, Any]) -> None:
    """Evaluate the annotations in a block: since Python 3.14 Python evaluates them only on request."""
    for value in names.values():
        if getattr(value, "__module__", "") == "block":
            for part in (value, *vars(value).values()) if isinstance(value, type) else (value,):
                getattr(part, "__annotations__", None)


def failure(codes: tuple[str, str, str]) -> str:
    """Run a block and then a check of it; return "" or the traceback.

    codes: the block, common.py, the check. Worker processes are forked if possible: others import torch again.
    """
    return failure_by((METHODS[0], codes))


def failure_by(case: tuple[str, tuple[str, str, str]]) -> str:
    """As `failure`, with child processes started by a given method."""
    import random

    method, codes = case
    perturb()
    start_by(method)
    names: dict[str, Any] = {"__name__": "block"}
    before_the_block = random.getstate()
    try:
        exec(compile(codes[0], "block.py", "exec"), names)  # noqa: S102
        evaluate_annotations(names)
        names = {**names, "__name__": "check", "before_the_block": before_the_block}
        exec(compile(codes[1], "common.py", "exec"), names)  # noqa: S102
        exec(compile(codes[2], "check.py", "exec"), names)  # noqa: S102
    except BaseException:  # noqa: BLE001
        return traceback.format_exc()
    return ""


def run_all(function: Callable[[Any], Result], cases: Sequence[Any]) -> list[Result]:
    """Run each case in its own fork, or in a new process if the system has no fork; two at a time."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["tests.support.preloaded"])

    def run(case: Any) -> Result:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=report, args=(function, case, sender))  # type: ignore[attr-defined]
        process.start()
        sender.close()
        try:
            if not receiver.poll(TIMEOUT_S):
                process.kill()
                raise RuntimeError(f"no result after {TIMEOUT_S} s: {case!r}")
            result, error = receiver.recv()
        except EOFError:
            raise RuntimeError(f"the process ended without a result: {case!r}") from None
        finally:
            process.join()
        if error:
            raise RuntimeError(f"{case!r} raised\n{error}")
        done: Result = result
        return done

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, cases))


def report(function: Callable[[Any], Any], case: Any, sender: Connection) -> None:
    try:
        sender.send((function(case), ""))
    except BaseException:  # noqa: BLE001
        sender.send((None, traceback.format_exc()))


def run_to_its_end(code: str, path: Path, names: dict[str, Any]) -> int:
    """Run a script in this fork as Python runs one, with all that it registered for its end. Return its exit code."""
    ended = 0
    try:
        exec(compile(code, str(path), "exec"), names)  # noqa: S102
    except SystemExit as end:
        ended = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        ended = 1
    util._run_finalizers(0)
    atexit._run_exitfuncs()
    sys.stdout.flush(), sys.stderr.flush()
    return ended
