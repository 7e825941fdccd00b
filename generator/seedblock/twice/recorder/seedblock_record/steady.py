"""What a machine measures of a process, in numbers that are the same in each run: used with the clock that counts its calls.

Seconds are counted, sizes and counts are one fixed number, temporary names come from one fixed seed in each process. Process ids stay
as they are: others use them. torch's own memory statistics stay too: they say what the run itself has done.
"""

from __future__ import annotations

import os
import sys
from _functools import partial  # type: ignore[import-not-found]  # functools.partial, built in

from seedblock_record.clock import START_NS, seconds
from seedblock_record.wrapping import Watched, transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SIZE = 1 << 30
NAMES_SEED = "seedblock"
NAME_LENGTH = 8
FREE = (3, 4, 6, 7)  # what is free on a disk, in the result of os.statvfs
OF_PSUTIL = (
    "virtual_memory", "swap_memory", "cpu_percent", "cpu_times", "cpu_times_percent", "cpu_stats", "cpu_freq", "getloadavg",
    "disk_usage", "disk_io_counters", "net_io_counters", "sensors_temperatures", "boot_time",
)  # fmt: skip
OF_PROCESS = (
    "memory_info", "memory_full_info", "memory_percent", "cpu_percent", "cpu_times", "num_ctx_switches", "io_counters",
)  # fmt: skip
OF_CUDA = (
    "mem_get_info",
    "utilization",
    "memory_usage",
    "device_memory_used",
    "temperature",
    "power_draw",
    "clock_rate",
)


def begin() -> None:
    """Replace what `os` measures of this process and its machine, for the rest of the process."""
    for name in ("times", "getloadavg"):
        _replace(os, name, _fixed)
    _replace(os, "statvfs", _half_free)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_count_fork, after_in_child=partial(_FORKS.append, 0))


def _replace(owner: Any, name: str, change: Callable[[Any], Any]) -> None:
    """Let a function return what `change` makes of its result."""
    function = getattr(owner, name, None)
    if function is None:  # not every system or version has it
        return

    @transparent
    def changed(function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        return change(function(*arguments, **options))

    setattr(owner, name, Watched(function, changed))


def _replace_all(names: tuple[str, ...], owner: Any) -> None:
    for name in names:
        _replace(owner, name, _fixed)


def _fixed(value: Any) -> Any:
    """The same value without what was measured. What is called a total is none of it."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return SIZE
    if isinstance(value, float):
        return seconds()
    if isinstance(value, dict):
        return {key: _fixed(item) for key, item in value.items()}
    if not isinstance(value, (list, tuple)):
        return value
    if hasattr(value, "_fields"):  # a named tuple
        return type(value)(
            *[getattr(value, name) if name == "total" else _fixed(getattr(value, name)) for name in value._fields]
        )
    return type(value)([_fixed(item) for item in value])


def _half_free(value: Any) -> Any:
    parts: list[Any] = list(value)
    for place in FREE:
        parts[place] = parts[2 if place < 5 else 5] // 2
    return type(value)(parts)


def _of_psutil(module: Any) -> None:
    _replace_all(OF_PSUTIL, module)
    process = getattr(module, "Process", None)
    for name in OF_PROCESS:
        if hasattr(process, name):
            setattr(process, name, _method(getattr(process, name)))
    if process is not None:
        process.create_time = lambda self, *_, **__: START_NS / 1e9


def _method(function: Callable[..., Any], change: Callable[[Any], Any] = _fixed) -> Any:
    """Let a method return what `change` makes of its result."""

    @transparent
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        return change(function(self, *arguments, **options))

    return method


def _of_cuda(module: Any) -> None:
    _replace_all(OF_CUDA, module)
    event: Any = getattr(module, "Event", None)
    if hasattr(event, "elapsed_time"):
        event.elapsed_time = _method(event.elapsed_time)


class Names:
    """The random part of temporary names. Each process has its own, known by how it came to be."""

    def __init__(self, make: Callable[[str], Any], characters: str) -> None:
        self.make, self.characters = make, characters
        self.process: int | None = None
        self.random: Any = None

    def __iter__(self) -> Names:
        return self

    def __next__(self) -> str:
        if self.process != os.getpid():
            self.process, self.random = os.getpid(), self.make(f"{NAMES_SEED} {_FORKS} {_name_of_process()}")
        return "".join([self.random.choice(self.characters) for _ in range(NAME_LENGTH)])


_FORKS = [0]  # how many this process has made; before it, how many its parents had made when they made it


def _count_fork() -> None:
    _FORKS[-1] += 1


def _name_of_process() -> str:
    current = getattr(sys.modules.get("multiprocessing.process"), "current_process", None)
    return f"{os.environ.get('RANK')} {None if current is None else current().name}"


def _name_files(module: Any) -> None:
    if hasattr(module, "_name_sequence") and hasattr(module, "_Random"):
        module._name_sequence = Names(module._Random, "abcdefghijklmnopqrstuvwxyz0123456789_")


def _of_uuid(module: Any) -> None:
    """Make UUIDs of a moment from the clock that counts: by default a C library makes them."""
    function = getattr(module, "uuid1", None)
    if function is None:
        return

    @transparent
    def watch(function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        # Both given, or it would draw one of them from the script's random stream.
        return function(*arguments, **options) if arguments or options else function(node=SIZE, clock_seq=0)

    module.uuid1 = Watched(function, watch)


# What is called with each of these modules, once it is imported.
OF_MODULES = {
    "resource": partial(_replace_all, ("getrusage",)),
    "psutil": _of_psutil,
    "torch.cuda": _of_cuda,
    "tempfile": _name_files,
    "uuid": _of_uuid,
}
