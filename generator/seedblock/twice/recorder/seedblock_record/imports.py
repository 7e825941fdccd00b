"""Calls back when the script has imported a library. The import itself stays as it is."""

from __future__ import annotations

import sys
from _functools import partial  # type: ignore[import-not-found]  # functools.partial, built in

from seedblock_record.wrapping import transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CALLBACKS: dict[str, Callable[[Any], object]] = {}


def when_imported(name: str, callback: Callable[[Any], object]) -> None:
    """Call `callback` with the module `name`: now if it is imported, or else once its code has run, after earlier callbacks."""
    if name in sys.modules:
        callback(sys.modules[name])
        return
    earlier = CALLBACKS.get(name)
    CALLBACKS[name] = callback if earlier is None else partial(_call_both, earlier, callback)
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())


def import_unseen(name: str) -> Any:
    """Import a module for the recorder alone: the script imports its own one later, and whatever awaits it sees that."""
    known = name in sys.modules
    module = __import__(name)
    if not known:
        del sys.modules[name]
    return module


def _call_both(one: Callable[[Any], object], two: Callable[[Any], object], module: Any) -> None:
    one(module)
    two(module)


def before_import(name: str) -> None:
    """Put the finder first again if the script has replaced `sys.meta_path` or put another finder before it."""
    found = sys.meta_path
    if name in CALLBACKS and isinstance(found, list) and not (found and isinstance(found[0], Finder)):
        found[:] = [Finder(), *(finder for finder in found if not isinstance(finder, Finder))]


def overlooked() -> list[str]:
    """Name the awaited libraries that were imported in a way that the finder does not see. A stub without a file is none."""
    return [name for name in CALLBACKS if isinstance(getattr(sys.modules.get(name), "__file__", None), str)]


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
