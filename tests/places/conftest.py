"""What each snippet must do, as calls by hand do it without workers."""

import pytest

from tests.places.running import Found, read, shown
from tests.places.scripts import BY_HAND


@pytest.fixture(scope="session")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return read(shown(tmp_path_factory.mktemp("by_hand"), {"script": BY_HAND})["script"])
