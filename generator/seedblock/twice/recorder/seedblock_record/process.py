"""What this process is: the processes of two runs are matched by this, not by which wrote first."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLES = (
    "PYTHONHASHSEED",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
)
MAX_ARGUMENTS, MAX_LENGTH = 20, 200  # arguments of the command line, and characters of each and of a thread's name


def begin_process() -> dict[str, Any]:
    """Describe this process as it starts, and set the variables by which its children know what they are."""
    own = str(os.getpid())
    first = os.environ.setdefault("SEEDBLOCK_MAIN", own) == own
    how = "exec" if os.environ.get("SEEDBLOCK_PROCESS") == own else "start"
    os.environ["SEEDBLOCK_PROCESS"] = own
    return {"main": first, "how": how, "rank": os.environ.get("RANK")}


def describe(process: dict[str, Any]) -> dict[str, Any]:
    """Complete the description with arguments and names, which are known by the time there is something to write."""
    current = getattr(sys.modules.get("multiprocessing.process"), "current_process", None)
    name = None if current is None else current().name
    words = [str(word)[:MAX_LENGTH] for word in getattr(sys, "argv", [])][:MAX_ARGUMENTS]
    parent = os.getppid() if hasattr(os, "getppid") else 0
    return dict(process, pid=os.getpid(), parent=parent, name=name, argv=words)


def thread_name() -> str | None:
    """Name the current thread; None for the main thread."""
    threading = sys.modules.get("threading")
    if threading is None or not hasattr(threading, "_active"):  # or a module of the script's with this name
        return None
    # current_thread() would make an object for a thread that Python does not know.
    thread = threading._active.get(threading.get_ident())
    if thread is None:
        return "a thread that Python has not started"
    return None if thread is threading.main_thread() else str(thread.name)[:MAX_LENGTH]


def in_thread(line: str | None) -> str | None:
    """Add the name of the current thread to a line that it executes, unless it is the main one."""
    thread = None if line is None else thread_name()
    return line if thread is None else f"{line}, in thread {thread}"


def environment() -> dict[str, Any]:
    """What may explain a difference between two runs, as far as it is known when the first line is written."""
    found = {"python": sys.version.split()[0], "hash": hash("seedblock"), "processors": os.cpu_count()}
    found.update((name, os.environ[name]) for name in VARIABLES if name in os.environ)
    return found


def settings() -> dict[str, Any]:
    """torch's version and settings, as they are when there is something to record."""
    torch = sys.modules["torch"]
    found = {
        "torch": str(torch.__version__),
        "threads": torch.get_num_threads(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "cudnn.deterministic": torch.backends.cudnn.deterministic,
        "cudnn.benchmark": torch.backends.cudnn.benchmark,
    }
    if "numpy" in sys.modules:
        found["numpy"] = sys.modules["numpy"].__version__
    if torch.cuda.is_initialized():
        found["device"] = torch.cuda.get_device_name()
    return found
