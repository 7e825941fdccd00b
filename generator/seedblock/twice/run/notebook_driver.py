"""Runs the code cells of a notebook in a kernel of the given interpreter, prints what they print, and stops at an error.

Called as a program with two arguments: NOTEBOOK PYTHON. It runs without the recorder, which belongs in the kernel.
"""

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

KERNEL = Path(__file__).parents[1] / "recorder" / "seedblock_record" / "kernel.py"
QUIET = "--IPKernelApp.log_level=40"  # errors only


class Client(NotebookClient):
    """Prints what a cell prints as it comes."""

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: Any) -> Any:
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            stream = sys.stderr if content["name"] == "stderr" else sys.stdout
            stream.write(content["text"])
            stream.flush()
        elif kind in ("execute_result", "display_data"):
            print(content["data"].get("text/plain", ""), flush=True)
        return super().output(outs, msg, display_id, cell_index)


class Manager(AsyncKernelManager):
    """Starts the kernel with the given interpreter, whatever kernels are installed."""

    python = sys.executable

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [self.python, str(KERNEL), "-f", "{connection_file}", QUIET]
        return KernelSpec(argv=argv, display_name="Python", language="python")


def main() -> int:
    path, Manager.python = sys.argv[1:]
    if "SEEDBLOCK_TAPE" in os.environ:  # the kernel begins to record with its first cell
        os.environ["SEEDBLOCK_TAPE_OF_CELLS"] = os.environ.pop("SEEDBLOCK_TAPE")
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, nbformat.ValidationError) as error:
        print(f"{path} is not a notebook: {error}", file=sys.stderr)
        return 1
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        print(f"{path} is a notebook in {language!r}: only Python notebooks can be run", file=sys.stderr)
        return 1
    client = Client(
        notebook, timeout=None, kernel_manager_class=Manager, resources={"metadata": {"path": str(Path(path).parent)}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        number = next(
            (n for n, cell in enumerate(_code(notebook), 1) if any(o.output_type == "error" for o in cell.outputs)), 0
        )
        print(f"{path}, cell {number}: {error.ename}: {error.evalue}", file=sys.stderr)
        print("\n".join(error.traceback.splitlines()[-20:]), file=sys.stderr)
        return 1
    return 0


def _code(notebook: Any) -> list[Any]:
    """The cells that run, of which In [1] is the first."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


if __name__ == "__main__":
    sys.exit(main())
