"""Run the snippet `seedtrain` in a forked process and return the digests of the weights that it prints."""

import contextlib
import io
import multiprocessing
import os
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from tests.support.forked import perturb

Run = tuple[str, Path, Sequence[str]]


def digests(output: str) -> dict[int, str]:
    return {int(epoch): weights for epoch, weights in re.findall(r"epoch (\d+): weights ([0-9a-f]{16})", output)}


def trained(run: Run) -> dict[int, str]:
    """Run code in a folder, with arguments; return the digest of the weights after each epoch.

    It imports the folder's seeding.py, if there is one.
    """
    code, folder, arguments = run
    perturb()
    import torch

    torch.backends.cudnn.benchmark = False  # else the block warns, as it should
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors
    warnings.filterwarnings("ignore", "This process .* is multi-threaded")  # Python 3.12, at a fork for a worker
    if "fork" in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("fork", force=True)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = ["seedtrain.py", *arguments]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(code, "seedtrain.py", "exec"), {"__name__": "__main__"})  # noqa: S102
    return digests(output.getvalue())


def killed(run: Run) -> int:
    """Run code that kills itself in one more fork; return its exit code."""
    process = multiprocessing.get_context("fork").Process(target=trained, args=(run,))
    process.start()
    process.join()
    return process.exitcode or 0
