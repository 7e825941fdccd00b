"""Be the kernel of a notebook, as ipykernel_launcher is, and tell the recorder which cell runs: the n-th, from 1.

Called as a program, by any interpreter that has ipykernel.
"""

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
        if not information.silent:
            cells += 1
            os.environ["SEEDBLOCK_CELL"] = str(cells)

    kernel.shell.events.register("pre_run_cell", begin)
    kernel.start()


if __name__ == "__main__":
    main()
