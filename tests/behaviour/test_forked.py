"""The runner of forked cases reports errors."""

import pytest

from tests.support.forked import run_all


def test_a_fault_is_told() -> None:
    """An exception in a case is reported with its traceback."""
    with pytest.raises(RuntimeError, match=r"(?s)'x' raised\nTraceback.*invalid literal for int\(\)"):
        run_all(int, ["1", "x"])
