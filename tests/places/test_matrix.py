"""The data snippets in each place, with workers that start by each method."""

from pathlib import Path

import pytest

from seedblock.rendering.model import BLOCK
from tests.places.running import MODULE, Found, processed, write
from tests.places.scripts import DATA, PLACES
from tests.places.typing_in import fill
from tests.support.forked import METHODS

pytestmark = pytest.mark.slow


def count(method: str) -> int:
    """How many workers: a spawned one imports torch, which takes long."""
    return 1 if method == "spawn" else 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", PLACES)
def test_data_in_each_place(place: str, method: str, by_hand: Found, tmp_path: Path) -> None:
    """In each place the data snippets load in workers, by any start method, what is loaded by hand without workers."""
    write(tmp_path, {"seeding.py": MODULE, "train.py": fill(PLACES[place].script, DATA)})
    assert processed(tmp_path, ["train.py"], method, count(method)) == {name: by_hand[name] for name in DATA}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", [place for place in PLACES if BLOCK in PLACES[place].forms])
def test_blocks_for_data_in_each_place(place: str, method: str, by_hand: Found, tmp_path: Path) -> None:
    """In each place for blocks so do those for data."""
    write(tmp_path, {"seeding.py": MODULE, "train.py": fill(PLACES[place].script, [f"{name}_block" for name in DATA])})
    assert processed(tmp_path, ["train.py"], method, count(method)) == {name: by_hand[name] for name in DATA}
