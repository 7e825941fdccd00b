"""A clock that only counts its calls: whatever a script derives from a clock is then the same in each run.

What waits keeps the real clock, as it would else end too early or never: Python's own modules that wait are known by their files.
Not reached: C code that reads the clock itself, numpy.datetime64("now"), and the times of files.
"""

from __future__ import annotations

import _thread
import os
import sys
import time

from seedblock_record.wrapping import Watched, transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

START_NS = 1_700_000_000_000_000_000  # November 2023: what the clock begins at
STEP_NS = 10_000_000  # that each call takes
SLEEP_NS = 1_000_000_000  # that each sleep takes
KINDS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
WITHOUT_A_MOMENT = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}  # and their other arguments
WAITING = {
    "threading", "queue", "subprocess", "multiprocessing", "concurrent", "asyncio", "socket", "socketserver", "selectors", "ssl",
    "trio", "anyio", "tornado", "zmq", "jupyter_client",
}  # fmt: skip  # modules of Python's own, and packages
TORCH_WAITING = ("distributed", "multiprocessing")
_LIBRARY = os.path.dirname(os.__file__) + os.sep


class Count(_thread._local):
    """The nanoseconds that have passed for the current thread, which goes on from the one that started it."""

    def __init__(self) -> None:
        threads = getattr(sys.modules.get("threading"), "_active", None)
        thread = threads.get(_thread.get_ident()) if isinstance(threads, dict) else None
        self.passed: int = getattr(thread, "_seedblock_began", 0)


COUNT = Count()


def begin() -> None:
    """Let the module `time` count, for the rest of this process. Its forks go on from its count."""
    real = {}
    for kind in KINDS:
        for name, value in ((kind, _seconds(kind)), (f"{kind}_ns", _nanoseconds(kind))):
            if hasattr(time, name):  # not every system has thread_time
                real[name] = _counted(value)
    if hasattr(time, "clock_gettime"):
        real["clock_gettime"] = _by_number(1e9)
        real["clock_gettime_ns"] = _by_number(1)
    real.update({name: _moment(time.localtime, name, number) for name, number in WITHOUT_A_MOMENT.items()})
    real["sleep"] = _slept
    replaced = []
    for name, watch in real.items():
        function = getattr(time, name)
        replaced.append((function, Watched(function, watch)))
        setattr(time, name, replaced[-1][1])
    _replace_in_modules({id(function): watched for function, watched in replaced})


def seconds() -> float:
    """Count one call; return the seconds that have passed."""
    COUNT.passed += STEP_NS
    return COUNT.passed / 1e9


def moment() -> float:
    """Count one call; return the seconds since 1970."""
    COUNT.passed += STEP_NS
    return (START_NS + COUNT.passed) / 1e9


def _seconds(kind: str) -> Callable[[], float]:
    return moment if kind == "time" else seconds


def _nanoseconds(kind: str) -> Callable[[], int]:
    begin = START_NS if kind == "time" else 0

    def nanoseconds() -> int:
        COUNT.passed += STEP_NS
        return begin + COUNT.passed

    return nanoseconds


def waits(frame: Any) -> bool:
    """Tell whether a frame's code is that of a module that waits."""
    name = frame.f_code.co_filename
    known = _KNOWN.get(name)
    if known is None:
        known = _KNOWN[name] = _is_waiting(name)
    return known


_KNOWN: dict[str, bool] = {}


def _is_waiting(name: str) -> bool:
    for packages in (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep):
        _, found, rest = name.rpartition(packages)
        if found:
            parts = rest.split(os.sep)
            return parts[0] in WAITING or (parts[0] == "torch" and parts[1] in TORCH_WAITING)
    return name.startswith(_LIBRARY) and name[len(_LIBRARY) :].split(os.sep)[0].partition(".")[0] in WAITING


def _counted(value: Callable[[], Any]) -> Any:
    @transparent
    def watch(function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        # Frames: this one, Watched's, the caller's. Too many arguments are an error, which is the function's own.
        return function(*arguments, **options) if arguments or options or waits(sys._getframe(2)) else value()

    return watch


def _by_number(unit: float) -> Any:
    """Watch a function that is asked for a clock by its number."""

    @transparent
    def watch(function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        real = function(*arguments, **options)
        if waits(sys._getframe(2)):
            return real
        COUNT.passed += STEP_NS
        passed = COUNT.passed + (START_NS if arguments[0] == getattr(time, "CLOCK_REALTIME", None) else 0)
        return passed if unit == 1 else passed / unit

    return watch


def _moment(localtime: Callable[[float], Any], name: str, number: int) -> Any:
    """Watch a function whose last argument is a moment, by default the current one. number: of its other arguments."""

    @transparent
    def watch(function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        none = arguments == (None,) and name in ("localtime", "gmtime", "ctime")
        if options or not (none or len(arguments) == number):
            return function(*arguments, **options)
        now = moment()
        return function(*arguments[:number], localtime(now) if name in ("asctime", "strftime") else now)

    return watch


@transparent
def _slept(function: Callable[..., Any], arguments: Any, options: Any) -> Any:
    """Really sleep; then SLEEP_NS have passed: how long a script waits may depend on the machine, or on a draw."""
    function(*arguments, **options)
    if not waits(sys._getframe(2)):  # how often these look again depends on the machine
        COUNT.passed += SLEEP_NS if arguments[0] else 0


def _replace_in_modules(replaced: dict[int, Watched]) -> None:
    """Give modules that were imported before, and have a function of the clock among their names, the counting one."""
    for module in list(sys.modules.values()):
        if isinstance(module, type(sys)):
            names = object.__getattribute__(module, "__dict__")  # a lazy module would be loaded by vars()
            if names is not globals():
                names.update(
                    {name: replaced[id(value)] for name, value in list(names.items()) if id(value) in replaced}
                )
