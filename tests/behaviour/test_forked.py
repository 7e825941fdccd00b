"""The runner of cases in forks tells what went wrong in one."""

import pytest

from tests.support.forked import run_all


def test_a_fault_is_told() -> None:
    """What a case raises comes back with its traceback, not as a process that ended without a result."""
    with pytest.raises(RuntimeError, match=r"(?s)'x' raised\nTraceback.*invalid literal for int\(\)"):
        run_all(int, ["1", "x"])
