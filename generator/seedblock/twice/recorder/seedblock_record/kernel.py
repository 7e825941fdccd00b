"""Entry point of a notebook's kernel, in place of ipykernel_launcher; any interpreter that has ipykernel runs it.

Recording begins with the first cell: what the kernel draws earlier is not the user's.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def main() -> None:
    del sys.path[0]  # this file's folder
    from ipykernel.kernelapp import IPKernelApp

    kernel: Any = IPKernelApp.instance()
    kernel.initialize()
    cells = 0

    def begin(information: Any) -> None:
        nonlocal cells
        if information.silent:
            return
        cells += 1
        os.environ["SEEDBLOCK_CELL"] = str(cells)
        recorder = sys.modules.get("seedblock_record")
        if cells == 1 and recorder is not None and "SEEDBLOCK_TAPE_OF_CELLS" in os.environ:
            os.environ["SEEDBLOCK_TAPE"] = os.environ.pop("SEEDBLOCK_TAPE_OF_CELLS")
            recorder.start()

    kernel.shell.events.register("pre_run_cell", begin)
    kernel.start()


if __name__ == "__main__":
    main()
