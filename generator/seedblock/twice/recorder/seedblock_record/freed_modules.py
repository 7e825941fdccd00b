"""The weights of modules that are freed before the end, where no loss and no step shows a training: often at the end of `main()`."""

from __future__ import annotations

import weakref
from typing import Any

from seedblock_record.digests import summary
from seedblock_record.modules import whole_digests
from seedblock_record.process import thread_name

MAX_FREED = 1000  # modules whose weights are written
MAX_KEPT = 20_000  # modules that are watched


class FreedModules:
    """Holds weak references to modules and their parameters. Once `stop` was called, nothing is held."""

    def __init__(self) -> None:
        self.watching = True
        self.kept: dict[int, tuple[Any, dict[str, Any]]] = {}
        self.entries: list[dict[str, Any]] = []

    def registered(self, module: Any, name: str, parameter: Any) -> None:
        """A parameter is being registered."""
        if not self.watching or parameter is None or thread_name() is not None:
            return
        identity = id(module)
        kept = self.kept.get(identity)
        if kept is None or kept[0]() is not module:
            if len(self.kept) >= MAX_KEPT:
                return
            kind = type(module).__name__
            kept = self.kept[identity] = (
                weakref.ref(module, lambda reference: self._freed(identity, reference, kind)),
                {},
            )
        kept[1][name] = weakref.ref(parameter)

    def _freed(self, identity: int, reference: Any, kind: str) -> None:
        try:
            kept = self.kept.get(identity)
            if kept is None or kept[0] is not reference:
                return
            del self.kept[identity]
            found = {name: parameter() for name, parameter in kept[1].items()}
            if self.watching and len(self.entries) < MAX_FREED and all(one is not None for one in found.values()):
                entry = {
                    "module": f"{kind}, freed",
                    "names": [*found],
                    "digests": summary(whole_digests([*found.values()])),
                }
                self.entries.append(entry)
        except Exception:  # noqa: BLE001, S110 - it runs wherever the script frees a module
            pass

    def stop(self) -> None:
        self.watching, self.kept, self.entries = False, {}, []
