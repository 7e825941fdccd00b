"""Tests that need a GPU are skipped with that reason, and the summary counts them."""

import pytest
from hypothesis import settings

settings.register_profile("seedblock", deadline=None, derandomize=True, max_examples=2000)
settings.load_profile("seedblock")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    needing_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if not needing_gpu:
        return
    import torch  # 2.5 s that a run without these tests need not wait

    if not torch.cuda.is_available():
        for item in needing_gpu:
            item.add_marker(pytest.mark.skip(reason="no CUDA device on this machine"))
