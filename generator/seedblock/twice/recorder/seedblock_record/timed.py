"""The clock that counts its calls, in modules that have one beside `time`, or that measure by it."""

from __future__ import annotations

import sys

from seedblock_record import clock
from seedblock_record.wrapping import transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _count_dates(module: Any) -> None:
    """Count in datetime.now and utcnow; today() asks time.time() itself."""
    kind = getattr(module, "datetime", None)
    if not isinstance(kind, type) or "fromtimestamp" not in vars(kind):  # a module of the script's with this name
        return
    real, at = kind.__dict__["now"], kind.__dict__["fromtimestamp"]

    @transparent
    def now(cls: Any, tz: Any = None) -> Any:
        return (
            real.__get__(None, cls)(tz) if clock.waits(sys._getframe(1)) else at.__get__(None, cls)(clock.moment(), tz)
        )

    @transparent
    def utcnow(cls: Any) -> Any:
        return at.__get__(None, cls)(clock.moment(), module.timezone.utc).replace(tzinfo=None)

    _put_into_type(kind, {"now": classmethod(now), "utcnow": classmethod(utcnow)})


def _put_into_type(kind: Any, attributes: dict[str, Any]) -> None:
    """Set attributes of a type written in C, which stays the type that it is: it is pickled, compared and subclassed as before.

    Such a type refuses setattr(). Its dictionary does not, and setting __abstractmethods__ makes Python forget what it has cached.
    """
    import gc

    (names,) = [found for found in gc.get_referents(kind.__dict__) if isinstance(found, dict)]
    names.update(attributes)
    forget: Any = type.__dict__["__abstractmethods__"]
    forget.__set__(kind, frozenset())
    forget.__delete__(kind)


def _start_logging(module: Any) -> None:
    """Let %(relativeCreated) count from the clock's beginning, also where logging was imported before."""
    begun = getattr(module, "_startTime", None)
    if begun is not None:
        module._startTime = clock.START_NS if isinstance(begun, int) else clock.START_NS / 1e9


def _follow_threads(module: Any) -> None:
    """Let a thread go on from the count of the one that starts it."""
    if not hasattr(module, "Thread") or not hasattr(module, "_active"):  # a module of the script's with this name
        return
    begins = module.Thread.start

    @transparent
    def start(self: Any) -> None:
        self._seedblock_began = clock.COUNT.passed
        begins(self)

    module.Thread.start = start


def _time_repetitions(module: Any) -> None:
    """Let each repetition of what is timed take a step: else those who repeat until it takes long enough never end."""
    timer = getattr(module, "Timer", None)
    if timer is None or not hasattr(timer, "timeit"):
        return
    real = timer.timeit

    @transparent
    def timeit(self: Any, number: int = 1_000_000) -> Any:
        taken = real(self, number)
        clock.COUNT.passed += number * clock.STEP_NS
        return taken + number * clock.STEP_NS / 1e9

    timer.timeit = timeit


# What is called with each of these modules, once it is imported.
OF_MODULES = {
    "datetime": _count_dates,
    "logging": _start_logging,
    "threading": _follow_threads,
    "timeit": _time_repetitions,
    "IPython.core.magics.execution": _time_repetitions,
}
