"""Wrappers around library functions, unnoticed by the script."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Warnings that count frames by `stacklevel` skip those of Python's own import system, which they know by this file name.
# torch.compile skips them too.
SKIPPED_FILE = "<frozen importlib._bootstrap> seedblock_record"


def transparent(function: Any) -> Any:
    """Hide the recorder from library warnings, so that they name the script's line and module filters match."""
    function.__code__ = function.__code__.replace(co_filename=SKIPPED_FILE)
    return function


class Watched:
    """A watched library function. Inspecting or pickling it gives the function itself."""

    def __init__(self, function: Any, watch: Callable[[Any, Any, Any], Any]) -> None:
        """watch: called with the function, its arguments and its keyword arguments, in place of the function."""
        self.__wrapped__, self._watch = function, watch
        self.__module__: Any = getattr(function, "__module__", None)  # a function of a module is pickled by its names
        self.__name__, self.__doc__ = getattr(function, "__name__", "function"), getattr(function, "__doc__", None)

    @transparent
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._watch(self.__wrapped__, arguments, options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__wrapped"):
            raise AttributeError(name)
        return getattr(self.__wrapped__, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__wrapped__.__reduce_ex__(protocol)
