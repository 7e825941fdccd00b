"""check_loader: it finds what makes samples differ, says why, takes what is sound, and leaves all as it was."""

import re

import pytest

from tests.support.faulty import FAULTS, SOUND, asked, error_of, first_named, flips_found, harm_of, is_wrong, refused
from tests.support.forked import METHODS, run_all

# Kinds that are also tried with workers that import torch anew, which takes long.
SPAWNED_FAULTS = (
    "a cache of augmented samples",
    "the generator of C's library",
    "draws of the operating system",
    "an attribute that a sampler sets",
)
SPAWNED_SOUND = ("a cache without noise", "shards")


def is_found(name: str, method: str) -> None:
    """The error has the reason, and an index whose sample is wrong; what is to be left alone is as it was."""
    ((said, left),) = run_all(error_of, [(name, method)])
    assert re.search(FAULTS[name].says, said), said
    named = re.match(r"index (\d+) ", said)
    assert named is None or name == "rows changed in place" or is_wrong(int(named[1]))
    assert left


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name: str) -> None:
    """The error names an index whose sample differs and the reason; streams, samplers and files are as before."""
    is_found(name, METHODS[0])


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_is_taken(name: str) -> None:
    """The control: without a fault nothing is said or changed. Each later pass has the data of one without checks."""
    assert run_all(harm_of, [(name, METHODS[0])]) == [""]


@pytest.mark.slow
@pytest.mark.parametrize("name", SPAWNED_FAULTS)
def test_a_fault_is_found_by_spawned_workers(name: str) -> None:
    """So it is where workers get all by pickle."""
    is_found(name, "spawn")


@pytest.mark.slow
@pytest.mark.parametrize("name", SPAWNED_SOUND)
def test_what_is_sound_is_taken_by_spawned_workers(name: str) -> None:
    """And so is what is sound."""
    assert run_all(harm_of, [(name, "spawn")]) == [""]


def test_rare_changes_in_place_are_found() -> None:
    """With each of ten seeds, rows of which one in ten is changed in place are found among 64."""
    assert run_all(flips_found, [range(10)]) == [[True] * 10]


@pytest.mark.parametrize("epoch", [0, 3])
def test_the_first_wrong_sample_is_named(epoch: int) -> None:
    """The index in the error is the first of the next epoch whose sample differs; the epoch is the clock's."""
    ((said, index),) = run_all(first_named, [epoch])
    assert said.startswith(f"index {index} of epoch {epoch} differs ")


@pytest.mark.parametrize(("batches", "numbers"), [(1, [0]), (3, [0, 1, 2]), (8, [0, 1, 2, 4, 8])])
def test_which_batches_are_loaded(batches: int, numbers: list[int]) -> None:
    """It loads batches 0, 1, 2, 4 and so on. The limit: what occurs in no other batch is not seen."""
    loaded = {4 * number + place for number in numbers for place in range(4)}
    assert run_all(asked, [batches]) == [loaded]


def test_other_loaders_are_refused() -> None:
    """What is no loader of the module is a TypeError that shows it."""
    (errors,) = run_all(refused, [""])
    assert len(errors) == 4
    assert all(error.startswith("check_loader takes loaders of this module, got ") for error in errors)
