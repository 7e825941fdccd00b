"""What several test files ask of the machine."""

import importlib.util
import os
import shutil

import pytest

each_device = pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
compiler = pytest.mark.skipif(not shutil.which("c++"), reason="no C++ compiler, which torch.compile needs")


def needs(*libraries: str) -> pytest.MarkDecorator:
    """Skip a test whose libraries are missing; where SEEDBLOCK_LIBRARIES is `required`, as in .ci/run, let it fail."""
    missing = [name for name in libraries if not importlib.util.find_spec(name)]
    skipped = bool(missing) and os.environ.get("SEEDBLOCK_LIBRARIES") != "required"
    return pytest.mark.skipif(skipped, reason=f"not installed: {', '.join(missing)}")
