"""Snippets typed in each place where they may be: each does there what it does anywhere else."""

from pathlib import Path

import pytest

from seedblock.rendering.model import BLOCK
from tests.places.running import Found, read, shown
from tests.places.scripts import PLACES
from tests.places.typing_in import fill
from tests.support.editor_samples import SNIPPETS

FORMS = {name: snippet.form for name, snippet in SNIPPETS.items()}

# Their calls name torch: a script that has a model or a checkpoint has imported it above.
NAMING_TORCH = ("seedrank", "seedstate")


def may_be_at(place: str) -> list[str]:
    """The snippets that may be typed at a place; without seedhash, which starts the script again."""
    late = NAMING_TORCH if place == "the top" else ()
    return [name for name, form in FORMS.items() if form in PLACES[place].forms and name not in (*late, "seedhash")]


def meant(names: list[str], by_hand: Found) -> dict[str, Found]:
    """What each snippet must do: a block does what the use of the same name does."""
    return {name: {key: by_hand[key]} for name in names for key in [name.removesuffix("_block")]}


@pytest.mark.parametrize("place", PLACES)
def test_does_the_same_in_each_place(place: str, by_hand: Found, tmp_path: Path) -> None:
    """A snippet does in this place what calls by hand do, and nothing warns."""
    names = may_be_at(place)
    printed = shown(tmp_path, {name: fill(PLACES[place].script, [name]) for name in names})
    assert {name: read(printed[name]) for name in names} == meant(names, by_hand)


def test_another_seed_is_noticed(by_hand: Found, tmp_path: Path) -> None:
    """The control: with another seed each snippet that has one does something else."""
    names = [name for name in may_be_at("the main guard") if "seed_value" in str(SNIPPETS[name].fields)]
    printed = shown(tmp_path, {name: fill(PLACES["the main guard"].script, [name], seed="8") for name in names})
    assert len(names) == 8
    assert [name for name, right in meant(names, by_hand).items() if read(printed[name]) == right] == []


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form == BLOCK] + ["seed", "seedall"])
def test_a_block_below_the_use_of_torch_fails(name: str, tmp_path: Path) -> None:
    """The control: in a function that has used torch, a block's import of it is an error, as its first comment warns."""
    printed = shown(tmp_path, {name: fill(PLACES["the middle of a function"].script, [name])})[name]
    assert printed.startswith("UnboundLocalError: ")
    assert "'torch'" in printed


@pytest.mark.parametrize("name", NAMING_TORCH)
def test_a_call_that_names_torch_needs_it(name: str, tmp_path: Path) -> None:
    """Above the script's import of torch, these two say that there is no torch."""
    assert shown(tmp_path, {name: fill(PLACES["the top"].script, [name])})[name] == (
        "NameError: name 'torch' is not defined\n"
    )
