"""What this process is, so that two runs' processes can be told apart by that and not by who wrote first."""

from __future__ import annotations

import os
import sys
from typing import Any

VARIABLES = (
    "PYTHONHASHSEED",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
)


def begin_process() -> dict[str, Any]:
    """Describe this process at its start, and leave to its descendants what they need for that."""
    own = str(os.getpid())
    first = os.environ.setdefault("SEEDBLOCK_MAIN", own) == own
    how = "exec" if os.environ.get("SEEDBLOCK_PROCESS") == own else "start"
    os.environ["SEEDBLOCK_PROCESS"] = own
    return {"main": first, "how": how, "rank": os.environ.get("RANK")}


def describe(process: dict[str, Any]) -> dict[str, Any]:
    """Complete the description: arguments and names are known once the process has something to write."""
    name = None
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None:
        name = multiprocessing.current_process().name
    words = [str(word)[:200] for word in getattr(sys, "argv", [])][:20]
    parent = os.getppid() if hasattr(os, "getppid") else 0
    return dict(process, pid=os.getpid(), parent=parent, name=name, argv=words)


def thread_name() -> str | None:
    """Name the thread at work; nothing for the one that the process began with."""
    threading = sys.modules.get("threading")
    if threading is None:
        return None
    # current_thread() would make an object for a thread that Python does not know.
    thread = threading._active.get(threading.get_ident())
    if thread is None:
        return "a thread that Python has not started"
    return None if thread is threading.main_thread() else str(thread.name)[:200]


def environment() -> dict[str, Any]:
    """What may explain a difference, as far as it is known when the first line is written."""
    found = {"python": sys.version.split()[0], "hash": hash("seedblock"), "processors": os.cpu_count()}
    found.update((name, os.environ[name]) for name in VARIABLES if name in os.environ)
    return found


def settings() -> dict[str, Any]:
    """What torch is, and how it is set when there is something to record."""
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


def place() -> str | None:
    """The file and line in the user's own code that is being executed; nothing where there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if shown(name):
            return named(name, frame.f_lineno, executing=True)
        frame = frame.f_back  # type: ignore[assignment]
    return None


def cell() -> int | None:
    """The number of the notebook's cell that is being executed."""
    number = os.environ.get("SEEDBLOCK_CELL", "")
    return int(number) if number.isdigit() else None


def called(name: str) -> bool:
    """Tell whether a function of the user's own with this name is being executed."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == name and _show(frame.f_code.co_filename):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def importing() -> bool:
    """Tell whether a library is at work that the script is just importing."""
    frame = sys._getframe(1)
    while frame is not None and not shown(frame.f_code.co_filename):
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def named(name: str, line: int, executing: bool = False) -> str:
    """Name a line of the user's for the reader. Of a notebook the number of the cell being executed alone is known."""
    if shown(name) != _CELL:
        return f"{shown(name)}:{line}"
    frame = sys._getframe(1)
    while not executing and frame is not None:
        executing = frame.f_code.co_filename == name
        frame = frame.f_back  # type: ignore[assignment]
    return f"cell {cell()}, line {line}" if executing else f"an earlier cell, line {line}"


def shown(name: str) -> str:
    """Name a file of the user's for the reader; nothing for one of a library."""
    found = _SHOWN.get(name)
    if found is None:
        found = _SHOWN[name] = _show(name)
    return found


_CELL = "the notebook"
_SHOWN: dict[str, str] = {}
_LIBRARY = os.path.dirname(os.__file__)
_OWN = os.path.dirname(__file__)


def _show(name: str) -> str:
    """Shorten the path of a file of the user's; nothing for one of a library, of Python or of ours."""
    if name in ("<stdin>", "<string>"):
        return name
    if name.startswith(("<", _LIBRARY + os.sep, _OWN)):
        return ""
    parts = os.path.normpath(name).split(os.sep)
    if any(part.startswith("ipykernel_") for part in parts):
        return _CELL
    if "site-packages" in parts or "dist-packages" in parts:
        return ""
    try:
        short = os.path.relpath(name)
    except (OSError, ValueError):  # the working folder is gone, or on another drive
        short = os.pardir
    return os.sep.join(parts[-2:]) if short.startswith(os.pardir) else short
