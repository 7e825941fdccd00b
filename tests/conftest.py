"""For every test run: the number of random cases, the order of the tests, and the skips on a machine without a GPU."""

import os

import pytest
from hypothesis import HealthCheck, settings

# brief and thorough draw the same cases in every run; CI sets HYPOTHESIS_PROFILE=thorough. nightly draws new ones each
# time, and keeps failing ones for the next run.
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("thorough", deadline=None, derandomize=True, max_examples=2000, suppress_health_check=SLOW)
settings.register_profile("nightly", deadline=None, max_examples=100_000, suppress_health_check=SLOW)
settings.register_profile("brief", settings.get_profile("thorough"), max_examples=100)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "brief"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # With `-n auto`, files start in this order: quick ones last, so that all processes end at about the same time.
    items.sort(key=lambda item: "rendering" in item.path.parts)
    needing_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if not needing_gpu:
        return
    import torch  # 2.5 s that a run without these tests need not wait

    if not torch.cuda.is_available():
        for item in needing_gpu:
            item.add_marker(pytest.mark.skip(reason="no CUDA device on this machine"))
