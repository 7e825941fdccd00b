"""os._exit ends a process without its end: the recorder writes that first."""

from __future__ import annotations

import os

from seedblock_record.process import thread_name
from seedblock_record.wrapping import Watched, transparent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from seedblock_record.tape import Tape


def watch_exit(tape: Tape) -> None:
    """Write the end of the tape, if this process has one, before os._exit."""

    @transparent
    def watch(function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        try:
            if thread_name() is None:  # the main thread may be training while another one ends the process
                tape.end()
        finally:
            function(*arguments, **options)

    os._exit = Watched(os._exit, watch)
