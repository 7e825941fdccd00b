"""Run a script that imports from seeding.py in a process of its own."""

from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

from tests.support.processes import ROOT, run

# The second and third line keep libraries from asking the network.
VARIABLES = {
    "PYTHONPATH": str(ROOT / "snippets/python"),
    "HF_HUB_OFFLINE": "1",
    "NO_ALBUMENTATIONS_UPDATE": "1",
}

IMPORTS = """
import random, sys
import numpy as np
import torch
from seeding import *

SIZE = 24
"""


def run_code(
    code: str, folder: Path, *arguments: str, launcher: Sequence[str] = (), **variables: str
) -> CompletedProcess[str]:
    """Run `code` below IMPORTS, in `folder`, as a script that `launcher` starts."""
    script = folder / "script.py"
    script.write_text(IMPORTS + code, encoding="utf-8")
    return run(*launcher, str(script), *arguments, cwd=folder, variables=VARIABLES | variables)
