"""Calls back when the script has imported a library. The import itself stays as it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from seedblock_record.wrapping import transparent

CALLBACKS: dict[str, Callable[[Any], object]] = {}


def when_imported(name: str, callback: Callable[[Any], object]) -> None:
    """Call `callback` with the module `name`: now if it is imported, or else once its code has run."""
    if name in sys.modules:
        callback(sys.modules[name])
        return
    CALLBACKS[name] = callback
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())


class Finder:
    """Finds the awaited modules through the other finders. Looking up a spec without importing triggers no callback."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in CALLBACKS:
            return None
        spec = None
        for finder in list(sys.meta_path):
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find and find(name, path, target)
            if spec is not None:
                break
        loader = getattr(spec, "loader", None)
        if loader is not None and hasattr(loader, "exec_module") and hasattr(loader, "__dict__"):
            # Not a closure: a loader may be pickled, and a closure cannot.
            loader.exec_module = partial(execute, loader)
        return spec


@transparent
def execute(loader: Any, module: Any) -> None:
    """Put the loader's own method back, run the module's code with it, then call back."""
    loader.__dict__.pop("exec_module", None)
    loader.exec_module(module)
    callback = CALLBACKS.pop(module.__name__, None)
    if not CALLBACKS:
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    if callback is not None:
        callback(module)
